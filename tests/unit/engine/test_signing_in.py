"""One attempt to sign in, as IMAP and POP3 share it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

import pytest

from engine.connectors.network.dialing import Deadline
from engine.connectors.network.pinning import Endpoint, Network
from engine.connectors.network.signing_in import in_one_attempt
from engine.errors import Cause, OmmError, RetryableError, SignInError
from engine.migration.account import parse_account

NETWORK = Network(resolve_name=lambda _host, _port: ["93.184.216.34"])


@dataclass
class Server:
    """Both halves of a sign-in, and what became of them. `greeting` and `refusal` are what goes wrong."""

    greeting: OmmError | None = None
    refusal: OmmError | None = None
    happened: list[str] = field(default_factory=list)

    def greet(self, _endpoint: Endpoint, tls: ssl.SSLContext | None, _deadline: Deadline) -> Server | OmmError:
        self.happened.append("greeted over TLS" if tls else "greeted in the clear")
        return self.greeting or self

    def introduce(self, _greeted: Server, _endpoint: Endpoint, _deadline: Deadline) -> OmmError | None:
        self.happened.append("introduced")
        return self.refusal

    def drop(self) -> None:
        self.happened.append("dropped")

    def signed_in(self, url: str = "imaps://claire@mail.example.org") -> Server:
        return in_one_attempt(
            parse_account(url), NETWORK, ssl.create_default_context(), seconds=5.0, greet=self.greet,
            introduce=self.introduce,
        )


def test_a_connection_that_was_let_in_is_returned_open() -> None:
    """Greeted, then introduced, once each."""
    server = Server()

    assert server.signed_in() is server
    assert server.happened == ["greeted over TLS", "introduced"]


def test_a_refused_sign_in_closes_its_connection_and_is_not_tried_again() -> None:
    """A wrong password counts once, and takes no place among the server's connections."""
    refusal = SignInError("It refused the password.")
    server = Server(refusal=refusal)

    with pytest.raises(SignInError) as caught:
        server.signed_in()

    assert caught.value is refusal
    assert caught.value.__context__ is None
    assert server.happened == ["greeted over TLS", "introduced", "dropped"]


def test_nobody_is_introduced_where_nobody_greets() -> None:
    """No password goes to a server that has not said what it is."""
    server = Server(greeting=RetryableError("It takes no more connections.", cause=Cause.BUSY))

    with pytest.raises(RetryableError, match="no more connections"):
        server.signed_in()

    assert server.happened == ["greeted over TLS"]


def test_encryption_that_is_asked_for_later_does_not_begin_with_the_connection() -> None:
    """STARTTLS is a command of the protocol."""
    server = Server()

    server.signed_in("imap+starttls://claire@mail.example.org")

    assert server.happened == ["greeted in the clear", "introduced"]
