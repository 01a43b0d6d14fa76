"""A connection that is made again when it is lost. Reading is repeatable, so the caller need not know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from engine.connectors.imap import failures
from engine.connectors.imap.fetch_response import Fetched
from engine.connectors.imap.names import from_ref
from engine.connectors.imap.session import DeclinedError, LostError, Opened, Session
from engine.errors import Cause, FatalError, OmmError, RefusedError, RetryableError
from engine.ports import SourceFolder

WAITS = (0.5, 1.0, 2.0, 4.0)    # seconds before the second to the fifth attempt

_PASSING = frozenset({Cause.UNREACHABLE, Cause.TIMEOUT, Cause.HOST_UNKNOWN, Cause.BUSY})

T = TypeVar("T")


class SteadySession:
    """One session after the other, for one thread.

    `validities` are the UIDVALIDITY values that listings were made under, shared by all readers of an account.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        *,
        host: str,
        validities: dict[str, int],
        stop: threading.Event,
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._connect = connect
        self.host = host
        self._validities = validities
        self._stop = stop
        self._waits = waits
        self._session: Session | None = connect()
        self._opened = Opened(0, 0, 0)

    def ask(self, question: Callable[[Session], T]) -> T:
        """Asks, on a new connection each time the last one was lost; five times at most.

        Raises RetryableError when that brought nothing, SignInError at once when the server refuses us, and
        DeclinedError for a NO.
        """
        last: OmmError | None = None
        for wait in (0.0, *self._waits):
            if wait and self._stop.wait(wait):
                raise RetryableError("Stopped while the source could not be reached.", cause=Cause.UNREACHABLE)
            try:
                self._session = self._session or self._connect()
                return question(self._session)
            except LostError:
                self.drop()
            except (RetryableError, FatalError) as error:
                if self._session is not None or error.cause not in _PASSING:
                    raise
                last = error
        raise RetryableError(str(last or f"{self.host} ends every connection."), cause=Cause.UNREACHABLE)

    def open(self, folder: SourceFolder) -> Opened:
        """Opens the folder afresh, for a new listing: its UIDVALIDITY of today counts from here on."""
        self._validities.pop(folder.ref, None)
        return self.look_again(folder)

    def look_again(self, folder: SourceFolder) -> Opened:
        """Opens the folder another time, under the same UIDVALIDITY."""
        if self._session is not None:
            self._session.folder = None
        self.in_folder(folder, lambda _: None)
        return self._opened

    def in_folder(self, folder: SourceFolder, question: Callable[[Session], T]) -> T:
        """Asks with the folder open. RefusedError: the server does not open it, or does not answer for it."""
        raw = from_ref(folder.ref)

        def opened(session: Session) -> T:
            if session.folder != raw:
                self._examine(session, folder, raw)
            return question(session)

        try:
            return self.ask(opened)
        except DeclinedError as declined:
            words = declined.words
        if failures.is_passing(words):
            raise RetryableError(failures.refused(words, f"{self.host} is busy."))
        raise RefusedError(failures.refused(words, f"{self.host} does not give this out ({'/'.join(folder.path)})."))

    def _examine(self, session: Session, folder: SourceFolder, raw: bytes) -> None:
        """UIDs hold under one UIDVALIDITY only (RFC 3501 §2.3.1.1)."""
        self._opened = session.examine(raw)
        if self._validities.setdefault(folder.ref, self._opened.validity) != self._opened.validity:
            session.folder = None
            raise RetryableError(
                f"{self.host} has numbered the messages of {'/'.join(folder.path)} anew. The folder is listed again.",
                cause=Cause.OTHER,
            )

    def fetch(self, folder: SourceFolder, messages: bytes, items: bytes) -> dict[int, Fetched]:
        """What one UID FETCH says of each message that is still there."""
        return self.in_folder(folder, lambda session: self._fetch(session, messages, items))

    def _fetch(self, session: Session, messages: bytes, items: bytes) -> dict[int, Fetched]:
        """Asks again for what came back empty: removed by another program a moment ago (RFC 2180 §4.1.3), or not?"""
        found = _by_uid(session.fetch(messages, items))
        empty = sorted(uid for uid, item in found.items() if item.refused)
        if not empty:
            return found
        session.refresh()
        again = _by_uid(session.fetch(set_of(empty), items))
        return {uid: item for uid, item in (found | again).items() if not found[uid].refused or uid in again}

    def fetch_each(self, folder: SourceFolder, uids: Sequence[int], items: bytes) -> dict[int, Fetched]:
        """As `fetch`, for a list of UIDs and answers so long that a connection may not survive one.

        What came whole before it was lost is not asked for again, and counts as progress.
        """
        found: dict[int, Fetched] = {}

        def ask(session: Session) -> None:
            missing = [uid for uid in uids if uid not in found]
            if missing:
                try:
                    found.update(self._fetch(session, set_of(missing), items))
                except LostError as lost:
                    found.update((uid, item) for uid, item in _by_uid(lost.salvaged).items() if item.body is not None)
                    raise

        while True:
            before = len(found)
            try:
                self.in_folder(folder, ask)
            except RetryableError:
                if len(found) == before:
                    raise
            else:
                return found

    def drop(self) -> None:
        """Forgets the connection."""
        session, self._session = self._session, None
        if session is not None:
            session.drop()

    def close(self) -> None:
        """Signs out."""
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _by_uid(items: Iterable[Fetched]) -> dict[int, Fetched]:
    """Several responses about one message become one; unsolicited ones without UID are left out."""
    found: dict[int, Fetched] = {}
    for item in items:
        if item.uid in found:
            found[item.uid].add(item)
        elif item.uid is not None:
            found[item.uid] = item
    return found


def set_of(uids: Sequence[int]) -> bytes:
    """Ascending UIDs as a sequence set, runs shortened (RFC 3501 §9, sequence-set)."""
    parts: list[list[int]] = []
    for uid in uids:
        if parts and uid == parts[-1][1] + 1:
            parts[-1][1] = uid
        else:
            parts.append([uid, uid])
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in parts)
