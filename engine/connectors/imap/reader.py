"""Reads a mailbox over one connection."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from engine.connectors.imap import failures
from engine.connectors.imap.connection import LARGEST_LITERAL
from engine.connectors.imap.fetch_response import Fetched
from engine.connectors.imap.folders import folder_list
from engine.connectors.imap.internal_date import received
from engine.connectors.imap.listing import listing
from engine.connectors.imap.marks import marks_of
from engine.connectors.imap.names import from_ref
from engine.connectors.imap.session import DeclinedError, Session
from engine.connectors.imap.steady import BrokenOffError, OverweightError, SteadySession
from engine.errors import Cause, RefusedError, RetryableError
from engine.messages.envelope import envelope
from engine.ports.items import Envelope, Listed, SourceMessage
from engine.ports.source import FolderList, SourceFolder

FETCH_AT_ONCE = 500         # UIDs in one command: longer lines are refused by some servers
MOST_HELD = 5 * 1024 * 1024     # bytes of one answer in memory: more than any batch is listed to be
PIECE = 1024 * 1024         # bytes of a large message brought at once
NEARLY = 64                 # an announced size that is an estimate is too large by less than this part of it
SHORTER = "the source says that it is a little longer than what it gives of it"

_WHOLE = b"(UID FLAGS INTERNALDATE BODY.PEEK[])"
_PIECE = b"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<%d.%d>)"
_NAMING = b"(UID BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])"


class ImapReader:
    """One connection to an IMAP account, for one thread; fills in `ports.source.ItemReader`."""

    def __init__(self, steady: SteadySession) -> None:
        self._steady = steady

    def capabilities(self) -> frozenset[str]:
        """What the server offers, in capitals."""
        return self._steady.ask(lambda session: session.capabilities)

    def count(self, folders: Sequence[SourceFolder]) -> int:
        """How many messages those folders hold together."""
        def counted(session: Session) -> int:
            return sum(session.count(from_ref(folder.ref)) for folder in folders)
        return self._steady.ask(counted)

    def folders(self) -> FolderList:
        """All folders of the owner, with their roles."""
        try:
            return self._steady.ask(_folders)
        except DeclinedError as declined:
            words = failures.refused(declined.words, f"{self._steady.host} does not show the mailbox's folders.")
        raise RetryableError(words, cause=Cause.OTHER)

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every message of the folder, in the order of arrival, with its key where `keys` are asked for."""
        return listing(self._steady, folder, keys=keys)

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        """Those messages; one that is gone is left out.

        Where the server keeps some of them to itself, all others come first and RefusedError after them. Asked
        for alone, such a message raises it with the server's words about that message.
        """
        ordered = sorted(set(uids))
        refused: list[int] = []
        for start in range(0, len(ordered), FETCH_AT_ONCE):
            part, found = ordered[start:start + FETCH_AT_ONCE], dict[int, Fetched]()
            unwell: RetryableError | None = None
            large: list[int] = []
            try:
                self._steady.fetch_each(folder, part, _WHOLE, found, most=MOST_HELD)
            except OverweightError:
                large = [uid for uid in part if uid not in found]
            except RetryableError as error:
                unwell = error
            for uid in part:
                item = found.pop(uid, None)
                if item is not None and item.body is not None:
                    yield message_of(uid, item, item.body, len(item.body))
                elif item is not None:
                    refused.append(uid)
            yield from self._spooled(folder, large, refused)
            if unwell is not None:
                raise unwell
        if refused:
            raise self._kept_back(self._steady.why(folder, refused[0], _WHOLE) if len(refused) == 1 else "")

    def _spooled(self, folder: SourceFolder, uids: Sequence[int], refused: list[int]) -> Iterator[SourceMessage]:
        """Messages that are larger than they were listed to be, each through a file."""
        for uid in uids:
            try:
                message = self.spool(folder, uid)
            except RefusedError:
                refused.append(uid)
                continue
            if message is not None:
                yield message

    def spool(self, folder: SourceFolder, uid: int) -> SourceMessage | None:
        """One message, brought in pieces of 1 MiB into an unnamed temporary file; None when it is gone."""
        file = tempfile.TemporaryFile()         # noqa: SIM115  # handed to the caller open
        try:
            first, untold = self._spool_into(file, folder, uid)
        except BaseException:
            file.close()
            raise
        if first is None:
            file.close()
            return None
        length = file.tell()
        file.seek(0)
        message = message_of(uid, first, file, length)
        return replace(message, untold=message.untold or untold)

    def _spool_into(self, file: BinaryIO, folder: SourceFolder, uid: int) -> tuple[Fetched | None, str]:
        """Writes the whole message. Returns what the first piece told about it, and what its owner should know.

        The end is an empty piece, or a short one at the announced size: some servers give less than asked for,
        others do not know the exact size. Some of these say NIL or NO behind the end.
        """
        first: Fetched | None = None
        untold = ""
        while True:
            try:
                item = self._piece(folder, uid, file.tell())
            except RefusedError:
                if first is None or not _may_end(file.tell(), first.size):
                    raise
                untold = SHORTER
                break
            if item is None:
                return None, ""
            if item.body is None and first is not None and _may_end(file.tell(), first.size):
                untold = SHORTER
                break
            if item.body is None or (file.tell() and item.body and item.origin is None):
                raise self._kept_back()
            if item.origin not in (None, file.tell()):      # another piece than was asked for
                raise self._kept_back()
            first = first or item
            file.write(item.body)
            if file.tell() > LARGEST_LITERAL:
                raise self._kept_back()
            first.fill(item)
            if not item.body or item.origin is None:
                break
            if len(item.body) < PIECE and file.tell() >= (first.size or 0):
                break
        if first.size and not file.tell():
            raise self._kept_back()
        self._steady.complete(folder, _PIECE, {uid: first})
        return first, untold

    def _piece(self, folder: SourceFolder, uid: int, start: int) -> Fetched | None:
        try:
            return self._steady.fetch(folder, b"%d" % uid, _PIECE % (start, PIECE)).get(uid)
        except BrokenOffError as lost:
            words = str(lost).removeprefix(f"{self._steady.host} ")
        self._steady.blame(folder, uid, _WHOLE, words)
        raise self._kept_back(self._steady.why(folder, uid, _WHOLE))

    def _kept_back(self, words: str = "") -> RefusedError:
        return RefusedError(words or f"{self._steady.host} lists this message, but does not give it out.")

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those messages in a report."""
        named: dict[int, Envelope] = {}
        ordered = sorted(set(uids))
        for start in range(0, len(ordered), FETCH_AT_ONCE):
            part = ordered[start:start + FETCH_AT_ONCE]
            found = self._steady.fetch_each(folder, part, _NAMING)
            named |= {uid: envelope(found[uid].body or b"") for uid in part if uid in found}
        return named

    def close(self) -> None:
        """Signs out."""
        self._steady.close()


def _folders(session: Session) -> FolderList:
    return folder_list(session.folders(), session.namespaces(), utf8=session.utf8, count=session.count)


def _may_end(length: int, announced: int | None) -> bool:
    """True: a message of that many bytes may be whole, although the server announces more."""
    return announced is not None and 0 <= announced - length <= announced // NEARLY


def message_of(uid: int, item: Fetched, mime: bytes | BinaryIO, size: int) -> SourceMessage:
    """The message of that FETCH response, with its content."""
    date = received(item.date)
    return SourceMessage(uid, mime, size, date, marks_of(item.flags or ()), _untold(item, date))


def _untold(item: Fetched, date: datetime | None) -> str:
    """What the owner should know is missing."""
    lacking = ["marks, such as read,"] if item.flags is None else []
    lacking += ["the time of arrival"] if date is None else []
    return f"the source does not tell {' or '.join(lacking)}" if lacking else ""
