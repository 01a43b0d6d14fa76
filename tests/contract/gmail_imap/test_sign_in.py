"""Who is let in to Gmail's IMAP, by what, and what everybody else is told."""

from __future__ import annotations

import base64
import imaplib
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest
from imapclient.exceptions import LoginError

from emulators.google.imap.behind import Backend
from tests.contract.gmail_imap.world import ANN, APP_PASSWORD, PASSWORD, World
from tests.servers.certificates import certificate
from tests.servers.gmail.account import MAIL, Gmail, GmailImap, GmailSeed, Person

NOWHERE = Backend("127.0.0.1", 9, "", "")      # nobody reads mail in this test
INVALID = "[AUTHENTICATIONFAILED] Invalid credentials (Failure)"


def xoauth2(address: str, token: str) -> bytes:
    return f"user={address}\x01auth=Bearer {token}\x01\x01".encode()


def oauthbearer(address: str, token: str) -> bytes:
    return f"n,a={address},\x01host=imap.gmail.com\x01port=993\x01auth=Bearer {token}\x01\x01".encode()


def connected(world: World) -> imaplib.IMAP4_SSL:
    return imaplib.IMAP4_SSL(world.gmail.host, world.gmail.port, ssl_context=world.tls, timeout=60)


def said(client: imaplib.IMAP4_SSL, line: bytes) -> bytes:
    """Sends a line; returns the next one that comes."""
    client.send(line + b"\r\n")
    return client.readline().removesuffix(b"\r\n")


@pytest.mark.parametrize(("mechanism", "response"), [("XOAUTH2", xoauth2), ("OAUTHBEARER", oauthbearer)])
def test_a_token_opens_the_mailbox_with_and_without_an_initial_response(
    world: World, mechanism: str, response: Callable[[str, str], bytes]
) -> None:
    """A client may send the token at once, or wait to be asked."""
    token = world.token(ANN)
    with connected(world) as asked, connected(world) as at_once:
        assert asked.authenticate(mechanism, lambda _: response(ANN, token))[0] == "OK"
        command = b"x AUTHENTICATE " + mechanism.encode() + b" " + base64.b64encode(response(ANN, token))
        assert said(at_once, command).startswith(b"* CAPABILITY IMAP4rev1 ")
        assert at_once.readline() == f"x OK {ANN} authenticated (Success)\r\n".encode()
        assert asked.select("INBOX", readonly=True)[0] == "OK"


@pytest.mark.parametrize(("mechanism", "response", "told"), [
    ("XOAUTH2", xoauth2, {"status": "400", "schemes": "Bearer", "scope": MAIL}),
    ("OAUTHBEARER", oauthbearer, {"status": "invalid_token", "scope": MAIL}),
])
def test_a_token_that_opens_nothing_is_told_why_before_it_is_refused(
    world: World, mechanism: str, response: Callable[[str, str], bytes], told: dict[str, str]
) -> None:
    """The reason is base64 JSON as a challenge; the client answers it with an empty line."""
    with connected(world) as client:
        first = base64.b64encode(response(ANN, "ya29.no"))
        challenge = said(client, b"x AUTHENTICATE %b %b" % (mechanism.encode(), first))
        assert challenge.startswith(b"+ ")
        assert json.loads(base64.b64decode(challenge[2:])) == told
        assert said(client, b"") == b"x NO " + INVALID.encode()


def test_only_a_living_token_of_that_account_with_a_scope_for_imap_opens_it(world: World) -> None:
    """Somebody else's, a narrower one, an expired one: refused; a service account's: taken."""
    other, narrow = world.token("someone@gmail.example"), world.token(ANN, MAIL + "readonly",
                                                                     "https://www.googleapis.com/auth/gmail.modify")
    dead = world.token(ANN, active=False)

    for token in (other, narrow, dead):
        with pytest.raises(LoginError, match="AUTHENTICATIONFAILED"), world.client(ANN, token):
            pass
    with world.client(ANN.upper(), world.admin_token(ANN)) as client:
        assert client.folder_exists("INBOX")


