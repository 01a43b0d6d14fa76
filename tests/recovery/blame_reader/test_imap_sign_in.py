"""Sign-ins are refused and counted by the server; its words are told as it said them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.account import Account, Kind, Transport
from engine.connectors.imap import ImapSource
from engine.connectors.network import Network
from engine.errors import Cause, RetryableError
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.hard_imap import CUT, Call, hard_imap, letters

Move = Callable[..., Moved]


@pytest.mark.parametrize("refusal", [
    b"TAG NO Invalid user name or password. Please try again.\r\n",
    b"TAG NO Login failed: too many failed login attempts, account temporarily locked\r\n",
    b"* BYE Too many login failures\r\n" + CUT,
], ids=["try again", "locked", "BYE"])
def test_a_wrong_password_is_tried_once_however_politely_it_is_refused(move: Move, refusal: bytes) -> None:
    """Each try counts at the server: "try again" is said to the person who types the password."""
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: refusal if call.name == "LOGIN" else None
        moved = move(server)
        tried = sum(command.startswith("LOGIN") for command in server.commands)

    assert moved.migration.attention is not None
    assert (tried <= 2, moved.migration.attention.cause) == (True, Cause.SIGN_IN), (tried, moved.words)


def test_a_line_of_rubbish_at_the_sign_in_is_no_refused_password(move: Move) -> None:
    """A warning of a library below the server gets into the answer to the first LOGIN; later ones are clean."""
    def answer(call: Call) -> bytes | None:
        if call.name == "LOGIN" and call.nth == 1:
            return b"authdaemon: warning: slow login\r\n" + call.usual()
        return None

    with hard_imap(list(letters(3))) as server:
        server.answer = answer
        moved = move(server)

    assert moved.counts == (3, 3, 0, 0), moved.words


def test_no_python_is_told_of_a_sign_in_that_cannot_be_read(move: Move) -> None:
    """What its owner reads are words."""
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: b"please wait, checking login\r\n" + CUT if call.name == "LOGIN" else None
        moved = move(server)

    assert "b'" not in moved.words
    assert 'b"' not in moved.words


def test_a_pause_that_the_server_names_is_kept(tmp_path: object) -> None:
    """Exchange names the pause in words; each request before its end prolongs it."""
    throttled = b"TAG BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n"
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: throttled if call.is_body else None
        at = Account(Kind.IMAP, "claire", "localhost", server.port, Transport.PLAINTEXT)
        reader = ImapSource(at, "secret", Network(trusts_person=True), waits=(0.01,)).connect()
        folder = reader.folders().folders[0]
        list(reader.listing(folder, keys=False))
        with pytest.raises(RetryableError) as busy:
            list(reader.read(folder, [1, 2, 3]))
        reader.close()

    assert busy.value.back_off is not None
    assert 299 <= busy.value.back_off <= 301
