"""What is in an account: which message has which labels, and the number it has in each folder.

The bytes lie with the server behind; this is everything else that Gmail knows of a message. Its owner's acts in the web
are methods here, and may happen while a client reads.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from threading import RLock
from typing import Protocol

from emulators.google.imap.labels import Label, System, belongs
from emulators.google.imap.seed import GmailSeed, SeedMessage


class Store(Protocol):
    """Where the bytes of messages are kept."""

    def keep(self, messages: Sequence[tuple[bytes, datetime]]) -> list[int]:
        """Keep messages with the times of their arrival; return the number of each in the store."""
        ...


@dataclass(slots=True)
class Message:
    """A message: it exists once, whatever folders show it. `stored` is its number with the server behind.

    `name` is its Message-ID; two messages may have the same one. `modseq` is the mailbox's version at its last change.
    """

    msgid: int
    name: str
    thread: int
    received: datetime
    stored: int
    size: int
    labels: set[Label]
    flags: set[str]
    modseq: int = 1

    @property
    def imap_flags(self) -> list[str]:
        r"""Its flags over IMAP: a star is \\Flagged and a draft \\Draft, in every folder alike."""
        extra = {"\\Flagged"} if System.STARRED in self.labels else set()
        return sorted(self.flags | extra | ({"\\Draft"} if System.DRAFT in self.labels else set()))


@dataclass(slots=True)
class Folder:
    """The numbers of one folder. A message that comes back to it has a new UID, as RFC 3501 §2.3.1.1 asks.

    Numbers begin above 1 and have gaps, as in a folder that has lived: nobody can take them for sequence numbers.
    """

    uidvalidity: int
    uidnext: int = 11
    uids: dict[int, int] = field(default_factory=dict)      # MSGID: UID, in the order of UIDs

    def file(self, msgid: int) -> None:
        """Give a message the next number."""
        self.uids[msgid] = self.uidnext
        self.uidnext += 2 if self.uidnext % 5 == 0 else 1


class Mailbox:
    """The truth about one account. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        """Begin empty."""
        self._store = store
        self._lock = RLock()
        self._random = random.Random(1)       # noqa: S311  # numbers of messages, not secrets
        self._listeners: list[Callable[[], None]] = []
        self._validity = 600_000_000
        self.version = 1        # grows with each change
        self.messages: dict[int, Message] = {}
        self.folders: dict[Label, Folder] = {}
        for one in System:
            if one is not System.MUTED:
                self._open(one)

    def plant(self, seed: GmailSeed) -> None:
        """Put a seed in; its MSGIDs are kept."""
        stored = self._store.keep([(one.raw, one.received) for one in seed.messages])
        with self._changed():
            for label in seed.labels:
                self._open(label)
            for one, number in zip(seed.messages, stored, strict=True):
                self._add(one, number)

    def deliver(self, raw: bytes, labels: Iterable[Label] = (System.INBOX,), *, flags: Iterable[str] = (),
                received: datetime | None = None, thread: int | None = None) -> int:
        """A new message arrives, or is sent, with those labels. Return its MSGID."""
        at = received or datetime.now(UTC).replace(microsecond=0)
        msgid = (int(at.timestamp() * 1000) << 20) + self._random.getrandbits(20)
        number = self._store.keep([(raw, at)])[0]
        with self._changed():
            self._add(SeedMessage(msgid, _name(raw), raw, at, frozenset(labels), frozenset(flags), thread), number)
        return msgid

    def create_label(self, label: str) -> None:
        """A new label, on no message."""
        with self._changed():
            self._open(label)

    def rename_label(self, old: str, new: str) -> None:
        """Rename a label; its folder is another one from then on, with another UIDVALIDITY."""
        with self._changed():
            carriers = [one for one in self.messages.values() if old in one.labels]
            del self.folders[old]
            self._open(new)
            for one in carriers:
                one.labels = one.labels - {old} | {new}
                self._file(one)

    def delete_label(self, label: str) -> None:
        """Delete a label; its messages stay."""
        with self._changed():
            del self.folders[label]
            for one in [one for one in self.messages.values() if label in one.labels]:
                one.labels.discard(label)
                one.modseq = self.version

    def relabel(self, msgid: int, *, add: Iterable[Label] = (), remove: Iterable[Label] = ()) -> None:
        """Put labels onto a message and take others off."""
        with self._changed():
            message = self.messages[msgid]
            message.labels = (message.labels - set(remove)) | set(add)
            for label in message.labels:
                self._open(label)
            self._file(message)

    def archive(self, msgid: int) -> None:
        """Out of the Inbox; All Mail and its labels' folders go on to show it."""
        self.relabel(msgid, remove=[System.INBOX])

    def trash(self, msgid: int) -> None:
        """Into Trash: it leaves every other folder, and keeps its labels."""
        self.relabel(msgid, add=[System.TRASH], remove=[System.INBOX])

    def spam(self, msgid: int) -> None:
        """Into Spam: it leaves every other folder, and keeps its labels."""
        self.relabel(msgid, add=[System.SPAM], remove=[System.INBOX])

    def star(self, msgid: int) -> None:
        """Star a message."""
        self.relabel(msgid, add=[System.STARRED])

    def mark(self, msgid: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        r"""Set and clear flags, such as \\Seen."""
        with self._changed():
            message = self.messages[msgid]
            message.flags = (message.flags - set(remove)) | set(add)
            message.modseq = self.version

    def delete(self, msgid: int) -> None:
        """Delete a message for ever."""
        with self._changed():
            del self.messages[msgid]
            for folder in self.folders.values():
                folder.uids.pop(msgid, None)

    def renumber(self, folder: Label) -> None:
        """Give a folder another UIDVALIDITY, and its messages other UIDs."""
        with self._changed():
            old = self.folders.pop(folder)
            self._open(folder)
            for msgid in old.uids:
                self._file(self.messages[msgid])

    @property
    def labels(self) -> list[str]:
        """The user's labels, empty ones among them."""
        with self._lock:
            return [one for one in self.folders if isinstance(one, str)]

    def view(self, folder: Label, newest: int | None = None) -> list[tuple[int, Message]]:
        """What a folder shows: UIDs and messages, by UID; nothing where it is gone.

        Of a limited one it shows the `newest` so many by their arrival.
        """
        with self._lock:
            numbers = self.folders.get(folder)
            shown = [(uid, self.messages[msgid]) for msgid, uid in numbers.uids.items()] if numbers else []
        if newest is not None and len(shown) > newest:
            latest = sorted(shown, key=lambda pair: (pair[1].received, pair[0]))[-newest:]
            shown = sorted(latest, key=lambda pair: pair[0])
        return shown

    def used(self) -> int:
        """Bytes of all messages, each counted once."""
        with self._lock:
            return sum(one.size for one in self.messages.values())

    def truth(self) -> GmailSeed:
        """All that is there now, as data; without the bytes."""
        with self._lock:
            return GmailSeed(self.labels, [
                SeedMessage(one.msgid, one.name, b"", one.received, frozenset(one.labels), frozenset(one.flags),
                            one.thread)
                for one in self.messages.values()])

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call `heard` after each change, from the thread that changes; return what ends that."""
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard)

    @contextmanager
    def _changed(self) -> Iterator[None]:
        with self._lock:
            self.version += 1
            yield
        for heard in list(self._listeners):
            heard()

    def _add(self, one: SeedMessage, stored: int) -> None:
        if one.msgid in self.messages:
            raise ValueError(f"MSGID {one.msgid} is taken")
        for label in one.labels:
            self._open(label)
        message = Message(one.msgid, one.name, one.thread or one.msgid, one.received, stored, len(one.raw),
                          set(one.labels), set(one.flags))
        self.messages[one.msgid] = message
        self._file(message)

    def _file(self, message: Message) -> None:
        message.modseq = self.version
        for label, folder in self.folders.items():
            if not belongs(message.labels, label):
                folder.uids.pop(message.msgid, None)
            elif message.msgid not in folder.uids:
                folder.file(message.msgid)

    def _open(self, label: Label) -> None:
        if label not in self.folders and label is not System.MUTED:
            self._validity += 1
            self.folders[label] = Folder(self._validity)


def _name(raw: bytes) -> str:
    return str(BytesHeaderParser().parsebytes(raw).get("Message-ID", "")).strip()
