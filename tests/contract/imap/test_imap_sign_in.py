"""Signing in: with any password, over any protection, or not at all and for a reason a person understands."""

from __future__ import annotations

import base64
import io
import logging
import socket
import ssl
import threading
import traceback
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from engine.connectors.imap import ImapSource, connection
from engine.connectors.network import dialing, signing_in
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, RetryableError, Side, SignInError
from engine.migration.account import Account
from engine.systems import System, Transport
from tests.servers.mail_servers.dovecot import MISSING, Layout, dovecot, installed
from tests.servers.mail_servers.scripted_imap import ScriptedImap, scripted_imap
from tests.servers.ports import free_ports


def source(port: int, *, transport: Transport = Transport.PLAINTEXT, host: str = "localhost", ca: Path | None = None,
           login: str = "claire@example.org", password: str = "secret", seconds: float = 9.0) -> ImapSource:
    account = Account(System.IMAP, login, host, port, transport)
    network = Network(trusts_person=True, ca_file=ca, resolve_name=lambda host, port: ["127.0.0.1"])
    return ImapSource(account, password, network, waits=(), sign_in_time=seconds)


def test_any_password(hard) -> None:
    """Quotes, backslashes, spaces, braces and other scripts go through unharmed."""
    hard.source().connect().close()


def test_a_second_address(server) -> None:
    """A host whose first address leads nowhere is reached at its second."""
    account = Account(System.IMAP, "plain", "localhost", server.imaps, Transport.TLS)
    network = Network(trusts_person=True, ca_file=server.certificate.ca, resolve_name=lambda *_: ["::1", "127.0.0.1"])
    ImapSource(account, "secret", network).connect().close()


def test_starttls(starttls_place) -> None:
    """STARTTLS is encrypted before the password goes out."""
    starttls_place.source().connect().close()


@pytest.mark.parametrize(("login", "password"), [("l" * 3000, "x"), ("l", "é" * 3000)])
def test_very_long_words(login: str, password: str) -> None:
    """A login of 3,000 characters goes out as it is."""
    with scripted_imap() as server:
        source(server.port, login=login, password=password).connect().close()

    sent = next(command for command in server.commands if command.startswith("AUTHENTICATE"))
    assert base64.b64decode(sent.split()[2]).decode() == f"\0{login}\0{password}"


@pytest.mark.parametrize("password", ["wrong", "", "wröng", "a\\\"b"])
def test_a_wrong_password(place, password: str) -> None:
    """A refused sign-in is said at once, blames neither login nor password alone, whatever it looks like."""
    with pytest.raises(SignInError) as caught:
        place.source(password=password).connect()

    assert (caught.value.cause, caught.value.side) == (Cause.SIGN_IN, Side.SOURCE)
    assert "or its password" in str(caught.value)


def test_too_many_connections() -> None:
    """A server that has enough of us is busy; nothing is wrong with the password."""
    if not installed():
        pytest.skip(MISSING)
    with dovecot({"claire@example.org": "secret"}, layout=Layout(max_connections=1)) as server:
        first = source(server.imaps, transport=Transport.TLS, ca=server.certificate.ca).connect()
        with pytest.raises(RetryableError) as caught:
            source(server.imaps, transport=Transport.TLS, ca=server.certificate.ca).connect()
        first.close()

    assert caught.value.cause is Cause.BUSY


@pytest.mark.parametrize("transport", [Transport.TLS, Transport.STARTTLS])
def test_an_unknown_authority(server, transport: Transport) -> None:
    """A certificate that nobody vouches for is refused before anything is sent."""
    port = server.imaps if transport is Transport.TLS else server.imap
    with pytest.raises(FatalError) as caught:
        source(port, transport=transport).connect()

    assert (caught.value.cause, caught.value.side) == (Cause.TLS, Side.SOURCE)


@pytest.mark.parametrize("transport", [Transport.TLS, Transport.STARTTLS])
def test_another_name(server, transport: Transport) -> None:
    """A good certificate for another name is refused, on the very address that was checked."""
    port = server.imaps if transport is Transport.TLS else server.imap
    with pytest.raises(FatalError) as caught:
        source(port, transport=transport, ca=server.certificate.ca, host="mail.example.org").connect()

    assert caught.value.cause is Cause.TLS
    assert "another name" in str(caught.value)


def test_an_expired_certificate(tmp_path: Path) -> None:
    """An expired certificate is called expired."""
    ca = trustme.CA()
    issued = ca.issue_cert("localhost", not_after=datetime.now(UTC) - timedelta(days=1))
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)

    with scripted_imap(tls=context) as server, pytest.raises(FatalError) as caught:
        source(server.port, transport=Transport.TLS, ca=tmp_path / "ca.pem").connect()
    assert caught.value.cause is Cause.TLS
    assert "expired" in str(caught.value)


def test_no_starttls_no_password() -> None:
    """A server without STARTTLS gets no password: an attacker may have taken it out of the greeting."""
    with scripted_imap() as server, pytest.raises(FatalError) as caught:
        source(server.port, transport=Transport.STARTTLS).connect()

    assert caught.value.cause is Cause.TLS
    assert server.commands == ["CAPABILITY"]


