"""Odd lines of POP3 servers: each has one clear meaning, and is understood."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.connectors.network.pinning import Network
from engine.connectors.pop3 import Pop3Source
from engine.connectors.pop3.reader import INBOX
from engine.migration.account import Account
from engine.systems import System, Transport
from tests.servers.mail_servers.odd_pop3_lines import MESSAGES, ODD, Odd, speaks
from tests.servers.mail_servers.scripted_pop3 import ScriptedPop3, scripted_pop3


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedPop3]:
    """One server for all cases."""
    with scripted_pop3(MESSAGES) as running:
        yield running


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_odd_lines_are_understood(server: ScriptedPop3, odd: Odd) -> None:
    """All messages are listed with their keys, and arrive byte for byte."""
    spoken = speaks(server, odd)
    account = Account(System.POP3, "claire", "localhost", server.port, Transport.PLAINTEXT)
    reader = Pop3Source(account, "secret", Network(trusts_person=True), waits=(0.0, 0.0), answer_time=1.0).connect()
    listed = list(reader.listing(INBOX))
    read = {message.uid: message.mime for message in reader.read(INBOX, [message.uid for message in listed])}
    reader.close()

    assert spoken
    assert len(listed) == len(MESSAGES)
    assert all(message.key for message in listed)
    assert sorted(read.values()) == [kept.mime for kept in MESSAGES]
