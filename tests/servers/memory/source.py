"""A source of mail that lives in memory, for tests of what happens between the two sides."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from operator import is_, itemgetter

from engine.errors import InputError, RefusedError, RenumberedError
from engine.messages.source_key import message_key
from engine.migration.content import Content
from engine.ports.items import Envelope, Listed, Marks, SourceMessage
from engine.ports.settings import Entry
from engine.ports.source import FolderList, SourceFolder

GONE = "the server does not open this folder"


@dataclass(frozen=True)
class Kept:
    """A message of the source."""

    mime: bytes
    received: datetime = datetime(2020, 5, 17, 8, 30, tzinfo=UTC)
    marks: Marks = field(default_factory=lambda: Marks(read=True))
    size: int | None = None        # what the listing says, where it differs from the truth
    deleted: bool = False
    theirs: str = ""               # a digest of its labels, 12 hex digits


def mail(subject: str, *, size: int = 300) -> Kept:
    """A plain message of about that many bytes."""
    head = (
        f"From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nSubject: {subject}\r\n"
        f"Date: Sun, 17 May 2020 08:29:00 +0000\r\nMessage-ID: <{subject.replace(' ', '-')}@example.net>\r\n\r\n"
    ).encode()
    return Kept(head + b"x" * max(0, size - len(head)))


class MemorySource:
    """Folders of messages, each numbered from 1 as it is first seen there, and never anew until `renumber`.

    `before_read` is called with each batch's UIDs, `before_listing` with the folder to be listed. It is opened as it
    is, or by one `SignedIn` a process.
    """

    contents = frozenset({Content.MAIL})
    max_connections = 2

    def __init__(self, folders: dict[SourceFolder, list[Kept]]) -> None:
        self.folders = folders
        self.renumbered = 0         # times that all messages got other numbers
        self.key_of: Callable[[Kept], bytes] = lambda kept: message_key(kept.mime)      # what a listing shows
        self.listed_with_keys: list[bool] = []
        self.before_read: Callable[[Sequence[int]], None] = lambda _uids: None
        self.before_listing: Callable[[SourceFolder], None] = lambda _folder: None
        self.reads = 0
        self.refused: set[tuple[str, int]] = set()      # folder and UID of messages that are not given out
        self._numbered: dict[SourceFolder, list[tuple[int, Kept]]] = {}
        self._numbering: dict[SourceFolder, int] = {}
        self._last: dict[SourceFolder, int] = {}
        self._epochs: dict[str, int] = {}

        self.settings_of: dict[Content, dict[str, str]] = {}        # values by key, which is the name too
        self._opened = SignedIn(self)

    def reader(self, content: Content) -> MemoryReader:
        return self._opened.reader(content)

    def settings(self, content: Content) -> MemorySetting:
        return self._opened.settings(content)

    def connect(self) -> MemoryReader:
        return self._opened.connect()

    def signed_in(self, ask: Callable[[str], None]) -> SignedIn:
        """A process's own sign-in; `ask` as there."""
        return SignedIn(self, ask)

    # What a server says

    def numbered(self, folder: SourceFolder) -> list[tuple[int, Kept]]:
        """The folder's messages with their UIDs. Raises RefusedError when there is no such folder (any more)."""
        if folder not in self.folders:
            raise RefusedError(GONE)
        epoch, before = self.epoch(folder), self._numbered.get(folder, [])
        same = self._numbering.get(folder) == epoch and len(before) == len(self.folders[folder])
        if same and all(map(is_, map(itemgetter(1), before), self.folders[folder])):
            return before
        known: dict[int, deque[int]] = {}
        for uid, kept in self._numbered.get(folder, []) if self._numbering.get(folder) == epoch else ():
            known.setdefault(id(kept), deque()).append(uid)
        found = []
        for kept in self.folders[folder]:
            numbers = known.get(id(kept))
            found.append((numbers.popleft() if numbers else self._next(folder), kept))
        self._numbered[folder], self._numbering[folder] = found, epoch
        return found

    def _next(self, folder: SourceFolder) -> int:
        self._last[folder] = self._last.get(folder, 0) + 1
        return self._last[folder]

    def epoch(self, folder: SourceFolder) -> int:
        """Which numbering of the folder is in force (UIDVALIDITY)."""
        return self._epochs.get(folder.ref, 1) + self.renumbered

    # What an owner, a rule or a server does to it

    def renumber(self, folder: SourceFolder) -> None:
        """Gives all messages of a folder other numbers."""
        self._epochs[folder.ref] = self._epochs.get(folder.ref, 1) + 1

    def rename(self, folder: SourceFolder, *path: str) -> SourceFolder:
        """Gives a folder another path, its subfolders with it. The folder by its new name."""
        depth, moved = len(folder.path), {}
        for there in list(self.folders):
            if there.path[:depth] == folder.path:
                new = (*path, *there.path[depth:])
                moved[there] = replace(there, path=new, ref="/".join(new))
        self.folders = {moved.get(there, there): kept for there, kept in self.folders.items()}
        for old, new in moved.items():
            self._numbered[new], self._last[new] = self._numbered.pop(old, []), self._last.pop(old, 0)
            self._numbering[new] = self._numbering.pop(old, 0)
            self._epochs[new.ref] = self._epochs.pop(old.ref, 1)
        return moved[folder]

    def file(self, folder: SourceFolder, place: int, other: SourceFolder) -> None:
        """Files a message in another folder, at its end."""
        self.folders[other].append(replace(self.folders[folder].pop(place)))

    def mark_deleted(self, folder: SourceFolder, place: int) -> None:
        """Marks a message as deleted; it keeps its number."""
        numbered = self.numbered(folder)
        marked = self.folders[folder][place] = replace(self.folders[folder][place], deleted=True)
        numbered[place] = (numbered[place][0], marked)

    def merge(self, other: MemorySource) -> None:
        """Takes in all mail of another account, folders of the same path into one."""
        mine = {folder.path: folder for folder in self.folders}
        for folder, messages in other.folders.items():
            self.folders.setdefault(mine.get(folder.path, folder), []).extend(map(replace, messages))


