"""The sample mailbox: whole, readable, and the same every time."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator

import pytest

from emulators.sample_mailbox.compose import compose
from emulators.sample_mailbox.maildir import folders, letters, write_maildir
from emulators.sample_mailbox.server import SampleServer, sample_server
from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.migration.account import parse_account
from tests.servers.mailbox import files


@pytest.fixture(scope="module")
def served() -> Iterator[SampleServer]:
    with sample_server() as running:
        yield running


def test_all_of_it_is_served(served: SampleServer) -> None:
    """Every letter is there, in its folder, with its date and its marks, signed in by the address shown."""
    account = parse_account(served.url)
    reader = ImapSource(account, served.password, Network(trusts_person=True, ca_file=served.ca_file)).connect()
    found = {folder.path: folder for folder in reader.folders().folders}
    assert set(found) == {path or ("INBOX",) for path in folders()}

    for path, written in folders().items():
        folder = found[path or ("INBOX",)]
        read = list(reader.read(folder, [each.uid for each in reader.listing(folder)]))
        assert [message.received for message in read] == [letter.date for letter in written]
        assert [message.marks.read for message in read] == ["S" in letter.flags for letter in written]
        assert [message.marks.flagged for message in read] == ["F" in letter.flags for letter in written]
        assert [message.marks.draft for message in read] == ["D" in letter.flags for letter in written]
        assert [message.marks.categories for message in read] == [(x.label,) if x.label else () for x in written]
        named = reader.envelopes(folder, range(1, len(written) + 1))
        for uid, letter in enumerate(written, start=1):
            assert letter.raw or named[uid].subject == letter.subject       # raw bytes name no charset
    reader.close()


def test_every_message_can_be_parsed() -> None:
    """Each message is well-formed mail with the files its letter came with, and a Message-ID of its own."""
    seen = set()
    for letter in letters():
        message = email.message_from_bytes(compose(letter), policy=email.policy.default)
        files_in_it = [part.get_filename() for part in message.walk() if part.get_filename()]
        seen.add(message["Message-ID"])
        assert sorted(files_in_it) == sorted(attachment.name for attachment in letter.attachments)

    assert len(seen) == len(letters()) >= 190


def test_the_same_every_time(tmp_path) -> None:
    """Two copies of the mailbox are alike in every file."""
    write_maildir(tmp_path / "one")
    write_maildir(tmp_path / "two")

    assert files(tmp_path / "one") == files(tmp_path / "two")
    for name in files(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
