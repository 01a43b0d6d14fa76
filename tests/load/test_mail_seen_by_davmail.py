"""DavMail, an IMAP gateway by other people, shows the migrated mailbox as the source holds it."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient.imap_utf7 import encode as encode_utf7

from emulators.sample_mailbox.compose import compose
from emulators.sample_mailbox.letter import Folder, Letter
from emulators.sample_mailbox.maildir import LABELS, folders
from tests.second_opinions import davmail
from tests.second_opinions.reading import Reading, reading
from tests.servers.processes.installation import ADDRESS, PASSWORD, Installation

pytestmark = pytest.mark.skipif(not davmail.installed(), reason=davmail.MISSING)

LISTED = re.compile(rb'\((?P<attributes>[^)]*)\) "/" "(?P<name>.*)"')
FETCHED = re.compile(rb'FLAGS \((?P<flags>[^)]*)\) INTERNALDATE "(?P<date>[^"]+)"')
FLAGS = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "D": "\\Draft", "P": "$Forwarded"}
SPECIAL = {"\\Sent": "Sent", "\\Drafts": "Drafts", "\\Trash": "Trash", "\\Junk": "Junk"}


@dataclass(frozen=True)
class Message:
    """A message as IMAP shows it."""

    flags: frozenset[str]
    received: datetime
    content: Reading


@pytest.fixture
def imap(moved: Installation) -> Iterator[imaplib.IMAP4]:
    """The migrated mailbox, signed in to through DavMail."""
    trusted = Path(moved.environment["OMM_CA_FILE"])
    with (
        davmail.davmail(moved.directory / "davmail", moved.emulator.url, trusted) as gateway,
        imaplib.IMAP4("127.0.0.1", gateway.port, timeout=30) as connection,
    ):
        connection.login(ADDRESS, PASSWORD)
        yield connection


def test_it_shows_every_folder_with_all_that_the_source_holds(imap: imaplib.IMAP4) -> None:
    """Folders with their places and jobs; of each message date, flags, labels, headers, texts and files."""
    seen = listed(imap)

    shown = {name: messages(imap, name) for name in seen}

    expected = {name_of(folder): list(map(expected_of, letters)) for folder, letters in folders().items()}
    assert [line for name in expected for line in differences(name, expected[name], shown[name])] == []
    assert [name for name in shown.keys() - expected.keys() if shown[name]] == []
    jobs = {attribute: name for name, attributes in seen.items() for attribute in attributes & SPECIAL.keys()}
    assert jobs == SPECIAL


def differences(folder: str, expected: Iterable[Message], shown: Iterable[Message]) -> Iterator[str]:
    """One line for everything in a folder that is not as it should be."""
    left = {one.content.message_id: _fields(one) for one in expected}
    right = {one.content.message_id: _fields(one) for one in shown}
    yield from (f"{folder}: {name} is there on one side only" for name in left.keys() ^ right.keys())
    for name in left.keys() & right.keys():
        for field in left[name]:
            if left[name][field] != right[name][field]:
                yield f"{folder}: {name}: {field}: {left[name][field]} has become {right[name][field]}"


def _fields(message: Message) -> dict[str, object]:
    return {"flags": message.flags, "received": message.received, **asdict(message.content)}


def name_of(folder: Folder) -> str:
    """The name by which IMAP knows a folder of the sample mailbox (RFC 3501 5.1.3)."""
    return encode_utf7("/".join(folder)).decode() if folder else "INBOX"


def expected_of(letter: Letter) -> Message:
    marks = {FLAGS[flag] for flag in letter.flags} | ({LABELS[letter.label]} if letter.label else set())
    return Message(frozenset(marks), letter.date, reading(compose(letter)))


def listed(imap: imaplib.IMAP4) -> dict[str, frozenset[str]]:
    """The names of all folders, and what each is for."""
    _, lines = imap.list('""', "*")
    found = {}
    for line in lines:
        match = LISTED.fullmatch(line)  # type: ignore[arg-type]
        assert match, line
        found[match["name"].decode()] = frozenset(match["attributes"].decode().split())
    return found


def messages(imap: imaplib.IMAP4, name: str) -> list[Message]:
    """Everything in a folder."""
    status, (count, *_) = imap.select(f'"{name}"', readonly=True)
    assert status == "OK"
    if not int(count):
        return []
    _, answers = imap.fetch("1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")
    found = [shown(*answer) for answer in answers if isinstance(answer, tuple)]
    assert len(found) == int(count)
    return found


def shown(head: bytes, mime: bytes) -> Message:
    match = FETCHED.search(head)
    assert match, head
    date = datetime.strptime(match["date"].decode(), "%d-%b-%Y %H:%M:%S %z")
    return Message(frozenset(match["flags"].decode().split()), date.astimezone(UTC), reading(mime))
