"""A migration's memory does not grow with the mailbox, nor with its largest message."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from bench.mailbox import furnish
from bench.omm import Omm, Told, somebody_new
from bench.servers import LOGIN, PASSWORD, Exchange, exchange, source_account
from bench.sides import authorities
from tests.servers.mail_servers.dovecot import MISSING, Dovecot, dovecot, installed
from tests.servers.mailbox import Message, write_folder

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

ADDRESS = "claire@exchange.example"
ANOTHER = "claire@new.example"
MOST = 150 * 1024 * 1024        # bytes of memory, of one `omm` process
MANY = 20_000
FOLDERS: tuple[tuple[str, ...], ...] = ((), ("Sent",), ("Archive",), ("Archive", "2019"), ("Projects",))
LARGE = 40 * 1000 * 1000        # bytes


@contextmanager
def ends(server: Dovecot) -> Iterator[tuple[Omm, Exchange]]:
    """Somebody who moves mail from that server, and two empty Exchange mailboxes."""
    server.give_away(server.home(LOGIN))
    with exchange([ADDRESS, ANOTHER]) as there, authorities(server, there) as ca_file, somebody_new(ca_file) as omm:
        yield omm, there


def copied(told: Told) -> int:
    """How many messages a migration says it copied."""
    counts = told.json["contents"]["mail"]
    assert counts["found"] == counts["copied"]
    return int(counts["copied"])


def test_twenty_thousand_messages_there_on_and_back_need_little_memory() -> None:
    """20,000 messages and one of 40 MB go from IMAP to Exchange, on to another one, and back: below 150 MB each time.

    The large one goes through a file, from either. Once more to the other one, nothing is left to copy.
    """
    large = Message(_large(LARGE), datetime(2020, 2, 2, tzinfo=UTC))
    with dovecot({LOGIN: PASSWORD}) as server:
        furnish(server.home(LOGIN) / "Maildir", MANY, 2000, FOLDERS)
        write_folder(server.home(LOGIN) / "Maildir", ("Large",), [large])
        with ends(server) as (omm, destination):
            there = omm.migrate(source_account(server), destination.account(ADDRESS))
            on = omm.migrate(destination.account(ADDRESS), destination.account(ANOTHER))
            again = omm.migrate(destination.account(ADDRESS), destination.account(ANOTHER))
            found = len(destination.control.messages(ANOTHER))
            back = omm.roll_back(there.json["task_id"])
            left = destination.control.messages(ADDRESS)

    assert copied(there) == copied(on) == found == MANY + 1
    assert again.json["contents"]["mail"]["already_there"] == MANY + 1
    assert (back.json["state"], left) == ("rolled back", [])
    assert all(told.finished.peak < MOST for told in (there, on, again, back))


def test_a_message_of_forty_megabytes_arrives_whole_in_little_memory() -> None:
    """A message larger than all memory in flight travels through a file and arrives byte for byte."""
    large = _large(LARGE)
    with dovecot({LOGIN: PASSWORD}) as server:
        write_folder(server.home(LOGIN) / "Maildir", (), [Message(large, datetime(2020, 2, 2, tzinfo=UTC))])
        with ends(server) as (omm, destination):
            there = omm.migrate(source_account(server), destination.account(ADDRESS))
            found = [_digest(one.mime) for one in destination.control.messages(ADDRESS)]

    assert copied(there) == 1
    assert found == [_digest(large)]
    assert there.finished.peak < MOST


def test_a_message_of_forty_megabytes_that_is_put_together_needs_little_memory_too() -> None:
    """The old server cannot render it: its text and its attachment arrive all the same."""
    large = _attached(_large(LARGE))
    with dovecot({LOGIN: PASSWORD}) as server:
        write_folder(server.home(LOGIN) / "Maildir", (), [Message(large, datetime(2020, 2, 2, tzinfo=UTC))])
        with ends(server) as (omm, destination):
            omm.migrate(source_account(server), destination.account(ADDRESS))
            [old] = destination.control.messages(ADDRESS)
            destination.control.spoil(ADDRESS, old.item_id)
            there = omm.migrate(destination.account(ADDRESS), destination.account(ANOTHER))
            [new] = destination.control.messages(ANOTHER)

    assert copied(there) == 1
    assert _payload(new.mime) == _payload(large)
    assert there.finished.peak < MOST


def _attached(large: bytes) -> bytes:
    """A message whose only attachment is that."""
    head = large[: large.index(b"MIME-Version")]
    body = large[large.index(b"Content-Type"):]
    return (
        head + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        + body + b"\r\n--b--\r\n"
    )


def _payload(mime: bytes) -> str:
    """A digest of the attachment."""
    return _digest(message_from_bytes(mime).get_payload(1).get_payload(decode=True))  # type: ignore[union-attr, arg-type]  # a part


def _large(size: int) -> bytes:
    head = (
        b"From: ann@example.net\r\nTo: claire@example.org\r\nSubject: Plans\r\n"
        b"Date: Sun, 02 Feb 2020 10:00:00 +0000\r\nMessage-ID: <large@example.net>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    page = b"".join(
        random.Random(n).randbytes(38).hex().encode() + b"\r\n" for n in range(1000)
    )
    return head + (page * (size // len(page) + 1))[: size - size % 78]


def _digest(mime: bytes) -> str:
    return hashlib.sha256(mime).hexdigest()
