"""The items of a folder by number: Exchange names them by long texts, the engine by numbers.

A number stays an item's for as long as the source is open, whichever reader asks. Kept as few bytes an item as may be:
a mailbox has 100,000 of them.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.messages.source_key import KEY_SIZE

GONE, MESSAGE, OTHER, BESIDE = 0, 1, 2, 3    # what stands under a number
UNASKED, WITHOUT, WITH = 0, 1, 2    # whether the server has told a message's key


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as a synchronization shows it. `size` is in bytes, by the server's word.

    `kind` is MESSAGE for one of the content that is read, BESIDE for one of a content that shares its folders, else
    OTHER.
    `modified` is when it was changed last, None where that was not asked for.
    """

    id: str
    size: int
    received: datetime | None
    kind: int
    modified: datetime | None = None


@dataclass(slots=True)
class Numbering:
    """What is known of one folder: up to where it was read, and each item's id, size, arrival, kind and key.

    Numbers begin with 1. `lock` is held by whoever brings it up to date.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    state: str = ""
    _ids: bytearray = field(default_factory=bytearray)
    _ends: array[int] = field(default_factory=lambda: array("Q", [0]))
    _sizes: array[int] = field(default_factory=lambda: array("Q"))
    _received: array[int] = field(default_factory=lambda: array("q"))
    _kinds: bytearray = field(default_factory=bytearray)
    _keys: bytearray = field(default_factory=bytearray)
    _told: bytearray = field(default_factory=bytearray)
    _modified: dict[int, int] = field(default_factory=dict)

    def id(self, number: int) -> str | None:
        """The id of an item that is there; None: nobody has that number (any more)."""
        there = 0 < number <= len(self._kinds) and self._kinds[number - 1] == MESSAGE
        return self.known_id(number) if there else None

    def known_id(self, number: int) -> str:
        """The id of an item that was listed, whether it is still there or not."""
        return self._ids[self._ends[number - 1] : self._ends[number]].decode()

    def size(self, number: int) -> int:
        """The size of an item, by the server's word."""
        return self._sizes[number - 1]

    def key(self, number: int) -> bytes | None:
        """The key that was learned of a message, b"" where it has none. None: nothing was, as it is now."""
        told = self._told[number - 1]
        if told == UNASKED:
            return None
        return bytes(self._keys[(number - 1) * KEY_SIZE : number * KEY_SIZE]) if told == WITH else b""

    def learn(self, number: int, key: bytes) -> None:
        """Keeps the key of a message until the message changes; b"" says that it has none."""
        if key:
            self._keys[(number - 1) * KEY_SIZE : number * KEY_SIZE] = key
        self._told[number - 1] = WITH if key else WITHOUT

    def received(self, number: int) -> int:
        """When an item arrived, in whole seconds since 1970; 0 where the server does not say."""
        return self._received[number - 1]

    def modified(self, number: int) -> int:
        """When an item was changed last, in whole seconds since 1970; 0 where nobody asked, or the server is silent."""
        return self._modified.get(number, 0)

    def numbers(self) -> dict[str, int]:
        """Every id that was ever seen, with its number."""
        return {self.known_id(number): number for number in range(1, len(self._kinds) + 1)}

    def put(self, seen: Seen, known: dict[str, int]) -> None:
        """Takes up an item as it is now; `known` is of `numbers` and gets its number if it is new."""
        received = 0 if seen.received is None else int(seen.received.timestamp())
        number = known.get(seen.id)
        if number is not None:
            self._sizes[number - 1], self._received[number - 1] = seen.size, received
            self._kinds[number - 1] = seen.kind
            self._told[number - 1] = UNASKED
            self._note_modified(number, seen)
            return
        self._ids += seen.id.encode()
        self._ends.append(len(self._ids))
        self._sizes.append(seen.size)
        self._received.append(received)
        self._kinds.append(seen.kind)
        self._keys += bytes(KEY_SIZE)
        self._told.append(UNASKED)
        known[seen.id] = len(self._kinds)
        self._note_modified(len(self._kinds), seen)

    def _note_modified(self, number: int, seen: Seen) -> None:
        if seen.modified is not None:
            self._modified[number] = int(seen.modified.timestamp())

    def remove(self, number: int) -> None:
        """Notes that an item is gone."""
        self._kinds[number - 1] = GONE

    def empty(self) -> None:
        """Notes that nothing is known to be there: the folder is read from its start. Numbers stay."""
        self._kinds[:] = bytes(len(self._kinds))
        self.state = ""

    def messages(self) -> list[int]:
        """The numbers of the messages in the order of their arrival; at the same second, as they were listed."""
        there = (number for number, kind in enumerate(self._kinds, 1) if kind == MESSAGE)
        return sorted(there, key=lambda number: (self._received[number - 1], number))

    def others(self) -> Iterator[int]:
        """The numbers of items that are no messages, nor of a content that shares the folder."""
        return (number for number, kind in enumerate(self._kinds, 1) if kind == OTHER)

    def beside(self) -> Iterator[int]:
        """The numbers of items of a content that shares the folder."""
        return (number for number, kind in enumerate(self._kinds, 1) if kind == BESIDE)


class Numberings:
    """The numbering of each folder of a mailbox, by the folder's id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folders: dict[str, Numbering] = {}

    def of(self, folder_id: str) -> Numbering:
        """The folder's numbering, an empty one at first."""
        with self._lock:
            return self._folders.setdefault(folder_id, Numbering())