def test_preauth_does_not_get_around_starttls() -> None:
    """A server that claims we are signed in already, unencrypted, is not believed (RFC 9051 §11.1)."""
    with scripted_imap(greeting=b"* PREAUTH hello\r\n") as server, pytest.raises(FatalError) as caught:
        source(server.port, transport=Transport.STARTTLS).connect()

    assert caught.value.cause is Cause.TLS


def test_login_disabled() -> None:
    """Where passwords are not taken, none is sent."""
    capabilities = b"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI\r\n"
    with scripted_imap({"CAPABILITY": capabilities}) as server, pytest.raises(FatalError) as caught:
        source(server.port).connect()

    assert caught.value.cause is Cause.FORBIDDEN
    assert server.commands == ["CAPABILITY"]


def test_login_disabled_but_plain_offered() -> None:
    """AUTHENTICATE PLAIN is used where LOGIN is switched off."""
    with scripted_imap({"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n"}) as server:
        source(server.port).connect().close()

    expected = base64.b64encode(b"\0claire@example.org\0secret").decode()
    assert f"AUTHENTICATE PLAIN {expected}" in server.commands


@pytest.mark.parametrize(
    ("answer", "error", "cause"),
    [
        (b"TAG NO [AUTHENTICATIONFAILED] Invalid\r\n", SignInError, Cause.SIGN_IN),
        (b"TAG NO nope\r\n", SignInError, Cause.SIGN_IN),
        (b"TAG NO [EXPIRED] change it\r\n", SignInError, Cause.SIGN_IN),
        (b"TAG NO [AUTHORIZATIONFAILED] no\r\n", SignInError, Cause.FORBIDDEN),
        (b"TAG NO [PRIVACYREQUIRED] no\r\n", FatalError, Cause.FORBIDDEN),
        (b"TAG NO [UNAVAILABLE] down\r\n", RetryableError, Cause.BUSY),
        (b"TAG NO [ALERT] Too many simultaneous connections\r\n", RetryableError, Cause.BUSY),
        (b"TAG NO [LIMIT] no more\r\n", RetryableError, Cause.BUSY),
        (b"* BYE [ALERT] Maximum number of connections exceeded\r\nTAG NO x\r\n", RetryableError, Cause.BUSY),
        (b"* BYE Login failed\r\n", SignInError, Cause.SIGN_IN),
        (b"TAG BAD syntax\r\n", SignInError, Cause.SIGN_IN),
        (b"CUT", RetryableError, Cause.UNREACHABLE),
        (b"nonsense\r\n", RetryableError, Cause.UNREACHABLE),
    ],
)
def test_refusals(answer: bytes, error: type[FatalError | RetryableError], cause: Cause) -> None:
    """What a server says to a sign-in is sorted by what a person can do about it. No sign-in is sent twice."""
    with scripted_imap({"LOGIN": answer}) as server, pytest.raises(error) as caught:
        source(server.port).connect()

    assert caught.value.cause is cause
    assert caught.value.__context__ is None
    assert [command.split()[0] for command in server.commands] == ["CAPABILITY", "LOGIN"]


@pytest.mark.parametrize(
    ("greeting", "error", "cause", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", FatalError, Cause.WRONG_PROTOCOL, "SSH"),
        (b"220 mail.example.org ESMTP\r\n", FatalError, Cause.WRONG_PROTOCOL, "SMTP"),
        (b"+OK POP3 ready\r\n", FatalError, Cause.WRONG_PROTOCOL, "POP3"),
        (b"\x00\xff\x13garbage\r\n", FatalError, Cause.WRONG_PROTOCOL, "does not offer IMAP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", FatalError, Cause.WRONG_PROTOCOL, "web server"),
        (b"* BYE too many connections\r\n", RetryableError, Cause.BUSY, "too many connections"),
    ],
)
def test_other_servers(greeting: bytes, error: type[Exception], cause: Cause, words: str) -> None:
    """What is no IMAP server is called what it is."""
    with scripted_imap(greeting=greeting) as server, pytest.raises(error) as caught:
        source(server.port).connect()

    assert caught.value.cause is cause
    assert words in str(caught.value)


