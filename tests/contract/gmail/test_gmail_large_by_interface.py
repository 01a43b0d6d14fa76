"""Large messages by Gmail's interface, where whoever runs OMM has switched that on."""

from __future__ import annotations

import io
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from emulators.google import Fault
from emulators.google.scopes import MAIL
from engine.connectors.google.mail.large import decoded_into
from engine.connectors.google.source import GoogleSource, opened
from engine.connectors.network.pinning import Network
from engine.credentials import PasswordCredential
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.store.vault import Secret
from tests.servers.gmail.account import GmailSeed, SeedMessage, System
from tests.servers.google.world import GoogleWorld, google_world
from tests.servers.mail_servers import dovecot

OWNER = "claire@example.org"
RAW = b"Message-ID: <large@example.org>\r\nSubject: large\r\n\r\n" + bytes(range(32, 127)) * 20_000 + b"\r\n"
SEED = GmailSeed([], [SeedMessage(0x1234567890ABCDEF, "<large@example.org>", RAW, datetime(2026, 3, 1, tzinfo=UTC),
                                  frozenset({System.INBOX, System.STARRED}), frozenset({"\\Seen"}))])
pytestmark = pytest.mark.skipif(not dovecot.installed(), reason=dovecot.MISSING)


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleWorld]:
    with google_world(tmp_path_factory.mktemp("large"), [OWNER], seeds={OWNER: SEED}) as world:
        world.google.add_client("web", redirect_uris=["https://omm.example.org/back"])
        yield world


@contextmanager
def source(google: GoogleWorld, *scopes: str, on: bool = True) -> Iterator[GoogleSource]:
    token = google.google.consent(OWNER, scopes or [MAIL])["access_token"]
    network = Network(trusts_person=True, ca_file=google.ca_file)
    yield opened(
        parse_account(f"gmail://{OWNER}"), PasswordCredential(Secret(f"Bearer {token}")), network,
        stop=threading.Event(), server=(google.gmail.host, google.gmail.port), api_url=google.google.url.rstrip("/"),
        large_by_interface=on,
    )


def spooled(google: GoogleWorld, *, on: bool = True) -> tuple[bytes, bool, int, int]:
    """The message's bytes, whether it is flagged, how many bytes IMAP has given for it, and questions asked for it."""
    with source(google, on=on) as opened_source:
        reader = opened_source.reader(Content.MAIL)
        inbox = next(one for one in reader.folders().folders if one.path == ("INBOX",))
        [listed] = reader.listing(inbox)
        before, asked = google.gmail.control.spent(OWNER).total, len(questions(google))
        message = reader.spool(inbox, listed.uid)
        assert message is not None
        content = message.mime.read()       # type: ignore[union-attr]  # it is in a file
        message.close()
        reader.close()
    used = google.gmail.control.spent(OWNER).total - before
    return content, message.marks.flagged and message.marks.read, used, len(questions(google)) - asked


def questions(google: GoogleWorld) -> Sequence[object]:
    return [call for call in google.google.requests if "/messages/" in call.path]


def test_a_large_message_comes_whole_and_is_not_counted(google: GoogleWorld) -> None:
    """Its bytes and marks are those that IMAP gives, of which only the marks count for the day."""
    content, marked, used, asked = spooled(google)

    assert (content == RAW, marked, asked) == (True, True, 1)
    assert used < 1000
    assert not google.google.broken


def test_it_is_off_unless_somebody_has_switched_it_on(google: GoogleWorld) -> None:
    """IMAP gives it then, and it counts."""
    content, _marked, used, asked = spooled(google, on=False)

    assert (content == RAW, asked) == (True, 0)
    assert used > len(RAW)


@pytest.mark.parametrize("fault", [
    Fault(endpoint="gmail", action="status", status=403), Fault(endpoint="gmail", action="status", status=503),
    Fault(endpoint="gmail", action="drop"), Fault(endpoint="gmail", action="garbage", status=200),
])
def test_what_the_interface_does_not_give_imap_gives(google: GoogleWorld, fault: Fault) -> None:
    """Nothing is lost by it."""
    google.google.add_fault(fault)
    try:
        content, _marked, _used, _asked = spooled(google)
    finally:
        google.google.clear_faults()

    assert content == RAW


def test_a_message_of_another_length_is_read_by_imap(google: GoogleWorld) -> None:
    """Whatever the two ways differ in, what moves is what IMAP shows."""
    held = google.gmail.mailbox(OWNER).messages[0x1234567890ABCDEF]
    stored, other = held.stored, google.gmail.mailbox(OWNER).deliver(b"Subject: another\r\n\r\nanother\r\n", ())
    try:
        with google_shows(google, other):
            content, _marked, _used, asked = spooled(google)
    finally:
        google.gmail.mailbox(OWNER).messages.pop(other)

    assert (content == RAW, asked, held.stored == stored) == (True, 1, True)


@contextmanager
def google_shows(google: GoogleWorld, other: int) -> Iterator[None]:
    """The interface has another message under the number of the large one."""
    mailboxes = google.google._state.mailboxes

    class Other:
        def __getattr__(self, name: str) -> object:
            return getattr(mailboxes, name)

        def message(self, address: str, _msgid: int) -> object:
            return mailboxes.message(address, other)

    google.google.serve(Other())        # type: ignore[arg-type]  # it is one by what it passes on
    try:
        yield
    finally:
        google.google.serve(mailboxes)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 10_000])
def test_an_answer_is_decoded_wherever_it_is_cut(size: int) -> None:
    """Google's servers write "=" in two ways."""
    encoded = urlsafe_b64encode(b"one \xff\xfe two" * 7 + b"!")
    answer = b'{"id": "1", "raw": "' + encoded.replace(b"=", b"\\u003d") + b'", "sizeEstimate": 3}'
    file = io.BytesIO()

    assert decoded_into(file, iter([answer[start:start + size] for start in range(0, len(answer), size)]))
    assert file.getvalue() == b"one \xff\xfe two" * 7 + b"!"


@pytest.mark.parametrize("answer", [b'{"id": "1"}', b'{"raw": "AAAA', b'{"raw": "A"}', b"<html>"])
def test_half_an_answer_is_none(answer: bytes) -> None:
    """What was cut off is not taken for a message."""
    assert not decoded_into(io.BytesIO(), iter([answer]))
