"""A maildrop of Dovecot moves to Exchange as a person would have it moved: whole, once, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from engine.store.valkey import open_server
from tests.servers.mail_servers.dovecot import installed
from tests.servers.mailbox import Message, files, generated, write_folder
from tests.servers.processes.installation import SOURCE_LOGIN, SOURCE_PASSWORD, Installation, installation
from tests.servers.processes.killing import Bench

pytestmark = pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)")

MESSAGES = 500
COPIED = {"found": MESSAGES, "copied": MESSAGES, "already_there": 0, "failed": 0, "left_out": 0}
KNOWN = {"found": MESSAGES, "copied": 0, "already_there": MESSAGES, "failed": 0, "left_out": 0}


def messages() -> Iterator[Message]:
    """Mail of ten years in every charset; one in three tells when it arrived, a day after it was sent."""
    for number, message in enumerate(generated(MESSAGES, seed=11)):
        if number % 3:
            yield message
        else:
            stamp = format_datetime(message.date + timedelta(days=1)).encode()
            yield replace(message, mime=b"Received: by mx.example.org; " + stamp + b"\r\n" + message.mime)


def ended(mime: bytes) -> bytes:
    """The message as POP3 can say it: in lines that end in CRLF, the last one too."""
    lines = mime.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


@dataclass
class Maildrop:
    """An installation whose source is a POP3 account."""

    bench: Bench
    kept: list[Message]
    before: Mapping[str, Any]

    @property
    def at(self) -> Installation:
        return self.bench.at

    def found(self) -> dict[str, Any]:
        """What another client and the disk show of it: every file with its flags, size and time, every flag by UID."""
        with IMAPClient("localhost", self.at.imap.imap, ssl=False) as client:
            client.login(SOURCE_LOGIN, SOURCE_PASSWORD)
            client.select_folder("INBOX", readonly=True)
            flags = client.fetch(client.search(["ALL"]), ["FLAGS"])
        return {
            "flags": {uid: set(item[b"FLAGS"]) for uid, item in flags.items()},
            "files": files(self.at.imap.home(SOURCE_LOGIN)),
        }

    def contents(self, address: str) -> Counter[Any]:
        """What arrived in a mailbox: the content, when, and how it is marked."""
        return Counter(
            (m.folder, m.mime, m.received, m.is_read, m.is_draft) for m in self.at.emulator.messages(address)
        )


def expected(kept: list[Message]) -> Counter[Any]:
    """What each message must have become."""
    return Counter((("Inbox",), ended(m.mime), _arrival(m), True, False) for m in kept)


def _arrival(message: Message) -> str:
    later = timedelta(days=1) if message.mime.startswith(b"Received:") else timedelta()
    return f"{(message.date + later).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def maildrop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maildrop]:
    directory = tmp_path_factory.mktemp("pop3")
    with ExitStack() as stack:
        at = stack.enter_context(installation(directory / "at", scheme="pop3s"))
        kept = list(messages())
        home = at.imap.home(SOURCE_LOGIN)
        write_folder(home / "Maildir", (), kept)
        write_folder(home / "Maildir", ("Sent",), generated(3, seed=12))
        at.imap.give_away(home)
        stack.enter_context(open_server(Path(at.environment["OMM_STATE_DIR"])))
        ready = Maildrop(Bench(at), kept, {})
        ready.before = ready.found()
        yield ready


def mailbox_of(maildrop: Maildrop, address: str) -> str:
    """The part of the emulator's dump that is this mailbox's."""
    parts = maildrop.at.emulator.dump().split("\nmailbox ")
    (part,) = [p for p in parts if p.removeprefix("mailbox ").startswith(f"{address} ")]
    return part.rstrip("\n")


def test_a_maildrop_moves_whole_and_once_and_back(maildrop: Maildrop) -> None:
    """Every byte, date and mark arrives; a second run copies nothing; a rollback leaves what was there before."""
    address = maildrop.bench.new_mailbox()
    empty = mailbox_of(maildrop, address)

    said = maildrop.bench.migrate(address)
    arrived = maildrop.contents(address)
    full = mailbox_of(maildrop, address)
    again = maildrop.bench.migrate(address)
    unchanged = mailbox_of(maildrop, address)
    maildrop.bench.roll_back(said["task_id"])

    assert said["contents"]["mail"] == COPIED
    assert arrived == expected(maildrop.kept)
    assert again["contents"]["mail"] == KNOWN
    assert unchanged == full
    assert mailbox_of(maildrop, address) == empty
    assert maildrop.found() == maildrop.before


def test_what_came_by_pop3_is_known_by_imap(maildrop: Maildrop) -> None:
    """Another protocol for the same mailbox copies only what the first could not show, the folder of sent mail."""
    address = maildrop.bench.new_mailbox()
    maildrop.bench.migrate(address)

    said = maildrop.bench.migrate(address, source=f"imaps://{SOURCE_LOGIN}@localhost:{maildrop.at.imap.imaps}")

    assert said["contents"]["mail"] == KNOWN | {"found": MESSAGES + 3, "copied": 3}
    assert maildrop.contents(address).total() == MESSAGES + 3


def test_the_maildrop_has_what_reading_could_change(maildrop: Maildrop) -> None:
    """There are unread messages in it, which other ways to read by POP3 would mark as read."""
    unread = [flags for flags in maildrop.before["flags"].values() if b"\\Seen" not in flags]

    assert len(unread) > 50
    assert len(maildrop.before["flags"]) == MESSAGES
