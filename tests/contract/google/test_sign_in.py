"""Signing in to Gmail's IMAP: by a token that is renewed when it is refused, and by an app password."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.connectors.google.access.credentials import BEARER, credential
from engine.connectors.google.access.grants import app_password, delegated
from engine.connectors.google.source import GoogleSource, opened
from engine.connectors.network.pinning import Network
from engine.credentials import PasswordCredential
from engine.errors import Cause, FatalError, RetryableError, SignInError
from engine.migration.account import parse_account
from engine.store.vault import Secret
from engine.systems import Transport
from tests.contract.google.conftest import ANN, BEN, At
from tests.servers.gmail.account import Gmail, Person, gmail
from tests.servers.mail_servers.scripted_imap import ScriptedImap, scripted_imap

ACCOUNT = parse_account(f"gmail://{ANN}")
LETTERS = "abcd efgh ijkl mnop"
CARL = "carl@example.org"


@pytest.fixture
def imap(at: At, tmp_path: Path) -> Iterator[Gmail]:
    people = [Person(ANN, "ordinary", (LETTERS,)), Person(CARL)]
    with gmail(tmp_path, people, at.emulator.introspect) as running:
        yield running


def source(at: At, imap: Gmail, secret: Secret, login: str = ANN) -> GoogleSource:
    account = parse_account(f"gmail://{login}")
    made = credential(at.google(), account, secret, lambda _kept: None)
    network = Network(trusts_person=True, ca_file=imap.ca_file)
    return opened(account, made, network, stop=threading.Event(), server=(imap.host, imap.port))


def test_a_grant_opens_the_mailbox_also_when_its_token_is_dead(at: At, imap: Gmail) -> None:
    """Nobody is asked; the account stays the one of Gmail, wherever its server is for us."""
    granted = at.granted().secret
    reading = source(at, imap, granted)
    seen = reading.check()
    at.emulator.expire(ANN)
    reading.check()

    assert "X-GM-EXT-1" in seen.capabilities
    assert reading.account == ACCOUNT
    assert len(at.emulator.tokens(ANN)["access"]) == 1
    at.emulator.revoke(ANN)
    with pytest.raises(FatalError, match="Authorise access again") as caught:
        source(at, imap, granted).check()
    assert (type(caught.value), caught.value.cause) == (FatalError, Cause.CONSENT)


def test_somebody_elses_grant_is_no_wrong_password(at: At, imap: Gmail) -> None:
    """Its token is good and opens another mailbox: consent is needed, and nothing counts as a wrong password."""
    with pytest.raises(FatalError, match=f"does not let OMM into {ANN}") as caught:
        source(at, imap, at.granted(BEN, login="").secret).check()

    assert (type(caught.value), caught.value.cause) == (FatalError, Cause.CONSENT)


def test_the_other_ways_open_it_as_well(at: At, imap: Gmail) -> None:
    """An app password by LOGIN, and a service account's token."""
    assert source(at, imap, app_password(LETTERS)).check().folders.folders
    assert source(at, imap, delegated(CARL), CARL).check().folders.folders


def test_what_gmail_says_is_told_with_what_to_do(at: At, imap: Gmail) -> None:
    """An ordinary password, a wrong one, IMAP that is off, too many connections."""
    granted = source(at, imap, at.granted().secret)
    with pytest.raises(SignInError, match="app password") as ordinary:
        source(at, imap, Secret("ordinary")).check()
    with pytest.raises(SignInError, match="refused the login") as wrong:
        source(at, imap, app_password("zzzz efgh ijkl mnop")).check()
    imap.control.configure(ANN, imap=False)
    with pytest.raises(FatalError, match="IMAP is off for") as off:
        granted.check()
    imap.control.configure(ANN, imap=True)
    imap.control.allow_connections(ANN, 0)
    with pytest.raises(RetryableError, match="Too many simultaneous connections"):
        granted.check()

    assert [caught.value.cause for caught in (ordinary, wrong, off)] == [Cause.SIGN_IN, Cause.SIGN_IN, Cause.FORBIDDEN]
    assert "ordinary" not in str(ordinary.value).replace("ordinary password", "")


TOKEN = Secret(BEARER + "ya29.the-token")
LOGIN = "a,nn=1@gmail.com"


def signed_in(server: ScriptedImap, login: str = LOGIN) -> None:
    """With a token, over no TLS: the script has none."""
    account = replace(ACCOUNT, login=login, transport=Transport.PLAINTEXT)
    made = GoogleSource(account, PasswordCredential(TOKEN), Network(trusts_person=True))
    made.server = ("localhost", server.port)
    made._signed_in(TOKEN).drop()


def sent(server: ScriptedImap) -> list[str]:
    line = next(command for command in server.commands if command.startswith("AUTHENTICATE"))
    _verb, mechanism, first = line.split()
    return [mechanism, *base64.b64decode(first).decode().split("\x01")]


def test_oauthbearer_is_spoken_where_there_is_no_xoauth2() -> None:
    """RFC 7628 §3.1, with the name written as RFC 5801 §4 says; XOAUTH2 wherever it is offered."""
    with scripted_imap({"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER\r\n"}) as server:
        signed_in(server)
        assert sent(server) == ["OAUTHBEARER", "n,a=a=2Cnn=3D1@gmail.com,", f"auth={TOKEN}", "", ""]
    with scripted_imap({"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER AUTH=XOAUTH2\r\n"}) as server:
        signed_in(server)
        assert sent(server) == ["XOAUTH2", f"user={LOGIN}", f"auth={TOKEN}", "", ""]


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_refusal_that_comes_as_a_challenge_is_a_refusal(mechanism: str) -> None:
    """The server's reasons in JSON first, then its NO; the token is in no words."""
    refusal = b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\nTAG NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n"
    offered = f"* CAPABILITY IMAP4rev1 AUTH={mechanism}\r\n".encode()
    with scripted_imap({"CAPABILITY": offered, "AUTHENTICATE": refusal}) as server:
        with pytest.raises(SignInError) as caught:
            signed_in(server)
        assert TOKEN.removeprefix(BEARER) not in str(caught.value)
        assert sent(server)[0] == mechanism


def test_a_server_that_takes_no_token_gets_none() -> None:
    """It is said, and the token stays here."""
    with scripted_imap({"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"}) as server:
        with pytest.raises(FatalError, match="takes no tokens"):
            signed_in(server)
        assert not any("AUTHENTICATE" in command or "LOGIN" in command for command in server.commands)
