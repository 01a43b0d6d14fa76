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

from engine.connectors.network import dialing, signing_in
from engine.connectors.network.pinning import Network
from engine.connectors.pop3 import Pop3Source
from engine.errors import Cause, FatalError, RetryableError, Side, SignInError
from engine.migration.account import Account
from engine.systems import System, Transport
from tests.contract.pop3.conftest import reading, source
from tests.servers.mail_servers.scripted_pop3 import CUT, SILENCE, multiline, scripted_pop3
from tests.servers.ports import free_ports

LOGIN, PASSWORD = "claire@example.org", "secret"
PLAIN = base64.b64encode(f"\0{LOGIN}\0{PASSWORD}".encode()).decode()


def signed_in_to(server, **options: object) -> list[str]:
    """What a sign-in sends to that server."""
    with reading(source(server.port, **options)):
        return list(server.commands)


def test_any_password(hard) -> None:
    """Quotes, spaces, dots and other scripts go through unharmed, in logins too."""
    with reading(hard.source()) as reader:
        assert reader.count() == 0


def test_each_way_to_encrypt(encrypted) -> None:
    """TLS from the start, and STLS."""
    with reading(encrypted.source()) as reader:
        assert reader.count() == 0


@pytest.mark.parametrize("password", ["wrong", "", "wröng", "a\\\"b"])
def test_a_wrong_password(place, password: str) -> None:
    """A refused sign-in is said at once, and blames neither login nor password alone."""
    with pytest.raises(SignInError) as caught:
        place.source(password=password).connect()

    assert (caught.value.cause, caught.value.side) == (Cause.SIGN_IN, Side.SOURCE)
    assert "or its password" in str(caught.value)


def test_a_second_address(server) -> None:
    """A host whose first address leads nowhere is reached at its second."""
    account = Account(System.POP3, "plain", "localhost", server.pop3s, Transport.TLS)
    network = Network(trusts_person=True, ca_file=server.certificate.ca, resolve_name=lambda *_: ["::1", "127.0.0.1"])

    with reading(Pop3Source(account, "secret", network)) as reader:
        assert reader.count() == 0


def test_user_and_pass_are_the_usual_way() -> None:
    """Nothing is asked for that would not be needed."""
    with scripted_pop3() as server:
        assert signed_in_to(server) == ["CAPA", f"USER {LOGIN}", f"PASS {PASSWORD}"]


@pytest.mark.parametrize(("login", "password"), [("klärchen", "x"), ("x", "пароль"), ("a b", "x"), ("x", "y" * 300)])
def test_words_that_need_more(login: str, password: str) -> None:
    """Other scripts, a space in the login and very long words go out by AUTH PLAIN, where there is that."""
    with scripted_pop3() as server:
        sent = signed_in_to(server, login=login, password=password)

    assert sent[1] == "AUTH PLAIN"
    assert base64.b64decode(sent[2]).decode() == f"\0{login}\0{password}"


def test_other_scripts_without_auth_plain() -> None:
    """Where a server speaks UTF-8, it is asked to; where it says nothing, it gets UTF-8 all the same."""
    with scripted_pop3(capabilities=("USER", "UTF8 USER"), answers={"UTF8": b"+OK\r\n"}) as server:
        assert signed_in_to(server, password="пароль") == ["CAPA", "UTF8", f"USER {LOGIN}", "PASS пароль"]
    with scripted_pop3(answers={"CAPA": b"-ERR what?\r\n"}) as server:
        assert signed_in_to(server, password="пароль") == ["CAPA", f"USER {LOGIN}", "PASS пароль"]


def test_utf8_that_is_refused_after_all() -> None:
    """Then it goes on without."""
    with scripted_pop3(capabilities=("USER", "UTF8"), answers={"UTF8": b"-ERR not now\r\n"}) as server:
        assert signed_in_to(server)[-1] == f"PASS {PASSWORD}"


def test_user_is_switched_off() -> None:
    """A server that names AUTH PLAIN and not USER gets AUTH PLAIN."""
    with scripted_pop3(capabilities=("SASL PLAIN",)) as server:
        assert signed_in_to(server) == ["CAPA", "AUTH PLAIN", PLAIN]


def test_no_password_is_taken() -> None:
    """Where passwords are not taken, none is sent."""
    with scripted_pop3(capabilities=("SASL GSSAPI",)) as server, pytest.raises(FatalError) as caught:
        source(server.port).connect()

    assert caught.value.cause is Cause.FORBIDDEN
    assert server.commands == ["CAPA"]


@pytest.mark.parametrize(("login", "password"), [("x", "a\r\nDELE 1"), ("x", "a\nb"), ("x", "a\0b"), ("a\rb", "x")])
def test_a_line_break_is_not_sent(login: str, password: str) -> None:
    """What stands behind a line break would be a command of its own."""
    with scripted_pop3() as server, pytest.raises(SignInError):
        source(server.port, login=login, password=password).connect()

    assert server.commands == ["CAPA"]


