"""What a scan found, kept small: 40 bytes a message beside a few sets of labels."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from engine.messages.source_key import KEY_SIZE
from engine.ports.items import Listed

UID_BITS = 32           # RFC 3501 §2.3.1.1
PART = 65_536           # MSGIDs that are sorted at once: a sorted list of them is five times as large
_LARGEST = 2**32 - 1    # bytes of a message that are told


class Share:
    """The messages of one folder that we show, in the order of arrival.

    A number of a message is its UID, and above that which of the server's folders it is read from. `sets` are numbers
    of sets of labels. `keys` are there if they were asked for.
    """

    __slots__ = ("deleted", "ids", "keys", "numbers", "sets", "sizes")

    def __init__(self) -> None:
        self.numbers = array("Q")
        self.sizes = array("I")
        self.ids = array("Q")
        self.sets = array("I")
        self.keys = bytearray()
        self.deleted: set[int] = set()

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, message: Listed, msgid: int, labels: int) -> None:
        """Takes up one more message, with the number of its set of labels."""
        self.numbers.append(message.uid)
        self.sizes.append(min(message.size, _LARGEST))
        self.ids.append(msgid)
        self.sets.append(labels)
        self.keys += message.key
        if message.deleted:
            self.deleted.add(message.uid)

    def listed(self, theirs: Mapping[int, str]) -> Iterator[Listed]:
        """The messages, as a listing shows them; `theirs` are the digests of the sets of labels, by their numbers."""
        for at, number in enumerate(self.numbers):
            key = bytes(self.keys[at * KEY_SIZE : (at + 1) * KEY_SIZE])
            yield Listed(
                number, self.sizes[at], key, deleted=number in self.deleted, theirs=theirs.get(self.sets[at], "")
            )

    def at(self, number: int) -> int | None:
        """The place of a message in the columns; None: it is not of this folder."""
        return _place(self.numbers, number)


class Ids:
    """X-GM-MSGIDs: 8 bytes each. They grow with time, so they are no evenly spread keys, and are kept sorted."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts = [array("Q")]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __contains__(self, msgid: int) -> bool:
        return any(_place(part, msgid) is not None for part in self._parts)

    def add(self, more: array[int]) -> None:
        """Puts those in; none of them is in it already."""
        if len(self._parts[-1]) + len(more) > PART:
            self._parts.append(array("Q"))
        self._parts[-1] = array("Q", sorted((*self._parts[-1], *more)))


class Earlier:
    """Which set of labels each message had at the first scan, by its MSGID: what was filed stays filed so."""

    __slots__ = ("_ids", "_sets")

    def __init__(self, shares: Mapping[str, Share]) -> None:
        ids, sets = array("Q"), array("I")
        for share in shares.values():
            ids.extend(share.ids)
            sets.extend(share.sets)
        order = sorted(range(len(ids)), key=ids.__getitem__)
        self._ids = array("Q", (ids[at] for at in order))
        self._sets = array("I", (sets[at] for at in order))

    def get(self, msgid: int) -> int | None:
        """The number of the set; None: the message was not there."""
        at = _place(self._ids, msgid) if msgid else None
        return None if at is None else self._sets[at]


def _place(ascending: array[int], wanted: int) -> int | None:
    """Where that number stands; None: nowhere."""
    at = bisect_left(ascending, wanted)
    return at if at < len(ascending) and ascending[at] == wanted else None
