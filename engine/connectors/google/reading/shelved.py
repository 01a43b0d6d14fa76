"""The items of a folder by number, as they were listed last: Google names them by texts, the engine by numbers.

A number stays an item's for as long as the source is open, whichever reader asks, and however often the folder is
listed. Kept as few bytes an item as may be: an account may have 100,000 of them.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.connectors.google.reading.shelf import Shelf, size_of
from engine.ports.items import Listed

KEY = 16        # bytes
GONE, ITEM, OTHER = 0, 1, 2     # what stands under a number


@dataclass(frozen=True, slots=True)
class Row:
    """An item to be put there: its source key, what Google tells of it, and as in Listed."""

    key: bytes
    id: str
    parts: tuple[Any, ...]
    modified: datetime | None
    other: bool


@dataclass(slots=True)
class Shelved:
    """One folder. `lock` is held by whoever lists it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    _shelf: Shelf = field(default_factory=Shelf)
    _keys: bytearray = field(default_factory=bytearray)
    _kinds: bytearray = field(default_factory=bytearray)
    _sizes: array[int] = field(default_factory=lambda: array("Q"))
    _modified: array[int] = field(default_factory=lambda: array("q"))
    _order: array[int] = field(default_factory=lambda: array("L"))

    def take(self, rows: Iterable[Row]) -> None:
        """Takes up the folder as it is now. What is not among the rows is not there any more.

        Where listing them raises, all stays as it was, but for items that were changed.
        """
        numbers = {self._key(number): number for number in range(1, len(self._kinds) + 1)}
        order, there = array("L"), set[int]()
        for row in rows:
            number = self._put(row, numbers)
            if number not in there:
                there.add(number)
                order.append(number)
        for number in range(1, len(self._kinds) + 1):
            if number not in there:
                self._kinds[number - 1] = GONE
        self._order = order

    def _put(self, row: Row, numbers: dict[bytes, int]) -> int:
        number = numbers.get(row.key)
        if number is None:
            number = numbers[row.key] = self._shelf.put([row.id, list(row.parts)])
            self._keys += row.key
            self._kinds.append(GONE)
            self._sizes.append(0)
            self._modified.append(0)
        else:
            self._shelf.replace(number, [row.id, list(row.parts)])
        self._kinds[number - 1] = OTHER if row.other else ITEM
        self._sizes[number - 1] = size_of(row.parts)
        self._modified[number - 1] = 0 if row.modified is None else int(row.modified.timestamp())
        return number

    def listed(self) -> Iterator[Listed]:
        """What is there, as it was listed last, whatever is listed meanwhile."""
        for number in self._order:
            yield Listed(
                number, self._sizes[number - 1], self._key(number), other=self._kinds[number - 1] == OTHER,
                modified=self._modified[number - 1],
            )

    def _key(self, number: int) -> bytes:
        return bytes(self._keys[(number - 1) * KEY : number * KEY])

    def get(self, number: int) -> tuple[str, tuple[Any, ...]] | None:
        """Google's id of an item and what was told of it; None: nobody has that number (any more)."""
        if not 0 < number <= len(self._kinds) or self._kinds[number - 1] == GONE:
            return None
        google_id, parts = self._shelf.get(number)
        return google_id, tuple(parts)


class Shelves:
    """The folders of one content, for all its readers."""

    def __init__(self) -> None:
        self._of: dict[str, Shelved] = {}
        self._lock = threading.Lock()

    def of(self, ref: str) -> Shelved:
        """The folder of that `ref`."""
        with self._lock:
            return self._of.setdefault(ref, Shelved())
