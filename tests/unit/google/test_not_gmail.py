"""A server without Gmail's labels is not read as Gmail."""

from __future__ import annotations

import pytest

from engine.connectors.google.source import GoogleSource
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError
from engine.migration.account import Account
from engine.systems import System, Transport
from tests.servers.mail_servers.scripted_imap import scripted_imap


def test_a_server_that_is_not_gmail() -> None:
    """Its mail would all look archived; so it is said, and nothing is listed."""
    with scripted_imap() as server:
        account = Account(System.GOOGLE, "ann@example.org", "127.0.0.1", server.port, Transport.PLAINTEXT)
        source = GoogleSource(account, "abcdefghijklmnop", Network(trusts_person=True))

        with pytest.raises(FatalError, match="X-GM-EXT-1") as caught:
            source.check()

    assert caught.value.cause is Cause.WRONG_PROTOCOL
    assert not any(command.startswith("LIST") for command in server.commands)