@dataclass
class SignedIn:
    """One process's sign-in: `ask` is called with the name of whatever it asks, and may wait or raise."""

    source: MemorySource
    ask: Callable[[str], None] = lambda _operation: None
    contents: frozenset[Content] = frozenset({Content.MAIL})
    max_connections: int = 2
    epochs: dict[str, int] = field(default_factory=dict)       # of each folder, as it was listed last

    def reader(self, content: Content) -> MemoryReader:
        if content not in self.contents:
            raise InputError(f"There are no {content} here.")
        return self.connect()

    def settings(self, content: Content) -> MemorySetting:
        return MemorySetting(self, content)

    def connect(self) -> MemoryReader:
        self.ask("connect")
        return MemoryReader(self)


@dataclass
class MemorySetting:
    """A setting of the source."""

    at: SignedIn
    content: Content

    def read(self) -> list[Entry]:
        self.at.ask("settings")
        return [Entry(key, key, value) for key, value in self.at.source.settings_of[self.content].items()]

    def close(self) -> None:
        pass


class MemoryReader:
    def __init__(self, at: SignedIn) -> None:
        self._at = at
        self._source = at.source

    def folders(self) -> FolderList:
        self._at.ask("folders")
        return FolderList(tuple(self._source.folders))

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        self._at.ask("listing")
        self._source.before_listing(folder)
        self._source.listed_with_keys.append(keys)
        there = self._source.numbered(folder)
        self._at.epochs[folder.ref] = self._source.epoch(folder)
        for uid, kept in there:
            size = len(kept.mime) if kept.size is None else kept.size
            key = self._source.key_of(kept) if keys else b""
            yield Listed(uid, size, key, kept.deleted, received=int(kept.received.timestamp()),
                         theirs=kept.theirs)

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        self._source.before_read(uids)
        refused = []
        for uid in uids:
            self._at.ask("read")
            kept = self._messages(folder).get(uid)
            if (folder.ref, uid) in self._source.refused:
                refused.append(uid)
            elif kept is not None:
                self._source.reads += 1
                yield SourceMessage(uid, kept.mime, len(kept.mime), kept.received, kept.marks, theirs=kept.theirs)
        if refused:
            raise RefusedError("the server lists this message, but does not give it out")

    def _messages(self, folder: SourceFolder) -> dict[int, Kept]:
        """By UID. Raises RenumberedError when those are other ones than when the folder was listed."""
        there = dict(self._source.numbered(folder))
        if self._at.epochs.setdefault(folder.ref, self._source.epoch(folder)) != self._source.epoch(folder):
            raise RenumberedError("the source has numbered a folder's messages anew")
        return there

    def spool(self, folder: SourceFolder, uid: int) -> SourceMessage | None:
        message = next(self.read(folder, [uid]), None)
        if message is None:
            return None
        assert isinstance(message.mime, bytes)
        return replace(message, mime=BytesIO(message.mime))

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        self._at.ask("envelopes")
        there = dict(self._source.numbered(folder))
        found = {}
        for uid in uids:
            if uid in there:
                lines = there[uid].mime.split(b"\r\n")
                subject = next((line[9:] for line in lines if line.startswith(b"Subject: ")), b"")
                found[uid] = Envelope(subject.decode(errors="replace"), "2020-05-17", "Ann")
        return found

    def close(self) -> None:
        pass
