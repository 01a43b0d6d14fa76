"""The one scan of a folder that holds mail, from which each folder that we show takes its share.

What the scan saw of a message's labels is what counts at this visit, for its folder, its categories and its digest,
though its owner goes on to file it. X-GM-MSGID tells copies apart: where a message is seen in a second folder of the
server, it is the same message.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.connectors.google.mail.labels import LabelSets, Mean, Meaning
from engine.connectors.google.mail.shares import PART, UID_BITS, Earlier, Ids, Share
from engine.connectors.imap.fetch_response import Fetched
from engine.connectors.imap.listing import shown
from engine.connectors.imap.marks import is_deleted
from engine.connectors.imap.steady import SteadySession
from engine.errors import Cause, RefusedError, RenumberedError
from engine.ports.items import Listed
from engine.ports.source import SourceFolder

ITEMS = b" X-GM-MSGID X-GM-LABELS"
MOST_ANEW = 3           # times that a scan begins anew because a folder was numbered anew meanwhile
SCANNED = 600           # bytes that a message costs in a scan, about
_UID = 2**UID_BITS - 1

Spend = Callable[[int], None]       # is told how many bytes are about to be fetched


@dataclass(slots=True)
class Room:
    """A folder of the server, and how far it was scanned. `label` is what it leaves out of the labels that it tells.

    `refusal` is what the server said instead of some messages.
    """

    folder: SourceFolder
    label: bytes = b""
    last: int = 0
    seen: int = 0
    done: bool = False
    refusal: RefusedError | None = None

    def afresh(self) -> Room:
        """The same folder, not scanned yet."""
        return Room(self.folder, self.label)


@dataclass(slots=True)
class Found:
    """What one scan of several rooms has found; `before` is how many rooms were scanned at earlier ones.

    `stale`: messages have other numbers now.
    """

    rooms: list[Room]
    before: int
    shares: dict[str, Share] = field(default_factory=dict)
    ids: Ids = field(default_factory=Ids)
    keyed: bool = False
    done: bool = False
    stale: bool = False


@dataclass(slots=True)
class Origin:
    """Messages of one folder of the server, by their UIDs there.

    `above` is what their numbers have above their UIDs, `ids` their MSGIDs. `size` is in bytes. `untold` are those
    beside `uids` whose labels the server has not told.
    """

    folder: SourceFolder
    above: int
    uids: list[int] = field(default_factory=list)
    untold: list[int] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)
    meanings: dict[int, Meaning] = field(default_factory=dict)
    size: int = 0


@dataclass(slots=True)
class Once:
    """Scans that find each message once between them, one scan after the other."""

    scans: list[Scan] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Scan:
    """Scans rooms for the folders that share them. All readers of an account have it in common."""

    def __init__(
        self, rooms: Sequence[Room], mean: Mean, *, home: str, once: Once, spend: Spend, window: int
    ) -> None:
        """`mean` and `home` are as for `LabelSets`. `window` is how many messages are asked for at once.

        `spend` is called before bytes are fetched; what it raises ends that.

        A message that another scan of `once` has found is not taken up again.
        """
        self._sets = LabelSets(mean, home=home)
        self._once = once
        self._spend = spend
        self._window = window
        once.scans.append(self)
        self._found = Found(list(rooms), 0)
        self._earlier: Earlier | None = None

    @property
    def ids(self) -> Ids:
        """The MSGIDs that were found."""
        return self._found.ids

    @property
    def is_first(self) -> bool:
        """True: it has not been scanned anew."""
        return self._found.before == 0

    def bring(self, steady: SteadySession, *, keys: bool) -> None:
        """Scans, unless that is done; goes on where it was broken off.

        Raises RetryableError; RefusedError where none of the rooms can be opened.
        """
        with self._once.lock:
            for _ in range(MOST_ANEW):
                if self._found.stale or (keys and not self._found.keyed):
                    self._begin_anew(keyed=keys or self._found.keyed)
                try:
                    return self._go_on(steady)
                except RenumberedError as error:
                    self._found.stale, last = True, error
            raise last

    def renumbered(self) -> None:
        """Notes that messages have other numbers now than they were listed with."""
        self._found.stale = True

    def _begin_anew(self, *, keyed: bool) -> None:
        old = self._found
        if old.done:
            self._earlier = Earlier(old.shares)
            old.stale = True
        before = old.before + len(old.rooms) * old.done
        self._found = Found([room.afresh() for room in old.rooms], before, keyed=keyed)

    def _go_on(self, steady: SteadySession) -> None:
        found = self._found
        for at, room in enumerate(found.rooms):
            if not room.done:
                self._scan(steady, found, room, found.before + at)
        found.done = True
        refusals = [room.refusal for room in found.rooms if room.refusal is not None and room.refusal.of_folder]
        if refusals and len(refusals) == len(found.rooms):
            raise RefusedError(str(refusals[0]), of_folder=True)

    def _scan(self, steady: SteadySession, found: Found, room: Room, number: int) -> None:
        new = array("Q")
        try:
            self._spend(self._window * SCANNED)
            for item, key in shown(
                steady, room.folder, keys=found.keyed, more=ITEMS, beyond=room.last, seen=room.seen, window=self._window
            ):
                room.last, room.seen = item.uid or 0, room.seen + 1
                message = Listed(
                    number << UID_BITS | room.last, item.size or 0, key, deleted=is_deleted(item.flags or ())
                )
                msgid = self._take(found, room, item, message)
                if msgid:
                    new.append(msgid)
                if len(new) == PART:        # of one folder, so that none of them comes a second time
                    found.ids.add(new)
                    del new[:]
                if room.seen % self._window == 0:
                    self._spend(self._window * SCANNED)
            room.done = True
        except RefusedError as error:
            room.refusal, room.done = error, True
        finally:
            found.ids.add(new)

    def _take(self, found: Found, room: Room, item: Fetched, message: Listed) -> int:
        """Puts a message into its folder's share. Returns its MSGID; 0: it has none, or it is not found here first."""
        msgid = item.msgid or 0
        labels = self._earlier.get(msgid) if self._earlier is not None else None
        if msgid in found.ids or (labels is None and any(msgid in scan.ids for scan in self._once.scans)):
            return 0
        if labels is None and item.is_untold:
            labels, msgid = LabelSets.UNTOLD, 0     # another folder may tell them
        elif labels is None:
            told = item.labels or ()
            labels = self._sets.number((*told, room.label) if room.label else told)
        meaning = self._sets[labels]
        if meaning is None:
            return 0
        found.shares.setdefault(meaning.folder, Share()).add(message, msgid, labels)
        return msgid

    # What was found

    def listed(self, folder: SourceFolder) -> Iterator[Listed]:
        """The messages of that folder."""
        share = self._found.shares.get(folder.ref, Share())
        digests = {number: meaning.theirs for number in set(share.sets) if (meaning := self._sets[number]) is not None}
        yield from share.listed(digests)

    def refusal(self) -> RefusedError | None:
        """What the server said instead of showing some messages."""
        return next((room.refusal for room in self._found.rooms if room.refusal is not None), None)

    def read_from(self, folder: SourceFolder, numbers: Iterable[int]) -> list[Origin]:
        """Where messages of that folder are read, for each room those that are in it.

        Raises RenumberedError: these numbers mean other messages now.
        """
        found, wanted = self._found, dict[int, Origin]()
        share = found.shares.get(folder.ref, Share())
        for number in sorted(set(numbers)):
            at, room = share.at(number), (number >> UID_BITS) - found.before
            meaning = None if at is None else self._sets[share.sets[at]]
            if at is None or meaning is None or found.stale:
                raise RenumberedError("A folder's messages are numbered anew.", cause=Cause.OTHER)
            source = wanted.setdefault(room, Origin(found.rooms[room].folder, number - (number & _UID)))
            uid = number & _UID
            if not meaning.told:
                source.untold.append(uid)
                continue
            source.uids.append(uid)
            source.ids[uid], source.meanings[uid] = share.ids[at], meaning
            source.size += share.sizes[at]
        return list(wanted.values())

    @property
    def unnamed(self) -> int:
        """How many messages were found of which no MSGID was told."""
        return sum(share.ids.count(0) for share in self._found.shares.values())
