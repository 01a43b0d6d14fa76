"""The way of a setting: forwards, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.items.back.mailbox_clock import Window
from engine.items.back.removal import Found, Removal
from engine.items.back.removing import Removed
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts
from engine.settings import restoring
from engine.settings.copying import copy
from engine.settings.plan import Adapt, Merge, as_they_are, keep_the_owners
from engine.settings.refused import brought, looked_at


@dataclass(frozen=True, slots=True)
class SettingWay:
    """A setting that is merged into the mailbox's own; what it was before is kept, and put back.

    `merge` says of an entry that is at the destination (None where it is not) and the one of the source what there
    shall be, or why it stays as it is. `adapt` makes the source's entries into those of this mailbox.
    """

    content: Content
    merge: Merge = keep_the_owners
    adapt: Adapt = as_they_are

    @property
    def kind(self) -> None:
        """It has no items."""
        return

    def forwards(self, run: Run) -> Counts:
        """Adds what is missing. Raises FatalError, HaltedError; the next visit goes on."""
        return brought(run, self.content, lambda: copy(run, self.content, self.merge, self.adapt))

    def look_back(self, run: Run, window: Window, there: Iterable[Found]) -> Removal:
        """What a rollback would put back and keep. Changes nothing."""
        return looked_at(lambda: restoring.look(run, self.content), self.content)

    def backwards(self, run: Run, ids: Sequence[str], *, on_removed: Callable[[int], None]) -> Removed:
        """Puts those entries back to what they were; tells how many more are as before as it goes on."""
        return restoring.put_back(run, self.content, ids, on_removed=on_removed)

    def names(self, run: Run, ids: Sequence[str]) -> dict[str, str]:
        """What the owner calls those entries."""
        return restoring.names(run, self.content, ids)
