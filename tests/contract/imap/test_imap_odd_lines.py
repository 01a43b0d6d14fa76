"""Odd lines, one by one through the connector: counts, bytes, marks and dates are right all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.migration.account import Account
from engine.ports.items import Marks
from engine.systems import System, Transport
from tests.servers.mail_servers.hard_imap import Folder, HardImap, hard_imap
from tests.servers.mail_servers.odd_lines import ODD, Odd, held, speaks

RECEIVED = datetime(2020, 5, 17, 8, 30, tzinfo=UTC)
MARKS = Marks(read=True, flagged=True)


@pytest.fixture(scope="module")
def server() -> Iterator[HardImap]:
    """One server for all cases."""
    with hard_imap({b"INBOX": Folder(held()), b"Work": Folder(held()[:1])}) as running:
        yield running


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{odd.kind}: {odd.name}")
def test_odd_lines_are_understood(server: HardImap, odd: Odd) -> None:
    """Both folders are listed, and all messages arrive as they are, read and flagged, with their dates."""
    speaks(server, odd)
    account = Account(System.IMAP, "claire", "localhost", server.port, Transport.PLAINTEXT)
    reader = ImapSource(account, "secret", Network(trusts_person=True), waits=(0.0, 0.0), answer_time=2.0).connect()
    folders = reader.folders().folders
    inbox = folders[0]
    listed = list(reader.listing(inbox))
    read = list(reader.read(inbox, [1, 2, 3]))
    reader.close()

    assert [folder.path for folder in folders] == [("INBOX",), ("Work",)]
    assert [message.uid for message in listed] == [1, 2, 3]
    assert all(message.key for message in listed)
    assert [message.mime for message in read] == [message.mime for message in held()]
    assert [(message.received, message.marks) for message in read] == [(RECEIVED, MARKS)] * 3
    assert not any(message.untold for message in read)


def test_there_are_five_of_every_kind() -> None:
    """No kind of oddity is tried with less than five lines."""
    kinds = Counter(odd.kind for odd in ODD)

    assert len(kinds) == 8
    assert min(kinds.values()) >= 5