class _Quiet(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Writes nothing."""


def test_a_web_server() -> None:
    """A web server waits for us to speak; it is found out all the same."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with pytest.raises(FatalError) as caught:
            source(server.server_port, seconds=1).connect()
        server.shutdown()
        thread.join(60)

    assert caught.value.cause is Cause.WRONG_PROTOCOL


def test_a_server_whose_encryption_is_too_old(tmp_path: Path) -> None:
    """A server that speaks only TLS 1.0 speaks TLS; it is too old, and that is what is said."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    context.set_ciphers("ALL:@SECLEVEL=0")       # it signs with SHA-1, as TLS 1.0 has to
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1

    with scripted_imap(tls=context) as server, pytest.raises(FatalError) as caught:
        source(server.port, transport=Transport.TLS, ca=tmp_path / "ca.pem").connect()
    assert caught.value.cause is Cause.TLS
    assert "only old encryption that is no longer safe" in str(caught.value)


def test_what_a_server_advises_reaches_the_owner() -> None:
    """A server that takes the password and then says that IMAP must be switched on first is quoted."""
    advice = b"TAG NO [ALERT] Please enable IMAP access in your account settings first.\r\n"

    def answer(server: ScriptedImap, _: str) -> bytes:
        signed_in = any(command.startswith("LOGIN") for command in server.commands)
        return advice if signed_in else b"* CAPABILITY IMAP4rev1\r\n"

    with scripted_imap({"CAPABILITY": answer}) as server, pytest.raises(FatalError) as caught:
        source(server.port).connect()
    assert caught.value.cause is Cause.FORBIDDEN
    assert "“Please enable IMAP access in your account settings first.”" in str(caught.value)


def test_plaintext_where_tls_is_expected() -> None:
    """The wrong kind of encryption for a port is said so."""
    with scripted_imap() as server, pytest.raises(FatalError) as caught:
        source(server.port, transport=Transport.TLS).connect()

    assert caught.value.cause is Cause.WRONG_PROTOCOL
    assert "TLS" in str(caught.value)


def test_nobody_listens() -> None:
    """A port without a server is a port without a server."""
    with pytest.raises(FatalError) as caught:
        source(free_ports(1)[0]).connect()

    assert caught.value.cause is Cause.UNREACHABLE


def test_a_server_that_never_answers() -> None:
    """Accepting and saying nothing ends within ten seconds."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FatalError) as caught:
        source(silent.getsockname()[1]).connect()

    assert caught.value.cause is Cause.TIMEOUT


@pytest.mark.parametrize("transport", [Transport.PLAINTEXT, Transport.TLS])
def test_silence_is_silence_whatever_was_expected(transport: Transport) -> None:
    """TLS or not, a server that says nothing does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FatalError) as caught:
        source(silent.getsockname()[1], transport=transport, seconds=0.5).connect()

    assert caught.value.cause is Cause.TIMEOUT


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN"])
def test_a_server_that_falls_silent(command: str) -> None:
    """A server that greets and then says no more is as silent."""
    stop = threading.Event()

    def says_nothing(_: ScriptedImap, __: str) -> bytes:
        stop.wait(5)
        return b"CUT"

    with scripted_imap({command: says_nothing}) as server, pytest.raises(FatalError) as caught:
        source(server.port, seconds=0.5).connect()
    stop.set()

    assert caught.value.cause is Cause.TIMEOUT


def test_a_sign_in_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that thinks about the password for longer than a greeting may take lets us in all the same."""
    monkeypatch.setattr(dialing, "READ_TIMEOUT", 0.4)
    monkeypatch.setattr(connection, "READ_TIMEOUT", 0.4)
    monkeypatch.setattr(signing_in, "GREETING_TIME", 0.6)

    def thinks(_: ScriptedImap, __: str) -> bytes:
        threading.Event().wait(1.2)
        return b""

    with scripted_imap({"LOGIN": thinks}) as server:
        source(server.port).connect().close()


def test_a_server_that_drips() -> None:
    """A byte every now and then does not buy a server more time."""
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while not stop.wait(0.1):
                try:
                    connection.send(b"*")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        with pytest.raises(FatalError) as caught:
            source(listener.getsockname()[1], seconds=1).connect()
        stop.set()
        thread.join(60)

    assert caught.value.cause is Cause.TIMEOUT


def _echo(_: ScriptedImap, text: str) -> bytes:
    return b"TAG NO you said " + text.encode() + b"\r\n"


SENTINEL = "s€ntinel-P@ss%\"'\\word"


@pytest.mark.parametrize("password", [SENTINEL, "plain-sentinel"])
@pytest.mark.parametrize("answer", [b"", b"TAG NO no\r\n", b"* BYE no\r\n", b"CUT", b"echo"])
def test_the_password_shows_nowhere(password: str, answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Not at DEBUG, not in a traceback with local variables, not in a repr, not in base64, not even echoed."""
    caplog.set_level(logging.DEBUG)
    reply = _echo if answer == b"echo" else answer
    written = io.StringIO()
    with scripted_imap({"LOGIN": reply, "AUTHENTICATE": reply}) as server:
        subject = source(server.port, password=password)
        try:
            reader = subject.connect()
            written.write(repr(reader) + repr(vars(reader._steady)))
            reader.close()
        except (FatalError, RetryableError) as error:
            written.write(repr(error.__context__) + repr(error.__cause__))
            frames = traceback.walk_tb(error.__traceback__.tb_next)     # without this test's own
            written.write("".join(traceback.StackSummary.extract(frames, capture_locals=True).format()))
            written.write(repr(error) + str(error))
        written.write(repr(subject) + repr(vars(subject)))

    text = caplog.text + written.getvalue()
    encoded = base64.b64encode(f"\0claire@example.org\0{password}".encode()).decode()
    assert password not in text
    assert encoded[20:].rstrip("=") not in text
    assert base64.b64encode(password.encode()).decode().rstrip("=") not in text
