"""What is on record of earlier tasks: of which source each was, and which folders it wrote into.

The tags of messages with labels name no folder of a label. For who reads the same mailbox by its folders afterwards,
the folder that a copy lies in tells which of the source's folders shows the message that it stands for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from types import MappingProxyType

NO_TASKS: Mapping[str, bool] = MappingProxyType({})


class OnRecord:
    """The records of tasks, and where copies with labels lie, by the numbers of their tags: 4 bytes each."""

    def __init__(self, mine: Mapping[str, bool] = NO_TASKS, written: Iterable[tuple[int, str]] = ()) -> None:
        """`mine` says of tasks, by compact ID, whether they are of this source.

        `written` are numbers of source folders, each with the id of a folder that its items were written to.
        """
        self._mine = mine
        self._numbers: dict[str, int] = {}              # of folder ids, from 1
        self._folders = array("I")                      # of each tag, 0 where that is not noted
        self._written: dict[int, set[int]] = {}         # by source folders
        for folder, folder_id in written:
            self._written.setdefault(folder, set()).add(self._number(folder_id))

    def has(self, task: str) -> bool:
        """True: the task is on record."""
        return task in self._mine

    def is_mine(self, task: str, *, otherwise: bool) -> bool:
        """True: the task is of this source; `otherwise` is the answer for one that is not on record."""
        return self._mine.get(task, otherwise)

    def _number(self, folder_id: str) -> int:
        return self._numbers.setdefault(folder_id, len(self._numbers) + 1)

    def note(self, at: int, folder_id: str) -> None:
        """Notes where the copy with that tag was seen."""
        self._folders.extend([0] * (at + 1 - len(self._folders)))
        self._folders[at] = self._number(folder_id)

    def knows(self, folder: int) -> bool:
        """True: copies with labels were seen, and tasks have noted where they wrote what that source folder shows."""
        return bool(self._folders) and folder in self._written

    def is_in(self, at: int, folder: int) -> bool:
        """True: the copy with that tag was seen where tasks wrote what that source folder shows."""
        return at < len(self._folders) and self._folders[at] in self._written.get(folder, ())
