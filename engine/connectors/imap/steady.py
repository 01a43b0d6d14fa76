"""A connection that is made again when it is lost. Reading is repeatable, so the caller need not know."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.connectors.imap import failures
from engine.connectors.imap.connection import LARGEST_ANSWER
from engine.connectors.imap.fetch_response import Fetched, answered, by_uid
from engine.connectors.imap.known import Known
from engine.connectors.imap.names import from_ref
from engine.connectors.imap.search import Search, set_of
from engine.connectors.imap.session import DeclinedError, LostError, Opened, Session
from engine.connectors.imap.sessions import Sessions
from engine.connectors.network.attempts import WAITS, attempts, pause
from engine.errors import Cause, FatalError, OmmError, RefusedError, RenumberedError, RetryableError
from engine.ports.source import SourceFolder

MOST_LOST = 3                   # connections that one question may cost before it is thought to be the reason
ENOUGH_SPENT = 2                # connections lost in a row, before a server is taken at its word that it gives no more
MOST_BLAMED = 3                 # messages blamed for a lost connection in a row before the server is
LARGEST_GIVEN = 64 * 1024       # bytes of a message that is asked for again to see whether a connection is well
MOST_REPLACED = 12              # connections that one question may replace: those of other readers may be bad, too

_PASSING = frozenset({Cause.UNREACHABLE, Cause.TIMEOUT, Cause.HOST_UNKNOWN, Cause.BUSY})

_BACK_OFF = r"(?i)back.?off time: (\d{1,8}) (milli)?seconds"        # Exchange's words

T = TypeVar("T")


class OverweightError(Exception):
    """Messages are larger than they were listed to be; those that were not read must be asked for one by one."""


class BrokenOffError(RetryableError):
    """The server lets us in, and each time loses the connection over the same question."""


class SpentError(RetryableError):
    """The server lets us in and gives no more for now, whatever it is asked for."""


class SteadySession:
    """One session after the other, for one thread."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        host: str,
        known: Known,
        stop: threading.Event,
        waits: Sequence[float] = WAITS,
        spent: str = "",
    ) -> None:
        """`spent` is a pattern of what this server says when it ends connections because it gives no more for now."""
        self._sessions = sessions
        self.host = host
        self._known = known
        self._stop = stop
        self._waits = waits
        self._spent = spent
        self._in_use = threading.RLock()        # the session; nobody else gets it meanwhile
        self._session: Session | None = None
        self._is_own = True                     # no other reader has used the session, or the last one
        self._fresh: Session | None = None      # the one that was made because another one had gone bad
        self._session = sessions.join(self)

    def ask(self, question: Callable[[Session], T]) -> T:
        """As `_ask`; a NO from a connection that has gone bad does not count."""
        before = self._session
        try:
            return self._ask(question)
        except DeclinedError:
            if (self._session is not before and self._is_own) or self._is_well():
                raise
        self.drop()
        return self._ask(question)

    def _ask(self, question: Callable[[Session], T]) -> T:
        """Asks, on a new connection each time the last one was lost; five times at most.

        A server that is busy is asked again too. Raises RetryableError when all that brought nothing, BrokenOffError
        when the question itself cost three connections, SignInError at once when the server refuses us, and
        DeclinedError for any other NO.
        """
        last: OmmError | None = None
        lost = 0
        for _ in attempts(self._stop, self._waits):
            try:
                return self._once(question)
            except LostError as error:
                lost += self._is_own
                self._check_spent(error, lost)
                last = BrokenOffError(f"{self.host} {error.words}", cause=Cause.UNREACHABLE)
                if lost == MOST_LOST:
                    break
            except DeclinedError as declined:
                if not failures.is_passing(declined.words):
                    raise
                last = self._busy(declined)
            except (RetryableError, FatalError) as error:
                if self._session is not None or isinstance(error, SpentError) or error.cause not in _PASSING:
                    raise
                last = error
        if isinstance(last, RetryableError):
            raise last
        raise RetryableError(str(last), cause=Cause.UNREACHABLE)

    def _check_spent(self, lost: LostError, times: int) -> None:
        """Raises SpentError where connections are lost a second time in a row, with the words for that."""
        if times >= ENOUGH_SPENT and self._spent and re.search(self._spent, lost.words):
            raise SpentError(f"{self.host} {lost.words}", cause=Cause.UNREACHABLE)

    def _once(self, question: Callable[[Session], T]) -> T:
        """Asks once, in turn with others. Raises LostError, and forgets the connection, when it is lost."""
        with self._in_use:
            mine = self._session
            if mine is not None and mine is not self._fresh and self._sessions.hand_on(mine):
                self._session = None
            try:
                if self._session is None:
                    self._session, self._is_own = self._sessions.another(self)
                return question(self._session)
            except LostError:
                self.drop()
                raise

    def lend(self) -> Session | None:
        """The session, for another reader, where there is one and nobody uses it right now."""
        if not self._in_use.acquire(blocking=False):
            return None
        try:
            session, self._session = self._session, None
            return session
        finally:
            self._in_use.release()

    def open(self, folder: SourceFolder) -> Opened:
        """Opens the folder afresh, for a new listing: its UIDVALIDITY of today counts from here on."""
        self._known.forget(folder)
        return self.look_again(folder)

    def look_again(self, folder: SourceFolder) -> Opened:
        """Opens the folder another time, under the same UIDVALIDITY."""
        def opened(session: Session) -> Opened:
            session.folder = None
            return self._in(session, folder).opened
        return self._unless_refused(folder, opened)

    def in_folder(self, folder: SourceFolder, question: Callable[[Session], T]) -> T:
        """Asks with the folder open. RefusedError: the server does not open it, or does not answer for it."""
        return self._unless_refused(folder, lambda session: question(self._in(session, folder)))

    def _unless_refused(self, folder: SourceFolder, question: Callable[[Session], T]) -> T:
        try:
            return self.ask(question)
        except DeclinedError as error:
            declined = error
        words = failures.refused(declined.words, f"{self.host} does not give this out ({'/'.join(folder.path)}).")
        raise RefusedError(words, of_folder=declined.opening)

    def _busy(self, declined: DeclinedError) -> RetryableError:
        named = re.search(_BACK_OFF, declined.words)
        back_off = int(named[1]) / (1000 if named[2] else 1) if named else None
        words = failures.refused(declined.words, f"{self.host} is busy.")
        return RetryableError(words, back_off=back_off, of_folder=declined.opening)

    def _in(self, session: Session, folder: SourceFolder) -> Session:
        """The session with that folder open. UIDs hold under one UIDVALIDITY only (RFC 3501 §2.3.1.1)."""
        raw, validities = from_ref(folder.ref), self._known.validities
        if session.folder == raw and session.opened.validity == validities.get(folder.ref):
            return session
        validity = session.examine(raw).validity
        self._known.opened = raw
        if validities.setdefault(folder.ref, validity) != validity:
            session.folder = None
            raise RenumberedError(f"{self.host} has numbered a folder's messages anew.", cause=Cause.OTHER)
        return session

    def fetch(self, folder: SourceFolder, messages: bytes, items: bytes) -> dict[int, Fetched]:
        """What one UID FETCH says of each message that is still there."""
        return self.in_folder(folder, lambda session: self._fetch(session, messages, items))

    def _fetch(
        self, session: Session, messages: bytes, items: bytes, most: int = LARGEST_ANSWER
    ) -> dict[int, Fetched]:
        """Asks again for what came back empty: removed by another program a moment ago (RFC 2180 §4.1.3), or not?"""
        found = by_uid(session.fetch(messages, items, most=most))
        empty = sorted(uid for uid, item in found.items() if item.refused)
        if not empty:
            return found
        session.refresh()
        again = by_uid(session.fetch(set_of(empty), items))
        return {uid: item for uid, item in (found | again).items() if not found[uid].refused or uid in again}

    # What may be too much for a connection, or for the server

    def fetch_each(
        self, folder: SourceFolder, uids: Sequence[int], items: bytes, found: dict[int, Fetched] | None = None, *,
        patient: bool = True, most: int = LARGEST_ANSWER,
    ) -> dict[int, Fetched]:
        """What UID FETCH says of each of those messages that is still there; `items` hold one BODY section.

        What came whole before a connection was lost is kept. Where the server loses the connection or says NO, the
        rest is asked for in smaller parts, at last one by one. A message that cannot be had even so is among the
        answers as refused, and `why` has the words. Raises what `in_folder` raises when it is not about one message;
        what came before is in `found`. A server that is busy raises RetryableError; not `patient`: it counts as a NO.

        Only what a connection refuses, or leaves out, that gives other messages is the message's fault.
        OverweightError: an answer would hold more than `most` bytes; what came before is in `found`.
        """
        found = {} if found is None else found
        found |= {uid: Fetched(uid, refused=True) for uid in uids if self.why(folder, uid, items)}
        search = Search([uid for uid in uids if uid not in found])
        self._fresh, replaced, in_vain = None, 0, 0
        while search.todo:
            part, before = search.part, len(found)
            try:
                self._fill(folder, part, items, found, most)
            except DeclinedError as declined:
                if patient and failures.is_passing(declined.words):
                    raise self._busy(declined) from None
                if replaced < MOST_REPLACED and self._is_replaced(folder):
                    replaced += 1
                elif search.declined():
                    if not failures.is_passing(declined.words):
                        why = failures.refused(declined.words, f"{self.host} does not give this message out.")
                        self._known.kept_back[folder.ref, part[0], items] = why
                    found[part[0]] = Fetched(part[0], refused=True)
            except LostError as lost:
                if lost.too_much:
                    raise OverweightError from None
                in_vain = 0 if len(found) > before else self._pause_after(lost, in_vain + 1)
                self._note_lost(search, found, (folder, part[0], items), lost, came=len(found) > before)
            else:
                lacking = [uid for uid in part if uid not in found or found[uid].refused]
                if lacking and replaced < MOST_REPLACED and self._is_replaced(folder):
                    replaced += 1
                    search.ask_again(lacking)
                    for uid in lacking:
                        found.pop(uid, None)
                    continue
                self._known.in_a_row.clear()
                self._known.given = self._one_given(folder, part, items, found)
                search.answered()
        self.complete(folder, items, found)
        return found

    def _pause_after(self, lost: LostError, in_vain: int) -> int:
        """Waits a little after so many losses that brought nothing, and returns how many. Raises SpentError."""
        self._check_spent(lost, in_vain)
        pause(self._stop, self._waits[0])
        return in_vain

    def _note_lost(
        self, search: Search, found: dict[int, Fetched], first: tuple[SourceFolder, int, bytes], lost: LostError, *,
        came: bool,
    ) -> None:
        """A loss is held against a message only if nobody else had used the connection before."""
        if came:
            self._known.in_a_row.clear()
        if (self._is_own or came) and search.lost(found):
            self.blame(*first, lost.words)
            found[first[1]] = Fetched(first[1], refused=True)

    def _one_given(
        self, folder: SourceFolder, part: list[int], items: bytes, found: dict[int, Fetched]
    ) -> tuple[SourceFolder, int, bytes] | None:
        """A message that came, a small one; of an earlier part where none of this one is."""
        bodies = ((uid, found[uid].body) for uid in part if uid in found)
        small = (uid for uid, body in bodies if body is not None and len(body) <= LARGEST_GIVEN)
        return next(((folder, uid, items) for uid in small), self._known.given)

    def _is_replaced(self, folder: SourceFolder) -> bool:
        """Makes a new connection in the place of one that does not give what it gave, and opens the folder there."""
        if self._session is self._fresh is not None or (self._known.given is not None and self._is_well()):
            return False
        self.renew(folder)
        return True

    def renew(self, folder: SourceFolder) -> None:
        """Opens the folder over a new connection."""
        with self._in_use:
            session, self._session = self._session, None
            if session is not None:
                self._session, self._is_own = self._sessions.replaced(session, self)
        self.in_folder(folder, lambda _: None)
        self._fresh = self._session if self._is_own else None

    def _is_well(self) -> bool:
        """True: the connection gives out a message that came before, or opens a folder that was open before."""
        with self._in_use:
            try:
                return self._session is not None and self._session.is_well() and self._gives_again(self._session)
            except (DeclinedError, RenumberedError):
                return False
            except LostError:
                self.drop()
                return False

    def _gives_again(self, session: Session) -> bool:
        if self._known.given is not None:
            folder, uid, items = self._known.given
            answer = by_uid(self._in(session, folder).fetch(b"%d" % uid, items))
            return uid in answer and answer[uid].body is not None
        if self._known.opened is not None:
            session.examine(self._known.opened)
        return self._known.opened is not None

    def complete(self, folder: SourceFolder, items: bytes, found: dict[int, Fetched]) -> None:
        """Asks for marks and dates that did not come with their messages: a broken answer may have held them."""
        lacking = sorted(uid for uid, item in found.items() if item.body is not None and item.lacks(items))
        if not lacking:
            return
        try:
            told = self.fetch(folder, set_of(lacking), b"(UID FLAGS INTERNALDATE)")
        except (RefusedError, BrokenOffError):
            return
        for uid in lacking:
            found[uid].fill(told.get(uid, Fetched()))

    def _fill(
        self, folder: SourceFolder, uids: Sequence[int], items: bytes, found: dict[int, Fetched], most: int
    ) -> None:
        """Asks once for those messages, and another time for what is left out: an answer may lack what is there."""
        self.in_folder(folder, lambda _: None)

        def ask(session: Session) -> None:
            self._in(session, folder)
            found.update(answered(self._fetch(session, set_of(uids), items, most), items))
            absent = [uid for uid in uids if uid not in found]
            if absent:
                session.refresh()
                found.update(answered(self._fetch(session, set_of(absent), items, most), items))
                found.update(self._unanswered(session, [uid for uid in absent if uid not in found]))

        try:
            self._once(ask)
        except LostError as lost:
            found.update((uid, item) for uid, item in by_uid(lost.salvaged).items() if item.body is not None)
            raise

    def _unanswered(self, session: Session, uids: Sequence[int]) -> dict[int, Fetched]:
        """Those of the messages that are there although the server says nothing of what is in them."""
        there = by_uid(session.fetch(set_of(uids), b"(UID FLAGS)")) if uids else {}
        return {uid: Fetched(uid, refused=True) for uid in uids if uid in there}

    def why(self, folder: SourceFolder, uid: int, items: bytes) -> str:
        """Why this message cannot be had; nothing where that is not known."""
        return self._known.kept_back.get((folder.ref, uid, items), "")

    def blame(self, folder: SourceFolder, uid: int, items: bytes, words: str) -> None:
        """Notes that it is over this message that connections are lost.

        Raises RetryableError when it was one message after the other, and the server does not give out either what it
        gave before: then it is the server.
        """
        known, message = self._known, (folder.ref, uid, items)
        known.kept_back[message] = f"{self.host} {words} It does so each time it is asked for this message."
        known.in_a_row.append(message)
        if len(known.in_a_row) >= MOST_BLAMED:
            row, known.in_a_row = known.in_a_row, []
            if self._gives_what_it_gave():
                return
            for key in row:
                known.kept_back.pop(key, None)
            raise RetryableError(f"{self.host} {words}", cause=Cause.UNREACHABLE)

    def _gives_what_it_gave(self) -> bool:
        """True: a new connection gives out a message that came before."""
        if self._known.given is None:
            return False
        folder, uid, items = self._known.given
        try:
            return self.fetch(folder, b"%d" % uid, items).get(uid, Fetched()).body is not None
        except (RefusedError, RetryableError):
            return False

    def drop(self) -> None:
        """Forgets the connection."""
        self._end(Session.drop)

    def close(self) -> None:
        """Signs out."""
        self._sessions.leave(self)
        self._end(Session.close)

    def _end(self, how: Callable[[Session], None]) -> None:
        with self._in_use:
            session, self._session = self._session, None
        if session is not None:
            how(session)
            self._sessions.ended(session)