@pytest.mark.parametrize(
    ("answers", "error", "cause"),
    [
        ({"PASS": b"-ERR [AUTH] Invalid\r\n"}, SignInError, Cause.SIGN_IN),
        ({"USER": b"-ERR never heard of you\r\n"}, SignInError, Cause.SIGN_IN),
        ({"PASS": b"-ERR\r\n"}, SignInError, Cause.SIGN_IN),
        ({"PASS": b"-ERR [SYS/PERM] POP access is off\r\n"}, SignInError, Cause.FORBIDDEN),
        ({"PASS": b"-ERR [IN-USE] Do you have another POP session running?\r\n"}, RetryableError, Cause.BUSY),
        ({"PASS": b"-ERR maildrop already locked\r\n"}, RetryableError, Cause.BUSY),
        ({"PASS": b"-ERR [LOGIN-DELAY] minimum time between mail checks\r\n"}, RetryableError, Cause.BUSY),
        ({"PASS": b"-ERR [SYS/TEMP] storage is away\r\n"}, RetryableError, Cause.BUSY),
        ({"PASS": CUT}, RetryableError, Cause.UNREACHABLE),
        ({"PASS": b"nonsense\r\n"}, RetryableError, Cause.UNREACHABLE),
        ({"CAPA": CUT}, RetryableError, Cause.UNREACHABLE),
    ],
)
def test_refusals(answers: dict[str, bytes], error: type[FatalError | RetryableError], cause: Cause) -> None:
    """What a server says to a sign-in is sorted by what a person can do about it. No password is sent twice."""
    with scripted_pop3(answers=answers) as server, pytest.raises(error) as caught:
        source(server.port).connect()

    assert caught.value.cause is cause
    assert caught.value.__context__ is None
    assert sum(command.startswith(("PASS", "AUTH")) for command in server.commands) <= 1


@pytest.mark.parametrize(("at", "answer"), [("AUTH", b"-ERR no\r\n"), ("AUTH", b"+OK\r\n"), ("DATA", b"-ERR no\r\n")])
def test_auth_plain_is_refused(at: str, answer: bytes) -> None:
    """There is no second attempt by USER: a wrong password counts once."""
    with scripted_pop3(answers={at: answer}) as server, pytest.raises(SignInError):
        source(server.port, password="пароль").connect()

    assert not any(command.startswith(("USER", "PASS")) for command in server.commands)


def test_the_pause_between_two_sign_ins() -> None:
    """A server that names its pause is left alone as long."""
    answers = {"PASS": b"-ERR [LOGIN-DELAY] wait\r\n"}
    names = ("USER", "LOGIN-DELAY 900 USER")
    with scripted_pop3(capabilities=names, answers=answers) as server, pytest.raises(RetryableError) as caught:
        source(server.port).connect()

    assert caught.value.back_off == 900.0


@pytest.mark.parametrize("transport", [Transport.TLS, Transport.STARTTLS])
def test_an_unknown_authority(server, transport: Transport) -> None:
    """A certificate that nobody vouches for is refused before anything is sent."""
    port = server.pop3s if transport is Transport.TLS else server.pop3
    with pytest.raises(FatalError) as caught:
        source(port, transport=transport).connect()

    assert (caught.value.cause, caught.value.side) == (Cause.TLS, Side.SOURCE)


@pytest.mark.parametrize("transport", [Transport.TLS, Transport.STARTTLS])
def test_another_name(server, transport: Transport) -> None:
    """A good certificate for another name is refused, on the very address that was checked."""
    port = server.pop3s if transport is Transport.TLS else server.pop3
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

    with scripted_pop3(implicit=context) as server, pytest.raises(FatalError) as caught:
        source(server.port, transport=Transport.TLS, ca=tmp_path / "ca.pem").connect()
    assert caught.value.cause is Cause.TLS
    assert "expired" in str(caught.value)


@pytest.mark.parametrize("answers", [{}, {"CAPA": b"-ERR what?\r\n"}, {"CAPA": multiline(b"STLS\r\nUSER\r\n")}])
def test_no_stls_no_password(answers: dict[str, bytes]) -> None:
    """A server without STLS, or one that only announces it, gets no password."""
    with scripted_pop3(answers=answers) as server, pytest.raises(FatalError) as caught:
        source(server.port, transport=Transport.STARTTLS).connect()

    assert caught.value.cause is Cause.TLS
    assert "STLS" in str(caught.value)
    assert not any(command.startswith(("USER", "PASS", "AUTH")) for command in server.commands)


def test_words_slipped_in_before_encryption() -> None:
    """What somebody on the way adds to the answer to STLS ends the sign-in."""
    answers = {"CAPA": multiline(b"STLS\r\nUSER\r\n"), "STLS": b"+OK\r\n+OK\r\nSASL PLAIN\r\n.\r\n"}
    with scripted_pop3(answers=answers) as server, pytest.raises(RetryableError):
        source(server.port, transport=Transport.STARTTLS).connect()

    assert server.commands == ["CAPA", "STLS"]


