"""Refused sign-ins: the server counts each, and its words reach the owner."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.errors import Cause, RetryableError
from engine.migration.account import Account
from engine.systems import System, Transport
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.mail_servers.hard_imap import CUT, Call, hard_imap, letters

Move = Callable[..., Moved]


@pytest.mark.parametrize("refusal", [
    b"TAG NO Invalid user name or password. Please try again.\r\n",
    b"TAG NO Login failed: too many failed login attempts, account temporarily locked\r\n",
    b"* BYE Too many login failures\r\n" + CUT,
], ids=["try again", "locked", "BYE"])
def test_a_refused_password_is_not_tried_again(move: Move, refusal: bytes) -> None:
    """Each try counts at the server; its "try again" is meant for the person who types the password."""
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: refusal if call.name == "LOGIN" else None
        moved = move(server)
        tried = sum(command.startswith("LOGIN") for command in server.commands)

    assert moved.migration.attention is not None
    assert (tried <= 2, moved.migration.attention.cause) == (True, Cause.SIGN_IN), (tried, moved.words)


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN"])
def test_an_unreadable_line_at_the_sign_in_is_no_refused_password(move: Move, command: str) -> None:
    """A library's warning stands in the first answer; later answers are clean."""
    def answer(call: Call) -> bytes | None:
        if call.name == command and call.nth == 1:
            return b"authdaemon: warning: slow login\r\n" + call.usual()
        return None

    with hard_imap(list(letters(3))) as server:
        server.answer = answer
        moved = move(server)

    assert moved.counts == (3, 3, 0, 0), moved.words


def test_an_unreadable_answer_to_the_sign_in_is_said_without_python(move: Move) -> None:
    """The owner reads no quoted bytes."""
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: b"please wait, checking login\r\n" + CUT if call.name == "LOGIN" else None
        moved = move(server)

    assert "b'" not in moved.words
    assert 'b"' not in moved.words


def test_a_pause_that_a_busy_server_names_is_observed() -> None:
    """Exchange names its pause in the text; each request during the pause prolongs it."""
    throttled = b"TAG BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n"
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: throttled if call.is_body else None
        at = Account(System.IMAP, "claire", "localhost", server.port, Transport.PLAINTEXT)
        reader = ImapSource(at, "secret", Network(trusts_person=True), waits=(0.01,)).connect()
        folder = reader.folders().folders[0]
        list(reader.listing(folder, keys=False))
        with pytest.raises(RetryableError) as busy:
            list(reader.read(folder, [1, 2, 3]))
        reader.close()

    assert busy.value.back_off is not None
    assert 299 <= busy.value.back_off <= 301


def test_the_web_address_of_a_response_code_reaches_the_owner(move: Move) -> None:
    """Gmail names in WEBALERT the page where the owner must sign in first."""
    alert = b"TAG NO [WEBALERT https://accounts.example.com/continue?plt=1] Web login required.\r\n"
    with hard_imap(list(letters(3))) as server:
        server.answer = lambda call: alert if call.name == "LOGIN" else None
        moved = move(server)

    assert "https://accounts.example.com/continue" in moved.words, moved.words
