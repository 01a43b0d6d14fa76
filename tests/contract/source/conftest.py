"""Sources that must keep the same promises: the one in memory, and those of the connectors with a server each.

A new source is one row of ACCOUNTS; test_source.py stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import pytest

from emulators.exchange import ExchangeEmulator
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.connectors.pop3 import Pop3Source
from engine.migration.account import Account, parse_account
from engine.ports.items import SourceMessage, Tagged
from engine.ports.source import Role, Source, SourceFolder
from engine.systems import System, Transport
from tests.servers.mail_servers import scripted_pop3
from tests.servers.mail_servers.hard_imap import Folder, Held, hard_imap
from tests.servers.memory import source as memory_source
from tests.servers.memory.source import MemorySource

Names = tuple[str, ...]
INBOX, PARENT, CHILD = ("INBOX",), ("Work",), ("Work", "Ätlas")
ADDRESS = "ann@example.org"
CHANGES = ("STORE", "UID STORE", "EXPUNGE", "SELECT", "APPEND", "CREATE", "DELETE", "RENAME", "DELE")


def mail(subject: str, *, number: int = 1, body: str = "Hello.") -> bytes:
    """A plain message."""
    return (
        f"From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nSubject: {subject}\r\n"
        f"Date: Sun, 17 May 2020 08:29:00 +0000\r\nMessage-ID: <{number}@example.net>\r\n\r\n{body}\r\n"
    ).encode()


TWIN = mail("The same", number=9)
HELD: Mapping[Names, Sequence[bytes]] = MappingProxyType({
    INBOX: (
        mail("First"),
        TWIN,
        mail("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", number=2),
        mail("Large", number=3, body="x\r\n" * 30_000),
        TWIN,
        mail("Dots", number=4, body="..\r\n.\r\n. ..\r\nend"),
        b"Subject: caf\xe9\r\n\r\n\x80\x81\r\n",
        b"no header\r\n",
    ),
    CHILD: (mail("Below", number=5),),
    PARENT: (),
})


@dataclass(frozen=True)
class Opened:
    """A source; what it holds, by path; how its owner removes a message; what its owner sees of it."""

    source: Source
    held: Mapping[Names, Sequence[bytes]]
    remove: Callable[[Names, int], object]
    seen: Callable[[], object]


@contextmanager
def in_memory(_: Path) -> Iterator[Opened]:
    """The source of the tests that look at what happens between the two sides."""
    folders = {
        path: SourceFolder(path, "/".join(path), Role.INBOX if path == INBOX else None) for path in sorted(HELD)
    }
    source = MemorySource({
        folder: [memory_source.Kept(mime) for mime in HELD[path]] for path, folder in folders.items()
    })
    yield Opened(source, HELD, lambda path, place: source.folders[folders[path]].pop(place),
                 lambda: {folder: list(kept) for folder, kept in source.folders.items()})


@contextmanager
def over_imap(_: Path) -> Iterator[Opened]:
    """The IMAP connector. The server lists a folder before the one that it lies in."""
    names = {INBOX: b"INBOX", CHILD: b"Work/&AMQ-tlas", PARENT: b"Work"}
    folders = {
        names[path]: Folder([Held(uid, mime) for uid, mime in enumerate(HELD[path], start=7)]) for path in HELD
    }
    with hard_imap(folders) as server:
        account = Account(System.IMAP, "ann", "localhost", server.port, Transport.PLAINTEXT)

        def remove(path: Names, place: int) -> None:
            folder = folders[names[path]]
            folder.messages = [held for number, held in enumerate(folder.messages) if number != place]

        yield Opened(
            ImapSource(account, "secret", Network(trusts_person=True)), HELD, remove,
            lambda: ([list(folder.messages) for folder in folders.values()], changing(server.commands)),
        )


@contextmanager
def over_pop3(_: Path) -> Iterator[Opened]:
    """The POP3 connector, which sees the inbox alone."""
    kept = [scripted_pop3.Kept(f"name{number}", mime) for number, mime in enumerate(HELD[INBOX])]
    with scripted_pop3.scripted_pop3(kept) as server:
        account = Account(System.POP3, "ann", "localhost", server.port, Transport.PLAINTEXT)
        yield Opened(
            Pop3Source(account, "secret", Network(trusts_person=True)), {INBOX: HELD[INBOX]},
            lambda _path, place: server.messages.pop(place),
            lambda: (list(server.messages), changing(server.commands)),
        )


@contextmanager
def over_ews(directory: Path) -> Iterator[Opened]:
    """The Exchange connector. The mailbox has more folders, which are empty."""
    with ExchangeEmulator(directory / "exchange.sqlite") as emulator:
        emulator.configure(mime_roundtrip="verbatim", auth=("basic",))
        emulator.add_mailbox(ADDRESS, password="secret")
        account = account_at(emulator.url, ADDRESS)
        filled(account)
        born = {("Drafts",): (), ("Deleted Items",): (), ("Junk Email",): (), ("Sent Items",): ()}

        def remove(_path: Names, place: int) -> None:
            ids = [message.item_id for message in emulator.messages(ADDRESS) if message.folder == ("Inbox",)]
            opened_at(account).delete(ids[place : place + 1])

        yield Opened(
            ExchangeSource(account, "secret", Network(trusts_person=True)), {**HELD, **born}, remove, emulator.dump
        )
        assert emulator.schema_faults == []


def account_at(url: str, address: str) -> Account:
    """The account with that address at an emulator."""
    return parse_account("ews+" + url.replace("//", f"//{quote(address, safe='')}@"), allow_plaintext=True)


def opened_at(account: Account) -> ExchangeDestination:
    """The mailbox, to be written to."""
    return ExchangeDestination(account, "secret", Network(trusts_person=True))


def filled(account: Account) -> None:
    """Puts the suite's mail into a mailbox, in its order."""
    with closing(opened_at(account)) as mailbox:
        inbox = next(folder.id for folder in mailbox.folders() if folder.role is Role.INBOX)
        ids = {INBOX: inbox, (): mailbox.top}
        for path in (PARENT, CHILD):
            ids[path] = mailbox.create_folder(ids[path[:-1]], path[-1], "tag").id
        for path, held in HELD.items():
            for number, mime in enumerate(held):
                received = datetime(2020, 5, 17, 8, 30, number, tzinfo=UTC)
                made = mailbox.create(ids[path], [Tagged("tag", SourceMessage(1, mime, len(mime), received))])
                assert made[0].error is None


def changing(commands: Sequence[str]) -> list[str]:
    """The commands that change something, or that mark what they read."""
    return [text for text in commands if text.upper().startswith(CHANGES) or "BODY[" in text or "RFC822 " in text]


ACCOUNTS: Mapping[str, Callable[[Path], AbstractContextManager[Opened]]] = MappingProxyType({
    "memory": in_memory,
    "imap": over_imap,
    "pop3": over_pop3,
    "exchange": over_ews,
})


@pytest.fixture(params=ACCOUNTS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Each source in turn, with the same mail in it."""
    with ACCOUNTS[request.param](tmp_path) as made:
        yield made
