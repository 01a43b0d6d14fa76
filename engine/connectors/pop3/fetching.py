"""Brings messages, whole, and out of as many sessions as that takes.

A message is asked for by TOP with more lines than it can have: that leaves it unread where RETR would mark it as
read. But the TOP of some servers leaves lines out, so what comes counts as the message only if it is as long as the
list says. Where it is not, or where sizes turn out to be estimates, the message is brought by RETR.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from engine.connectors.pop3 import failures, identity
from engine.connectors.pop3.maildrop import HEADER_HELD, Maildrop, Snapshot, look
from engine.connectors.pop3.received import received
from engine.connectors.pop3.session import Answer, DeclinedError, OutOfStepError, Session
from engine.connectors.pop3.steady import BrokenOffError, SteadySession
from engine.connectors.pop3.wire import LostError
from engine.errors import RenumberedError, RetryableError
from engine.ports.items import Marks, SourceMessage

MOST_HELD = 5 * 1024 * 1024             # bytes of messages in memory that were asked for together
LARGEST_HELD = 64 * 1024 * 1024         # bytes of a message whose size was announced as a small one
LARGEST_SPOOLED = 512 * 1024 * 1024     # bytes; what is longer is a broken server, not a message
MOST_BROKEN = 3                         # messages in a row that the server breaks off over
ADDED = (0, 2)                          # bytes beyond the listed size: a line end where the message has none
READ = Marks(read=True)


class EndlessError(Exception):
    """A message is longer than can be true."""


@dataclass(slots=True)
class Brought:
    """What was asked for, and what has come of it by now. What is in none of these, and not refused, is gone.

    `declined` and `put_off` hold the server's words about messages that it did not give; the latter may pass.
    """

    wanted: Sequence[int]
    spooled: bool
    messages: dict[int, SourceMessage] = field(default_factory=dict)
    declined: dict[int, str] = field(default_factory=dict)
    put_off: dict[int, str] = field(default_factory=dict)
    held: int = field(default=0, init=False)        # bytes of messages in memory

    def __post_init__(self) -> None:
        self.held = sum(map(_held, self.messages.values()))

    def add(self, message: SourceMessage) -> None:
        """Takes a message in."""
        self.messages[message.uid] = message
        self.held += _held(message)

    def discard(self, uid: int) -> None:
        """Takes a message out again."""
        message = self.messages.pop(uid)
        self.held -= _held(message)
        _close(message)

    def drop(self) -> None:
        """Closes the files that nobody will take."""
        for message in self.messages.values():
            _close(message)


class Fetching:
    """Brings messages over one steady session.

    `refused` are those that the server keeps to itself, with its words; `put_off` are those of the last `bring` that
    it keeps back for now, while it gives others.
    """

    def __init__(self, steady: SteadySession, maildrop: Maildrop) -> None:
        self._steady = steady
        self._maildrop = maildrop
        self.refused: dict[int, str] = {}
        self.put_off: dict[int, str] = {}
        self._blunt: set[int] = set()           # messages that TOP does not bring
        self._unsure: set[int] = set()          # messages to be asked for alone
        self._broken: list[int] = []            # messages in a row that the server broke off over
        self._at: int | None = None             # the message that is under way
        self._peeking = False                   # by TOP
        self._given: tuple[int, int] | None = None      # size and number of the smallest message that came
        self._snapshot = Snapshot()
        self._seen_in: Session | None = None

    def snapshot(self, session: Session) -> Snapshot:
        """The maildrop as this session numbers it."""
        if self._seen_in is not session:
            try:
                self.remember(session, look(session, self._maildrop))
            except DeclinedError as declined:
                raise LostError("no list", words=declined.words) from None
        return self._snapshot

    def remember(self, session: Session, snapshot: Snapshot) -> None:
        """Saves looking again in this session."""
        self._seen_in, self._snapshot = session, snapshot

    def bring(self, uids: Sequence[int], *, spooled: bool = False) -> dict[int, SourceMessage]:
        """Those messages; what is gone, refused or put off is left out.

        An -ERR may mean that a message is gone. Only a new session shows that, so it is asked for in one again. What
        is put off is asked for once more, in a new session where this one gives nothing any more.
        """
        brought = Brought([uid for uid in uids if uid not in self.refused], spooled)
        try:
            if brought.wanted:
                self._bring(brought)
            gives, put_off = False, dict[int, str]()
            if brought.put_off:
                if not (gives := self._gives_what_it_gave()):
                    self._steady.drop()         # it may be this session alone
                self._bring(Brought(list(brought.put_off), spooled, brought.messages, brought.declined, put_off))
            if brought.declined:
                again = Brought(list(brought.declined), spooled, brought.messages, put_off=put_off)
                self._steady.drop()
                self._bring(again)
                self.refused |= {uid: self._kept(words) for uid, words in again.declined.items()}
            self.put_off = {uid: self._not_now(words, gives=gives) for uid, words in put_off.items()}
        except BaseException:
            brought.drop()
            raise
        return brought.messages

    def _bring(self, brought: Brought) -> None:
        """Goes on in new sessions as long as each brings something."""
        while True:
            before = self._settled(brought)
            try:
                self._steady.ask(lambda session: self._ask(session, brought))
            except BrokenOffError as error:
                if self._settled(brought) == before:
                    self._blame(error)
            else:
                return

    def _settled(self, brought: Brought) -> int:
        return len(brought.messages) + len(brought.declined) + len(brought.put_off) + len(self.refused)

    def _blame(self, error: BrokenOffError) -> None:
        """One message may break its server, by TOP or by both. Several in a row are no accident: none is to blame."""
        if self._at is None:
            raise error
        if self._peeking:
            self._blunt.add(self._at)
            return
        self._broken.append(self._at)
        if len(self._broken) >= MOST_BROKEN and not self._gives_what_it_gave():
            for uid in self._broken:
                self.refused.pop(uid, None)
            self._broken.clear()
            raise error
        if error.words:
            self.refused[self._at] = self._kept(error.words)
        else:
            self.refused[self._at] = f"{self._steady.host} breaks off each time it is asked for this message."

    def _gives_what_it_gave(self) -> bool:
        """True: the server gives out a message that it gave before, so it is not away."""
        if self._given is None:
            return False
        at, probe = self._at, Brought([self._given[1]], spooled=True)
        try:
            self._steady.ask(lambda session: self._ask(session, probe))
        except RetryableError:
            return False
        finally:
            self._at, self._peeking = at, False
            given = bool(probe.messages)
            probe.drop()
        return given

    def _ask(self, session: Session, brought: Brought) -> None:
        self._at = None
        snapshot = self.snapshot(session)
        if session.has_top and self._maildrop.sizes_are_exact:
            self._peek(session, snapshot, self._places(snapshot, brought, but=self._blunt), brought)
        self._retrieve(session, snapshot, self._places(snapshot, brought, but=self._unsure), brought)
        for uid, place in self._places(snapshot, brought).items():
            self._retrieve(session, snapshot, {uid: place}, brought)
        self._check_removed(session, snapshot, brought)

    def _check_removed(self, session: Session, snapshot: Snapshot, brought: Brought) -> None:
        """Of what has no place here, makes sure that it was removed, and is not just kept out of this session's list.

        Raises LostError when the server counts more than it lists, RenumberedError when its names did not last.
        """
        left = (uid for uid in brought.wanted if not self._is_settled(uid, brought))
        if all(self._maildrop.place(snapshot, uid) is not None for uid in left):
            return
        self._at = None
        if (session.count() or 0) > len(snapshot.keys):
            raise LostError("messages are missing in the list")
        if not self._maildrop.knows(snapshot):
            raise RenumberedError(f"{self._steady.host} gives its messages other names in each session.")

    def _places(
        self, snapshot: Snapshot, brought: Brought, *, but: Collection[int] = frozenset()
    ) -> dict[int, int]:
        """Where the messages stand that are still to be brought, without some."""
        left = (uid for uid in brought.wanted if uid not in but and not self._is_settled(uid, brought))
        found = ((uid, self._maildrop.place(snapshot, uid)) for uid in left)
        return {uid: place for uid, place in found if place is not None}

    def _is_settled(self, uid: int, brought: Brought) -> bool:
        return uid in brought.messages or uid in brought.declined or uid in brought.put_off or uid in self.refused

    def _peek(self, session: Session, snapshot: Snapshot, places: dict[int, int], brought: Brought) -> None:
        """Brings what TOP brings whole."""
        self._peeking = True
        answers = session.peeks([snapshot.numbers[place] for place in places.values()])
        for uid, answer in self._each(places, answers):
            message = None if isinstance(answer, DeclinedError) else self._message(uid, answer, brought)
            if message is not None and message.size - snapshot.sizes[places[uid]] in ADDED:
                self._maildrop.size_was(right=True)
                self._take(message, brought)
                continue
            self._blunt.add(uid)
            if message is not None:
                _close(message)
            if not session.has_top:
                return              # some servers end the session after too many -ERR

    def _retrieve(self, session: Session, snapshot: Snapshot, places: dict[int, int], brought: Brought) -> None:
        """Brings messages by RETR. Nothing but the beginning of the next answer shows where one really ended."""
        self._peeking = False
        last: int | None = None
        empty: list[int] = []       # listed with a size, and given as nothing
        try:
            answers = session.retrieve([snapshot.numbers[place] for place in places.values()])
            for uid, answer in self._each(places, answers):
                last = None
                if isinstance(answer, DeclinedError):
                    self._decline(uid, answer.words, brought)
                    continue
                message = self._message(uid, answer, brought)
                self._take(message, brought)
                last = uid
                if not message.size and snapshot.sizes[places[uid]]:
                    empty.append(uid)
            if last is not None:
                session.keep_step()
        except OutOfStepError:
            if last is not None:
                self._doubt(last, brought, alone=len(places) == 1)
            raise
        finally:
            for uid in empty:
                if uid in brought.messages:
                    brought.discard(uid)
                    brought.declined[uid] = ""

    def _doubt(self, uid: int, brought: Brought, *, alone: bool) -> None:
        """Rubbish came behind this message: it was not whole, or the next answer was the rubbish."""
        brought.discard(uid)
        self._unsure.add(uid)
        if alone:
            self.refused[uid] = f"{self._steady.host} does not say where this message ends."

    def _decline(self, uid: int, words: str, brought: Brought) -> None:
        kept = brought.put_off if failures.is_passing(words) else brought.declined
        kept[uid] = words

    def _each(
        self, places: dict[int, int], answers: Iterator[Answer | DeclinedError]
    ) -> Iterator[tuple[int, Answer | DeclinedError]]:
        """Each message with its answer, which is noted as under way before it comes."""
        for uid in places:
            self._at = uid
            yield uid, next(answers)
        self._at = None

    def _take(self, message: SourceMessage, brought: Brought) -> None:
        brought.add(message)
        self._broken.clear()
        if message.size:
            self._given = min(self._given or (message.size, message.uid), (message.size, message.uid))
        if not self._peeking and message.uid in self._blunt:
            self._maildrop.size_was(right=False)

    def _message(self, uid: int, answer: Answer, brought: Brought) -> SourceMessage:
        try:
            room = 0 if brought.spooled else MOST_HELD - brought.held
            return _taken(uid, _limited(answer, LARGEST_SPOOLED if brought.spooled else LARGEST_HELD), room)
        except EndlessError:
            self.refused[uid] = f"{self._steady.host} sends more of this message than can be true."
            raise LostError("an endless message") from None

    def _not_now(self, words: str, *, gives: bool) -> str:
        what = "does not give this message out now" if gives else "cannot answer now"
        return f"{self._steady.host} {what}.{failures.saying(words)}"

    def _kept(self, words: str) -> str:
        return f"{self._steady.host} lists this message, but does not give it out.{failures.saying(words)}"


def _held(message: SourceMessage) -> int:
    return message.size if isinstance(message.mime, bytes) else 0


def _close(message: SourceMessage) -> None:
    if not isinstance(message.mime, bytes):
        message.mime.close()


def _taken(uid: int, pieces: Iterator[bytes], room: int) -> SourceMessage:
    """A message in memory where it needs no more than `room` bytes, else in a file: its listed size is a hint."""
    held, size = [], 0
    for piece in pieces if room > 0 else ():
        held.append(piece)
        size += len(piece)
        if size > room:
            break
    else:
        if room > 0:
            mime = b"".join(held)
            return SourceMessage(uid, mime, size, received(identity.header(mime[:HEADER_HELD])), READ)
    return _spooled(uid, chain(held, pieces))


def _spooled(uid: int, pieces: Iterable[bytes]) -> SourceMessage:
    file: BinaryIO = tempfile.TemporaryFile()       # noqa: SIM115  # handed on open
    try:
        size = sum(file.write(piece) for piece in pieces)
        file.seek(0)
        start = file.read(HEADER_HELD)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return SourceMessage(uid, file, size, received(identity.header(start)), READ)


def _limited(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise EndlessError
        yield piece
