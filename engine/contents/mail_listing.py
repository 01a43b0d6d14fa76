"""What is to be copied of a source folder: found by listing it, before anything is sent."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.batches import Entry
from engine.contents.mail_folders import Placed
from engine.ports import SourceFolder
from engine.tags import item_tag, place


@dataclass(slots=True)
class Listing:
    """A folder's messages, 28 bytes each: what is to be copied, before anything is."""

    folder: SourceFolder
    uids: array[int] = field(default_factory=lambda: array("Q"))
    sizes: array[int] = field(default_factory=lambda: array("Q"))
    keys: bytearray = field(default_factory=bytearray)
    deleted: int = 0
    refusal: str = ""

    def __len__(self) -> int:
        return len(self.uids)

    def places(self, code: str) -> Iterator[int]:
        """Each message's place, as tags say it."""
        keys = self.keys.hex()
        return (place(code, keys[start : start + 32]) for start in range(0, len(keys), 32))

    def entry(self, number: int, task_id: str, code: str) -> Entry:
        """A message with its tag."""
        key = bytes(self.keys[number * 16 : number * 16 + 16])
        return Entry(self.uids[number], self.sizes[number], item_tag(task_id, code, key), place(code, key.hex()))


@dataclass(slots=True)
class Todo:
    """What of a listing is to be copied, as numbers into it; `doubtful` was sent before without an answer."""

    task_id: str
    placed: Placed
    listing: Listing
    numbers: array[int] = field(default_factory=lambda: array("L"))
    doubtful: array[int] = field(default_factory=lambda: array("L"))

    def entries(self) -> Iterator[Entry]:
        """Each message with its tag, made when it is needed."""
        return (self._entry(number) for number in self.numbers)

    def all_entries(self) -> Iterator[Entry]:
        """As `entries`, with those that are doubtful."""
        return (self._entry(number) for numbers in (self.numbers, self.doubtful) for number in numbers)

    def _entry(self, number: int) -> Entry:
        return self.listing.entry(number, self.task_id, self.placed.code)
