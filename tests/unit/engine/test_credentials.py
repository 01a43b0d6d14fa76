"""Signing in with a credential: a password is never tried twice, and what can be refreshed is refreshed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.connectors.pop3 import Pop3Source
from engine.credentials import PasswordCredential, credential_of, signed_in_by
from engine.errors import Cause, SignInError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.ports.source import Source
from engine.store.vault import Secret
from engine.systems import System, Transport
from tests.servers.mail_servers.hard_imap import hard_imap
from tests.servers.mail_servers.scripted_pop3 import scripted_pop3


@dataclass
class Renewing:
    """A credential with another secret after each refusal. `asked`: the one said to be refused, each time."""

    secrets: list[str]
    asked: list[str | None] = field(default_factory=list)

    def secret(self, *, refused: Secret | None = None) -> Secret:
        self.asked.append(refused)
        if refused == self.secrets[0] and len(self.secrets) > 1:
            self.secrets.pop(0)
        return Secret(self.secrets[0])


def server(takes: str, tried: list[str], cause: Cause = Cause.SIGN_IN) -> Callable[[Secret], str]:
    def sign_in(secret: Secret) -> str:
        tried.append(secret)
        if secret != takes:
            raise SignInError("refused", cause=cause)
        return "let in"

    return sign_in


def test_a_password_that_is_refused_is_tried_once() -> None:
    """There is no other one: the server counts one refusal."""
    tried: list[str] = []
    with pytest.raises(SignInError):
        signed_in_by(PasswordCredential(Secret("wrong")), server("right", tried))

    assert tried == ["wrong"]


def test_what_can_be_refreshed_is_refreshed_once_after_a_refusal() -> None:
    """The second secret lets us in; a second refusal is the end of it. The credential hears which one was refused."""
    tried: list[str] = []
    credential = Renewing(["old", "new"])

    assert signed_in_by(credential, server("new", tried)) == "let in"
    assert credential.asked == [None, "old"]
    with pytest.raises(SignInError):
        signed_in_by(Renewing(["a", "b", "c"]), server("c", tried))
    assert tried == ["old", "new", "a", "b"]


def test_nothing_is_refreshed_where_no_secret_was_refused() -> None:
    """Too many sign-ins, or an access that is not allowed, says nothing of the secret."""
    tried: list[str] = []
    credential = Renewing(["old", "new"])
    with pytest.raises(SignInError):
        signed_in_by(credential, server("new", tried, Cause.SIGN_IN_LIMIT))

    assert (tried, credential.asked) == (["old"], [None])


def test_a_credential_shows_no_secret() -> None:
    """Neither in a repr nor when it is made of a password as it was typed."""
    assert "hunter2" not in repr(credential_of("hunter2"))
    assert credential_of("hunter2").secret() == "hunter2"


@contextmanager
def at_imap(takes: str) -> Iterator[tuple[Account, list[str]]]:
    with hard_imap([]) as running:
        running.answer = lambda call: (
            b"TAG NO [AUTHENTICATIONFAILED] no\r\n" if call.name == "LOGIN" and takes not in call.text else None
        )
        yield Account(System.IMAP, "ann", "localhost", running.port, Transport.PLAINTEXT), running.commands


@contextmanager
def at_pop3(takes: str) -> Iterator[tuple[Account, list[str]]]:
    with scripted_pop3() as running:
        running.answers["PASS"] = lambda command: b"+OK\r\n" if takes in command else b"-ERR [AUTH] no\r\n"
        yield Account(System.POP3, "ann", "localhost", running.port, Transport.PLAINTEXT), running.commands


@pytest.mark.parametrize(("opens", "at"), [(ImapSource, at_imap), (Pop3Source, at_pop3)])
def test_every_connection_asks_the_credential_anew(
    opens: Callable[..., Source], at: Callable[[str], Iterator[tuple[Account, list[str]]]]
) -> None:
    """The secret that is refused is followed by the refreshed one, and that one is used from then on."""
    with at("secret two") as (account, commands):
        source = opens(account, Renewing(["secret one", "secret two"]), Network(trusts_person=True))
        for _ in range(2):
            reader = source.reader(Content.MAIL)
            assert list(reader.listing(reader.folders().folders[0])) == []
            reader.close()

    sent = [line.split("secret ")[1].rstrip('"') for line in commands if "secret" in line]
    assert sent[0] == "one"
    assert set(sent[1:]) == {"two"}