def test_an_app_password_is_taken_with_its_spaces_or_without(world: World) -> None:
    """By LOGIN and by PLAIN."""
    for password in (APP_PASSWORD, APP_PASSWORD.replace(" ", "")):
        with world.unsigned() as by_login, world.unsigned() as by_plain:
            by_login.login(ANN, password)
            by_plain.plain_login(ANN, password)
            assert by_login.folder_exists("INBOX")
            assert by_plain.folder_exists("INBOX")


@pytest.mark.parametrize(("password", "told"), [
    (PASSWORD, "[ALERT] Application-specific password required"),
    ("abcdefghijklmnoq", INVALID), ("", INVALID),
])
def test_other_passwords_are_refused(world: World, password: str, told: str) -> None:
    """That of Google's pages is told apart from a wrong one."""
    with connected(world) as client, pytest.raises(imaplib.IMAP4.error) as refused:
        client.login(ANN, password)
    assert str(refused.value).removeprefix("b'").startswith(told)


def test_an_account_without_imap_is_told_to_enable_it(world: World) -> None:
    """Whatever signs in."""
    who = world.newcomer()
    world.gmail.control.configure(who, imap=False)

    for token in (world.token(who), world.admin_token(who)):
        with pytest.raises(LoginError, match="Your account is not enabled for IMAP use"), world.client(who, token):
            pass
    with pytest.raises(LoginError, match="not enabled"), world.unsigned() as client:
        client.login(who, APP_PASSWORD)


def test_what_is_no_response_is_bad_and_a_mechanism_of_others_is_refused(world: World) -> None:
    """A broken response is not treated as a wrong token."""
    with connected(world) as client:
        for broken in (b"!!!", base64.b64encode(b"user=x"), b"="):
            assert said(client, b"x AUTHENTICATE XOAUTH2 " + broken).startswith(b"x BAD")
        assert said(client, b"x AUTHENTICATE CRAM-MD5").startswith(b"x NO")
        assert said(client, b"x SELECT INBOX").startswith(b"x BAD")


class _Introspection(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        known = form.get("token") == ["ya29.known"]
        body = json.dumps({"active": True, "username": "zoe@gmail.example", "scope": f"openid {MAIL}"} if known
                          else {"active": False}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_tokens_are_checked_at_an_introspection_endpoint(tmp_path: Path) -> None:
    """RFC 7662: the token by POST, the answer as JSON; while nobody answers there, sign-ins are unavailable."""
    endpoint = HTTPServer(("127.0.0.1", 0), _Introspection)
    thread = Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    url = f"http://127.0.0.1:{endpoint.server_address[1]}/introspect"
    issued = certificate(tmp_path)
    zoe = Person("zoe@gmail.example")
    with GmailImap([(zoe, NOWHERE)], url, chain=issued.chain, key=issued.key) as running:
        world = World(Gmail("localhost", running.port, issued.ca, running), {}, GmailSeed(), [0.0])
        with world.client(zoe.address, "ya29.known") as client:
            assert client.folder_exists("INBOX")
        with pytest.raises(LoginError, match="AUTHENTICATIONFAILED"), world.client(zoe.address, "ya29.other"):
            pass
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()
        with pytest.raises(LoginError, match="UNAVAILABLE"), world.client(zoe.address, "ya29.known"):
            pass


def test_who_signs_in_is_counted_and_a_client_that_introduces_itself_is_known(world: World) -> None:
    """Google asks clients for ID; before signing in or after."""
    who = world.newcomer()
    with world.client(who) as client:
        told = client.id_({"name": "reader", "contact": "ops@example.org"})
        assert told[0][:2] == (b"name", b"GImap")
    with pytest.raises(LoginError), world.client(who, "ya29.no"):
        pass

    spent = world.gmail.control.spent(who)
    assert (spent.sign_ins, spent.refused) == (1, 1)
    assert world.gmail.control.client_ids(who) == [{"name": "reader", "contact": "ops@example.org"}]