@pytest.mark.parametrize(
    ("greeting", "error", "cause", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", FatalError, Cause.WRONG_PROTOCOL, "SSH"),
        (b"220 mail.example.org ESMTP\r\n", FatalError, Cause.WRONG_PROTOCOL, "SMTP"),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", FatalError, Cause.WRONG_PROTOCOL, "an IMAP server"),
        (b"\x00\xff\x13garbage\r\n", FatalError, Cause.WRONG_PROTOCOL, "does not offer POP3"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", FatalError, Cause.WRONG_PROTOCOL, "web server"),
        (b"-ERR too many connections\r\n", RetryableError, Cause.BUSY, "too many connections"),
        (CUT, FatalError, Cause.UNREACHABLE, "without a greeting"),
    ],
)
def test_other_servers(greeting: bytes, error: type[Exception], cause: Cause, words: str) -> None:
    """What is no POP3 server is called what it is."""
    with scripted_pop3(greeting=greeting) as server, pytest.raises(error) as caught:
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
    assert "POP3" in str(caught.value)


def test_plaintext_where_tls_is_expected() -> None:
    """The wrong kind of encryption for a port is said so."""
    with scripted_pop3() as server, pytest.raises(FatalError) as caught:
        source(server.port, transport=Transport.TLS).connect()

    assert caught.value.cause is Cause.WRONG_PROTOCOL
    assert "TLS" in str(caught.value)


def test_nobody_listens() -> None:
    """A port without a server is a port without a server."""
    with pytest.raises(FatalError) as caught:
        source(free_ports(1)[0]).connect()

    assert caught.value.cause is Cause.UNREACHABLE


def test_a_host_that_does_not_exist() -> None:
    """A name that nobody knows is said so."""
    account = Account(System.POP3, "x", "nowhere.invalid", 995, Transport.TLS)
    network = Network(trusts_person=True, resolve_name=lambda *_: [])

    with pytest.raises(FatalError) as caught:
        Pop3Source(account, "x", network).connect()

    assert caught.value.cause is Cause.HOST_UNKNOWN


def test_a_host_that_is_not_allowed() -> None:
    """An address inside the network is not reached for a person somewhere in Slack."""
    account = Account(System.POP3, "x", "mail.example.org", 995, Transport.TLS)

    with pytest.raises(FatalError) as caught:
        Pop3Source(account, "x", Network(resolve_name=lambda *_: ["10.0.0.1"])).connect()

    assert caught.value.cause is Cause.HOST_NOT_ALLOWED


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


@pytest.mark.parametrize("command", ["CAPA", "USER", "PASS"])
def test_a_server_that_falls_silent(command: str) -> None:
    """A server that greets and then says no more is as silent."""
    with scripted_pop3(answers={command: SILENCE}) as server, pytest.raises(FatalError) as caught:
        source(server.port, seconds=0.5).connect()

    assert caught.value.cause is Cause.TIMEOUT


def test_a_sign_in_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that thinks about the password for longer than a greeting may take lets us in all the same."""
    monkeypatch.setattr(dialing, "READ_TIMEOUT", 0.4)
    monkeypatch.setattr(signing_in, "GREETING_TIME", 0.6)

    def thinks(_: str) -> bytes:
        threading.Event().wait(1.2)
        return b"+OK\r\n"

    with scripted_pop3(answers={"PASS": thinks}) as server:
        source(server.port).connect().close()


def test_a_server_that_drips() -> None:
    """A byte every now and then does not buy a server more time."""
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while not stop.wait(0.1):
                try:
                    connection.send(b"+")
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


SENTINEL = "s€ntinel-P@ss%\"'\\word"


@pytest.mark.parametrize("password", [SENTINEL, "plain-sentinel"])
@pytest.mark.parametrize("answer", [b"+OK\r\n", b"-ERR no\r\n", CUT, b"echo"])
def test_the_password_shows_nowhere(password: str, answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Not at DEBUG, not in a traceback with local variables, not in a repr, not in base64, not even echoed."""
    caplog.set_level(logging.DEBUG)
    reply = (lambda command: b"-ERR you said " + command.encode() + b"\r\n") if answer == b"echo" else answer
    written = io.StringIO()
    with scripted_pop3(answers={"PASS": reply, "DATA": reply}) as server:
        subject = source(server.port, password=password)
        try:
            reader = subject.connect()
            written.write(repr(reader) + repr(vars(reader)) + repr(vars(reader._steady)))
            reader.close()
        except (FatalError, RetryableError) as error:
            written.write(repr(error.__context__) + repr(error.__cause__))
            frames = traceback.walk_tb(error.__traceback__.tb_next)     # without this test's own
            written.write("".join(traceback.StackSummary.extract(frames, capture_locals=True).format()))
            written.write(repr(error) + str(error))
        written.write(repr(subject) + repr(vars(subject)))

    text = caplog.text + written.getvalue()
    encoded = base64.b64encode(f"\0{LOGIN}\0{password}".encode()).decode()
    assert password not in text
    assert encoded[20:].rstrip("=") not in text
    assert base64.b64encode(password.encode()).decode().rstrip("=") not in text
