"""An owner of a Gmail account, with what they do there, and a source on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.connectors.google.mail.reader import GmailReader
from engine.connectors.google.source import GoogleSource
from engine.connectors.network.pinning import Network
from engine.migration.account import Account
from engine.migration.content import Content
from engine.ports.items import Listed, SourceMessage
from engine.ports.source import FolderList, SourceFolder
from engine.systems import System as AccountSystem
from engine.systems import Transport
from tests.servers.gmail.account import Gmail, GmailSeed, Label, Mailbox, SeedMessage

APP_PASSWORD = "abcdefghijklmnop"
FAST = (0.01, 0.02, 0.03, 0.04)     # seconds between attempts
_START = datetime(2024, 1, 1, tzinfo=UTC)


def message(number: int, labels: Iterable[Label] = (), *, name: str = "", text: str = "text") -> SeedMessage:
    """A message with that MSGID, by which it is known again: it stands in the subject, too."""
    name = name or f"<{number}@gmail.example>"
    raw = f"Message-ID: {name}\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\nFrom: a@b.example\r\n"
    raw += f"Subject: number {number}\r\n\r\n{text}\r\n"
    return SeedMessage(number, name, raw.encode(), _START + timedelta(minutes=number), frozenset(labels))


@dataclass(frozen=True)
class Owner:
    """The mailbox of one person."""

    gmail: Gmail
    address: str

    @property
    def mailbox(self) -> Mailbox:
        return self.gmail.mailbox(self.address)

    def has(self, messages: Iterable[SeedMessage], labels: Iterable[str] = ()) -> None:
        self.mailbox.plant(GmailSeed(list(labels), list(messages)))

    def sets(self, **settings: Any) -> None:
        """Changes settings of Gmail's."""
        self.gmail.control.configure(self.address, **settings)

    def source(self, **changes: Any) -> GoogleSource:
        account = Account(AccountSystem.GOOGLE, self.address, "localhost", self.gmail.port, Transport.TLS)
        network = Network(trusts_person=True, ca_file=self.gmail.ca_file)
        return GoogleSource(account, APP_PASSWORD, network, waits=FAST, **changes)

    @contextmanager
    def reader(self, source: GoogleSource | None = None) -> Iterator[GmailReader]:
        reader = (source or self.source()).reader(Content.MAIL)
        try:
            yield reader
        finally:
            reader.close()


def named(found: FolderList, name: str) -> SourceFolder:
    """The folder of that role in parentheses, or of that path."""
    for folder in found.folders:
        if (folder.role and f"({folder.role})" == name) or "/".join(folder.path) == name:
            return folder
    raise AssertionError(f"there is no {name}")


def name_of(folder: SourceFolder) -> str:
    """What `named` takes."""
    return f"({folder.role})" if folder.role else "/".join(folder.path)


def number_of(read: SourceMessage) -> int:
    """Which message it is, by its subject."""
    assert isinstance(read.mime, bytes)
    return int(read.mime.partition(b"Subject: number ")[2].split(b"\r\n")[0])


def everything(reader: GmailReader) -> dict[int, list[tuple[str, Listed, SourceMessage]]]:
    """Each message with each folder that it comes in, as listed and as read."""
    found: dict[int, list[tuple[str, Listed, SourceMessage]]] = {}
    for folder in reader.folders().folders:
        if not folder.selectable:
            continue
        listed = {each.uid: each for each in reader.listing(folder)}
        read = list(reader.read(folder, list(listed)))
        assert len(read) == len(listed)
        for each in read:
            found.setdefault(number_of(each), []).append((name_of(folder), listed[each.uid], each))
    return found


def places(reader: GmailReader) -> dict[int, list[str]]:
    """The folders that each message comes in."""
    return {number: [name for name, _, _ in copies] for number, copies in everything(reader).items()}
