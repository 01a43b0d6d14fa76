"""A source of mail that lives in memory, for tests of what happens between the two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO

from engine.errors import RefusedError, RenumberedError
from engine.ports import Envelope, FolderList, ListedMessage, Marks, SourceFolder, SourceMessage
from engine.source_key import message_key


@dataclass(frozen=True)
class Kept:
    """A message of the source."""

    mime: bytes
    received: datetime = datetime(2020, 5, 17, 8, 30, tzinfo=UTC)
    marks: Marks = field(default_factory=lambda: Marks(read=True))
    size: int | None = None        # what the listing says, where it differs from the truth
    deleted: bool = False


def mail(subject: str, *, size: int = 300) -> Kept:
    """A plain message of about that many bytes."""
    head = (
        f"From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nSubject: {subject}\r\n"
        f"Date: Sun, 17 May 2020 08:29:00 +0000\r\nMessage-ID: <{subject.replace(' ', '-')}@example.net>\r\n\r\n"
    ).encode()
    return Kept(head + b"x" * max(0, size - len(head)))


NUMBERED = 1_000_000        # UIDs from one renumbering to the next


class MemorySource:
    """Folders of messages; UIDs are places in the list, from 1. `before_read` is called with each batch's UIDs."""

    max_connections = 2

    def __init__(self, folders: dict[SourceFolder, list[Kept]]) -> None:
        self.folders = folders
        self.before_read: Callable[[Sequence[int]], None] = lambda _uids: None
        self.reads = 0
        self.renumbered = 0         # times that all messages got other numbers
        self.key_of: Callable[[Kept], bytes] = lambda kept: message_key(kept.mime)      # what a listing shows
        self.listed_with_keys: list[bool] = []
        self.refused: set[tuple[str, int]] = set()      # folder and UID of messages that are not given out

    def connect(self) -> MemoryReader:
        return MemoryReader(self)


class MemoryReader:
    def __init__(self, source: MemorySource) -> None:
        self._source = source

    def folders(self) -> FolderList:
        return FolderList(tuple(self._source.folders))

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[ListedMessage]:
        self._source.listed_with_keys.append(keys)
        for number, kept in enumerate(self._source.folders[folder]):
            size = len(kept.mime) if kept.size is None else kept.size
            yield ListedMessage(self._uid(number), size, self._source.key_of(kept) if keys else b"", kept.deleted)

    def _uid(self, place: int) -> int:
        return self._source.renumbered * NUMBERED + place + 1

    def _kept(self, folder: SourceFolder, uid: int) -> Kept:
        numbering, number = divmod(uid, NUMBERED)
        if numbering != self._source.renumbered:
            raise RenumberedError("the messages have other numbers now")
        return self._source.folders[folder][number - 1]

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        self._source.before_read(uids)
        self._source.reads += len(uids)
        refused = [uid for uid in uids if (folder.ref, uid) in self._source.refused]
        for uid in uids:
            if uid not in refused:
                kept = self._kept(folder, uid)
                yield SourceMessage(uid, kept.mime, len(kept.mime), kept.received, kept.marks)
        if refused:
            raise RefusedError("the server lists this message, but does not give it out")

    def spool(self, folder: SourceFolder, uid: int) -> SourceMessage | None:
        message = next(self.read(folder, [uid]))
        assert isinstance(message.mime, bytes)
        return SourceMessage(uid, BytesIO(message.mime), message.size, message.received, message.marks)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        found = {}
        for uid in uids:
            mime = self._source.folders[folder][uid % NUMBERED - 1].mime
            subject = next((line[9:] for line in mime.split(b"\r\n") if line.startswith(b"Subject: ")), b"")
            found[uid] = Envelope(subject.decode(), "2020-05-17", "Ann")
        return found

    def close(self) -> None:
        pass
