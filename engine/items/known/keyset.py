"""A set of 64-bit keys that costs 16 to 32 bytes a key, for mailboxes of any size."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

SMALLEST = 1024


class KeySet:
    """Keys are whole numbers from 1 to 2**64 - 1, evenly spread (hashes). Open addressing with linear probing."""

    __slots__ = ("_count", "_mask", "_slots")

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self._slots = array("Q", bytes(8 * SMALLEST))
        self._mask = SMALLEST - 1
        self._count = 0
        for key in keys:
            self.add(key)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return (key for key in self._slots if key)

    def __contains__(self, key: int) -> bool:
        return self._slots[self._place(key)] == key

    def add(self, key: int) -> bool:
        """Puts the key in; says whether it is new."""
        place = self._place(key)
        if self._slots[place] == key:
            return False
        self._slots[place] = key
        self._count += 1
        if self._count * 2 > self._mask:
            self._grow()
        return True

    def _place(self, key: int) -> int:
        """Where the key is, or would be put."""
        slots, mask = self._slots, self._mask
        place = key & mask
        while (held := slots[place]) and held != key:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("Q", bytes(8 * len(old) * 2))
        self._mask = len(self._slots) - 1
        for key in old:
            if key:
                self._slots[self._place(key)] = key
