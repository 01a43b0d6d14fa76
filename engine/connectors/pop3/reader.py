"""Reads a maildrop over one session at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.connectors.pop3 import failures
from engine.connectors.pop3.fetching import Fetching
from engine.connectors.pop3.keys import Keys
from engine.connectors.pop3.maildrop import Maildrop, look, start_of
from engine.connectors.pop3.session import DeclinedError, Session
from engine.connectors.pop3.steady import SteadySession
from engine.errors import Cause, RefusedError, RetryableError
from engine.messages.envelope import envelope
from engine.ports.items import Envelope, Listed, SourceMessage
from engine.ports.source import FolderList, Role, SourceFolder
from engine.words import number

INBOX = SourceFolder(("INBOX",), "INBOX", Role.INBOX)
FOLDERS = FolderList((INBOX,))


class Pop3Reader:
    """A POP3 account, for one thread; fills in `ports.source.ItemReader`.

    POP3 knows no marks. Messages arrive as read: they are years of mail that their owner has seen for the most part,
    and among thousands of unread ones nobody finds what is new.
    """

    def __init__(self, steady: SteadySession, maildrop: Maildrop) -> None:
        self._steady = steady
        self._maildrop = maildrop
        self._fetching = Fetching(steady, maildrop)
        self._keys = Keys(steady, maildrop, self._fetching)

    def folders(self) -> FolderList:
        """The one folder that POP3 knows."""
        return FOLDERS

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every message, in the order of arrival, with its key where `keys` are asked for and the server has TOP.

        RefusedError at the end: the server counts more than it shows.
        """
        try:
            counted, sizes = self._steady.ask(self._listed)
        except DeclinedError as declined:
            words = f"{self._steady.host} does not show the mailbox's messages.{failures.saying(declined.words)}"
            raise RetryableError(words, cause=Cause.OTHER) from None
        if keys:
            self._keys.learn(list(sizes))
        for uid, size in sizes.items():
            yield Listed(uid, size, self._keys.known.get(uid, b"") if keys else b"")
        if counted > len(sizes):
            raise RefusedError(
                f"{self._steady.host} counts {number(counted, 'message')} here, but shows only {len(sizes):,} of them."
            )

    def _listed(self, session: Session) -> tuple[int, dict[int, int]]:
        """How many messages the server counts, and the size of each that it shows."""
        counted = session.count()
        snapshot = look(session, self._maildrop)
        self._fetching.remember(session, snapshot)
        return counted or 0, dict(zip(self._maildrop.uids(snapshot.keys), snapshot.sizes, strict=True))

    def count(self) -> int | None:
        """How many messages there are; None where the server does not say."""
        return self._steady.ask(lambda session: session.count())

    def capabilities(self) -> frozenset[str]:
        """What the server says it can do, in capitals."""
        return self._steady.ask(lambda session: frozenset(session.capabilities))

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        """Those messages; one that is gone is left out.

        Where the server keeps some of them to itself, all others come first and RefusedError after them, or
        RetryableError when some are kept back for now. Asked for alone, such a message raises it with the server's
        words about that message.
        """
        ordered = sorted(set(uids))
        found = self._fetching.bring(ordered)
        yield from (found[uid] for uid in ordered if uid in found)
        self._check_given(ordered)

    def spool(self, folder: SourceFolder, uid: int) -> SourceMessage | None:
        """One message, brought into an unnamed temporary file; None when it is gone."""
        message = self._fetching.bring([uid], spooled=True).get(uid)
        if message is None:
            self._check_given([uid])
        return message

    def _check_given(self, uids: Sequence[int]) -> None:
        """Raises RetryableError for what was put off, RefusedError for what is refused."""
        for words in self._fetching.put_off.values():
            raise RetryableError(words, cause=Cause.BUSY)
        for uid in uids:
            if uid in self._fetching.refused:
                raise RefusedError(self._fetching.refused[uid])

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those messages in a report; one that cannot be named is left out."""
        return self._steady.ask(lambda session: self._envelopes(session, sorted(set(uids))))

    def _envelopes(self, session: Session, uids: Sequence[int]) -> dict[int, Envelope]:
        if not session.has_top:
            return {}
        snapshot = self._fetching.snapshot(session)
        places = {uid: self._maildrop.place(snapshot, uid) for uid in uids}
        numbers = {uid: snapshot.numbers[place] for uid, place in places.items() if place is not None}
        answers = zip(numbers, session.headers(list(numbers.values())), strict=True)
        return {uid: envelope(start_of(a)) for uid, a in answers if not isinstance(a, DeclinedError)}

    def close(self) -> None:
        """Ends the session."""
        self._steady.drop()
