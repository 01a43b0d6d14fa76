"""Which message is which. A message's number holds for one session only (RFC 1939 §5); ours hold for a visit."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.connectors.pop3 import identity
from engine.connectors.pop3.failures import is_passing
from engine.connectors.pop3.session import Answer, DeclinedError, Session
from engine.connectors.pop3.wire import LostError
from engine.messages.source_key import header_key

HEADER_HELD = 256 * 1024        # bytes of a message's start that are looked at
MOST_WRONG = 10                 # sizes, until they are taken for estimates
RIGHT_A_WRONG = 2               # with that many right ones to each, they are not


@dataclass(frozen=True, slots=True)
class Told:
    """What a message's header tells: which message of this visit it is, and its source key, b"" where it has none."""

    identity: bytes
    key: bytes


@dataclass(slots=True)
class Snapshot:
    """The messages as one session numbers them, in its order. 24 bytes each.

    `told` are the source keys, by number, of those whose header had to be looked at to tell which they are.
    """

    numbers: array[int] = field(default_factory=lambda: array("Q"))
    sizes: array[int] = field(default_factory=lambda: array("Q"))
    keys: array[int] = field(default_factory=lambda: array("Q"))
    told: dict[int, bytes] = field(default_factory=dict)
    _places: dict[int, int] = field(default_factory=dict)

    def add(self, number: int, size: int, key: int) -> None:
        """One more message."""
        self.numbers.append(number)
        self.sizes.append(size)
        self.keys.append(key)

    def find(self, key: int, near: int) -> int | None:
        """The place of the message with this key, most likely `near`; None when it is not there."""
        if near < len(self.keys) and self.keys[near] == key:
            return near
        if not self._places:
            self._places = {key: place for place, key in enumerate(self.keys)}
        return self._places.get(key)


class Maildrop:
    """What is known of a maildrop over all sessions: our numbers for its messages, and whether its sizes are exact.

    `doubled` are the names that several messages had when it was first seen. They name nobody in later sessions
    either: which of those messages is still there only their headers show.
    """

    def __init__(self) -> None:
        self._keys = array("Q")
        self._is_seen = False
        self.doubled: frozenset[bytes] = frozenset()
        self._all_named = False         # every message had a name when it was first seen
        self._right = self._wrong = 0

    def note_names(self, names: Iterable[bytes], count: int) -> None:
        """Notes, the first time that there are any, which of them are shared. `count` are all messages.

        Raises LostError when messages that had names have none in this session: each would be another message.
        """
        times = Counter(names)
        if not self._is_seen:
            self.doubled = frozenset(name for name in times if times[name] > 1)
            self._is_seen = bool(times)
            self._all_named = times.total() == count
        elif self._all_named and times.total() < count:
            raise LostError("names are missing")

    def uids(self, keys: Iterable[int]) -> Iterator[int]:
        """Our number for each of those messages, a new one where it has none. Numbers are places, from 1."""
        known = {key: number for number, key in enumerate(self._keys, start=1)}
        for key in keys:
            if key not in known:
                self._keys.append(key)
                known[key] = len(self._keys)
            yield known[key]

    def place(self, snapshot: Snapshot, uid: int) -> int | None:
        """Where the message with our number stands in that session; None when it is gone."""
        if not 1 <= uid <= len(self._keys):
            return None
        return snapshot.find(self._keys[uid - 1], near=uid - 1)

    def knows(self, snapshot: Snapshot) -> bool:
        """True: at least half of what that session shows is known. Else its names are others than they were."""
        known = set(self._keys)
        return 2 * sum(key in known for key in snapshot.keys) >= len(snapshot.keys)

    @property
    def sizes_are_exact(self) -> bool:
        """True: an answer of the listed size can be taken for the whole message."""
        return self._wrong < MOST_WRONG or self._wrong * RIGHT_A_WRONG <= self._right

    def size_was(self, *, right: bool) -> None:
        """Notes whether a listed size was that of the message."""
        self._right += right
        self._wrong += not right


def look(session: Session, maildrop: Maildrop) -> Snapshot:
    """The maildrop as this session shows it."""
    sizes = _sizes(session)
    names = session.names() if sizes else {}
    maildrop.note_names([name for number, name in names.items() if number in sizes], len(sizes))
    told = _told(session, [n for n in sizes if n not in names or names[n] in maildrop.doubled], names)
    snapshot = _snapshot(sizes, {number: _identity(names.get(number), told.get(number)) for number in sizes})
    snapshot.told = {number: each.key for number, each in told.items()}
    return snapshot


def _snapshot(sizes: Mapping[int, int], identities: Mapping[int, bytes]) -> Snapshot:
    """Messages that cannot be told apart are numbered by their order."""
    snapshot = Snapshot()
    twins: dict[int, int] = {}
    for number, size in sorted(sizes.items()):
        alone = identity.key(identities[number], 0)
        twin = twins.get(alone, 0)
        twins[alone] = twin + 1
        snapshot.add(number, size, identity.key(identities[number], twin) if twin else alone)
    return snapshot


def _identity(name: bytes | None, told: Told | None) -> bytes:
    if told is not None:
        return told.identity
    return identity.by_header(b"") if name is None else identity.by_name(name)


def _sizes(session: Session) -> dict[int, int]:
    """The list. Some servers refuse it where there is nothing to list."""
    try:
        return session.sizes()
    except DeclinedError:
        if session.count() != 0:
            raise
        return {}


def _told(session: Session, numbers: Sequence[int], names: Mapping[int, bytes]) -> dict[int, Told]:
    """What tells messages apart that have no name of their own.

    One that has none at all is brought whole where there is no TOP; one that shares its name is left to its order.
    """
    told = _tops(session, numbers)
    return told | _starts([n for n in numbers if n not in told and n not in names], session.retrieve)


def _tops(session: Session, numbers: Sequence[int]) -> dict[int, Told]:
    """By the headers that TOP gives out."""
    if not session.has_top:
        return {}
    told = _starts(numbers[:1], session.headers)        # alone: some servers end the session after too many -ERR
    if session.has_top:
        told |= _starts(numbers[1:], session.headers)
    return told


def _starts(
    numbers: Sequence[int], ask: Callable[[Sequence[int]], Iterator[Answer | DeclinedError]]
) -> dict[int, Told]:
    """By the header of each of those messages that the server gives out."""
    found = {}
    for number, answer in zip(numbers, ask(numbers), strict=True):
        if not isinstance(answer, DeclinedError):
            start = start_of(answer)
            found[number] = Told(identity.by_header(start), header_key(start) or b"")
        elif is_passing(answer.words):
            raise LostError("not now", words=answer.words)
    return found


def start_of(answer: Answer) -> bytes:
    """The first bytes of an answer, which is taken to its end; always the same ones, in whatever pieces they come."""
    start = b""
    for piece in answer:
        if len(start) < HEADER_HELD:
            start += piece
    return start[:HEADER_HELD]
