"""The private names of imaplib and imapclient that the silent connection relies on."""

from __future__ import annotations

import imaplib
import logging
from pathlib import Path
from threading import Event

import imapclient
import pytest

from engine.connectors.imap.connection import Client, Incoming, PinnedIMAP4, TooSlowError
from engine.connectors.network.dialing import Deadline
from engine.connectors.network.password import Password
from engine.connectors.network.pinning import Endpoint
from tests.servers.mail_servers.scripted_imap import ScriptedImap, scripted_imap


@pytest.fixture
def server():
    with scripted_imap() as running:
        yield running


def client_of(server: ScriptedImap, deadline: Deadline) -> Client:
    return Client(Endpoint("mail.example.org", server.port, "127.0.0.1"), None, deadline)


def test_imapclient_still_logs_by_itself(server: ScriptedImap) -> None:
    """imapclient sets imaplib's debug level to 5: the reason why ours has to set it back."""
    theirs = imapclient.IMAPClient("127.0.0.1", server.port, ssl=False)
    try:
        assert theirs._imap.debug == 5
    finally:
        theirs.shutdown()


def test_debug_is_off(server: ScriptedImap) -> None:
    """Nothing is formatted for a log: half of the reading time would go into it."""
    with Deadline(5) as deadline:
        client = client_of(server, deadline)
        client.drop()

    assert client._imap.debug == 0


def test_nothing_is_kept(server: ScriptedImap, caplog: pytest.LogCaptureFixture) -> None:
    """imaplib keeps its last ten lines; ours keeps none, and no line reaches a logger."""
    assert hasattr(imaplib.IMAP4, "_log")
    assert hasattr(imaplib.IMAP4, "_mesg")
    caplog.set_level(logging.DEBUG)
    with Deadline(5) as deadline:
        client = client_of(server, deadline)
        client._imap.capability()
        client.drop()

    assert client._imap._cmd_log == {}
    assert "imapclient.imaplib" not in {record.name for record in caplog.records}


def test_the_checked_address_is_used(server: ScriptedImap) -> None:
    """The connection goes to the address that was checked, whatever the name resolves to by now."""
    with Deadline(5) as deadline:
        client = client_of(server, deadline)
        client.drop()

    assert server.connections == 1
    assert client._imap.host == "mail.example.org"


def test_a_literal_too_large_to_be_true(server: ScriptedImap) -> None:
    """A server that announces a literal of a terabyte does not get that much memory."""
    with Deadline(5) as deadline:
        client = client_of(server, deadline)
        assert isinstance(client._imap, PinnedIMAP4)
        with pytest.raises(imaplib.IMAP4.abort):
            client._imap.read(10**12)
        client.drop()


def test_imaplib_has_what_the_sign_in_uses() -> None:
    """The sign-in sends its lines itself, by four private names of imaplib."""
    for name in ("_new_tag", "_get_response", "_get_tagged_response", "send"):
        assert hasattr(imaplib.IMAP4, name)


def test_a_password_does_not_show_itself(tmp_path: Path) -> None:
    """A password has no repr and is recognised in what servers say, plainly and in base64."""
    password = Password("s3cr€t")

    assert "s3cr" not in repr(password) + str(password) + f"{[password]}"
    assert password.occurs_in("you said s3cr€t")
    assert password.occurs_in("LOGIN czNjcuKCrHQ=")
    assert not password.occurs_in("Authentication failed.")


class Dripping:
    """A connection that gives much at once, and then a byte now and then."""

    def __init__(self) -> None:
        self.pieces = [b"x" * 100_000, *([b"x"] * 5)]

    def recv(self, _most: int) -> bytes:
        Event().wait(0.02)
        return self.pieces.pop(0) if self.pieces else b""


def test_an_answer_that_begins_to_drip_is_too_slow_however_fast_it_began() -> None:
    """A server that crawls from some moment on is noticed then, and not when what came before has worn off."""
    incoming = Incoming(Dripping())  # type: ignore[arg-type]  # a socket, as far as it is used

    with pytest.raises(TooSlowError):
        incoming.exactly(200_000, 0.0)
