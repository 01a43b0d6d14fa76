"""Servers that are not what was asked for: each named for what it is, and quickly."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from engine.connectors.exchange import session
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, Side
from tests.servers.certificates import Certificate, certificate
from tests.servers.ports import free_ports

from .conftest import OFFER_BASIC, Scripted, always, new
from .conftest import http as answer

SECRET = "s3ntinel-password"


def refusal(destination) -> FatalError:
    """What a check says, at the right side, in words without the password."""
    with pytest.raises(FatalError) as caught:
        destination.check()
    assert caught.value.side is Side.DESTINATION
    assert SECRET not in str(caught.value)
    return caught.value


@contextlib.contextmanager
def tls_server(files: Certificate) -> Iterator[int]:
    """A port that speaks TLS with that certificate and then ends each connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.recv(65536)
                wrapped.sendall(OFFER_BASIC)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(60)


@pytest.mark.parametrize("case", ["unknown authority", "wrong name"])
def test_a_certificate_that_cannot_be_trusted_is_refused(tmp_path: Path, reach, case: str) -> None:
    """An authority that nobody knows, or a certificate of another host: refused before any password is sent."""
    ca = trustme.CA()
    files = certificate(tmp_path, *(["other.example.org"] if case == "wrong name" else []), ca=ca)
    network = Network(trusts_person=True, ca_file=files.ca if case == "wrong name" else None)
    with tls_server(files) as port:
        error = refusal(reach(f"https://localhost:{port}/EWS/Exchange.asmx", password=SECRET, network=network))

    assert error.cause is Cause.TLS
    assert "certificate" in str(error)


def test_an_expired_certificate_is_refused(tmp_path: Path, reach) -> None:
    """Yesterday's certificate is no certificate."""
    ca = trustme.CA()
    issued = ca.issue_cert("localhost", not_after=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    chain, key, authority = tmp_path / "c.pem", tmp_path / "k.pem", tmp_path / "a.pem"
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(chain), append=True)
    issued.private_key_pem.write_to_path(str(key))
    ca.cert_pem.write_to_path(str(authority))
    network = Network(trusts_person=True, ca_file=authority)
    with tls_server(Certificate(chain, key, authority)) as port:
        error = refusal(reach(f"https://localhost:{port}/EWS/Exchange.asmx", password=SECRET, network=network))

    assert error.cause is Cause.TLS


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_closed_port_is_unreachable(reach, scheme: str) -> None:
    """Nobody listens there."""
    (port,) = free_ports(1)

    assert refusal(reach(f"{scheme}://127.0.0.1:{port}/EWS/Exchange.asmx", password=SECRET)).cause is Cause.UNREACHABLE


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_mail_server_is_not_taken_for_exchange(scripted, reach, scheme: str) -> None:
    """A banner instead of an answer says that it is another kind of server."""
    def smtp(_server: Scripted, connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example.org ESMTP\r\n")
        while connection.recv(65536):
            connection.sendall(b"500 Syntax error\r\n")

    url = scripted(smtp).url.replace("http:", f"{scheme}:")

    assert refusal(reach(url, password=SECRET)).cause is Cause.WRONG_PROTOCOL


def test_a_server_that_speaks_no_tls_is_said_so(plain, reach) -> None:
    """https to a server in clear text is not a question of its certificate."""
    url = plain.emulator.url.replace("http:", "https:")
    error = refusal(reach(url, password=SECRET))

    assert error.cause is Cause.WRONG_PROTOCOL
    assert "TLS" in str(error)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_never_answers_is_given_up_on(scripted, reach, scheme: str) -> None:
    """It accepts the connection and is silent: within ten seconds a person reads so."""
    url = scripted(lambda _server, connection: wait(connection)).url

    assert refusal(reach(url.replace("http:", f"{scheme}:"), password=SECRET)).cause is Cause.TIMEOUT


def wait(connection: socket.socket) -> None:
    """Reads until the other side gives up."""
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("said", [b"HTTP/1.1 401 x\r\n", b"HTTP/1.1 401 x\r\nWWW-Authenticate: Basic\r\n\r\n", b""])
def test_a_server_that_sends_byte_after_byte_is_given_up_on(scripted, reach, monkeypatch, said: bytes) -> None:
    """A status line, a header or a body that never ends keeps nobody waiting past the deadline."""
    monkeypatch.setattr(session, "FIRST_ANSWER", 0.5)

    def drip(server: Scripted, connection: socket.socket) -> None:
        server.request(connection)
        connection.sendall(said)
        while True:
            connection.sendall(b"X")
            time.sleep(0.05)

    assert refusal(reach(scripted(drip).url, password=SECRET)).cause is Cause.TIMEOUT


@pytest.mark.parametrize("where", [
    "https://elsewhere.example.net/EWS/Exchange.asmx", "/owa/auth/logon.aspx", "http://[::1", "file:///etc/passwd",
])
def test_a_redirect_is_not_followed(scripted, reach, where: str) -> None:
    """Wherever it leads, one request was sent and there is no EWS here."""
    server = scripted(always(answer(302, b"x" * 1000, Location=where)))

    assert refusal(reach(server.url, password=SECRET)).cause is Cause.NO_EWS
    assert len(server.seen) == 1


def test_the_body_of_a_redirect_without_end_is_not_swallowed(scripted, reach) -> None:
    """Sixty-four megabytes are the most that is read of any answer."""
    sent = 0

    def flood(server: Scripted, connection: socket.socket) -> None:
        nonlocal sent
        server.request(connection)
        connection.sendall(b"HTTP/1.1 302 x\r\nLocation: /x\r\n\r\n")
        while sent < 200_000_000:
            connection.sendall(b"x" * 1_000_000)
            sent += 1_000_000

    refusal(reach(scripted(flood).url, password=SECRET))

    assert sent < 100_000_000


@pytest.mark.parametrize(("said", "cause"), [
    (answer(404), Cause.NO_EWS), (answer(200, b"<html><body>Hello</body></html>"), Cause.NO_EWS),
    (answer(200), Cause.NO_EWS), (answer(405), Cause.NO_EWS), (answer(400), Cause.NO_EWS),
    (answer(403), Cause.FORBIDDEN), (answer(503, Retry_After="120"), Cause.BUSY), (answer(429), Cause.BUSY),
    (answer(429, Retry_After="\xb2"), Cause.BUSY),
    (answer(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), Cause.BUSY),
    (answer(500, b"<html/>"), Cause.BUSY), (answer(302, Location="/ews/genericerrorpage.htm"), Cause.BUSY),
    (answer(401), Cause.SIGN_IN), (answer(401, WWW_Authenticate="Bearer"), Cause.SIGN_IN),
    (answer(401, Date="Sun, 22 Nov 2026 10:00:00 -0000"), Cause.SIGN_IN),
    (answer(401, Date="nonsense"), Cause.SIGN_IN), (answer(401, Date="Fri, 31 Dec 9999 23:59:59 GMT"), Cause.SIGN_IN),
    (answer("999 x"), Cause.NO_EWS), (b"", Cause.UNREACHABLE), (b"\r\n\r\n", Cause.WRONG_PROTOCOL),
    (b"HTTP/1.1 401 x\r\nContent-Length: 100\r\n\r\nshort", Cause.UNREACHABLE),
    (b"HTTP/1.1 401 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Cause.UNREACHABLE),
    (b"HTTP/1.1 401 x\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nshort", Cause.UNREACHABLE),
])
def test_a_first_answer_is_taken_for_what_it_is(scripted, reach, said: bytes, cause: Cause) -> None:
    """Not found, a web page, forbidden, busy, broken: each has its cause, and no library's exception is seen."""
    def play(server: Scripted, connection: socket.socket) -> None:
        server.request(connection)
        connection.sendall(said)

    assert refusal(reach(scripted(play).url, password=SECRET)).cause is cause


@pytest.mark.parametrize(("said", "cause"), [
    (answer(404), Cause.NO_EWS), (answer(403), Cause.FORBIDDEN), (answer(401), Cause.SIGN_IN),
    (answer(200, b"<html><body>Maintenance</body></html>"), Cause.BUSY), (answer(200), Cause.BUSY),
    (answer(503), Cause.BUSY), (answer(200, b"<x/>"), Cause.BUSY),
    (answer(200, b"<s:Envelope></s:Envelope>"), Cause.BUSY),
])
def test_an_answer_behind_the_sign_in_is_taken_for_what_it_is(scripted, reach, said: bytes, cause: Cause) -> None:
    """The server offers Basic as Exchange does and then is something else."""
    def play(server: Scripted, connection: socket.socket) -> None:
        while request := server.request(connection):
            connection.sendall(said if b"Authorization" in request else OFFER_BASIC)

    assert refusal(reach(scripted(play).url, password=SECRET)).cause is cause


def test_no_password_is_sent_before_it_was_asked_for(scripted, reach) -> None:
    """The first request carries no Authorization; one to a server that offers nothing carries none at all."""
    server = scripted(always(answer(401, WWW_Authenticate="Bearer")))

    refusal(reach(server.url, password=SECRET))

    assert len(server.seen) == 1
    assert b"authorization" not in server.seen[0].lower()


def test_proxies_and_netrc_of_this_machine_are_not_used(plain, reach, monkeypatch, tmp_path: Path) -> None:
    """What the environment says about proxies or logins has no part in it."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login mallory password x\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    address = plain.mailbox()

    reach(plain.emulator.url, login=address).check()

    assert plain.accepted(address) == [True]
    assert plain.sign_ins("mallory") == []


def test_a_host_that_is_not_allowed_is_not_connected_to(scripted, reach) -> None:
    """Without the operator's leave the loopback is out of reach, and nothing is sent there."""
    server = scripted(always(OFFER_BASIC))

    assert refusal(reach(server.url, network=Network(), password=SECRET)).cause is Cause.HOST_NOT_ALLOWED
    assert server.accepted == 0


def test_a_server_that_takes_its_time_to_read_a_large_request_is_waited_for(scripted, reach, monkeypatch) -> None:
    """Sending has the request's whole deadline, not the few seconds of connecting."""
    monkeypatch.setattr(session, "CONNECT_TIMEOUT", 0.2)
    monkeypatch.setattr(session, "FIRST_ANSWER", 0.2)
    got = 0

    def slow(server: Scripted, connection: socket.socket) -> None:
        nonlocal got
        if b"Authorization" not in server.request(connection):
            connection.sendall(OFFER_BASIC)
            return
        connection.sendall(answer(200, b"<s></s>"))     # the warming up
        time.sleep(0.6)
        got = len(server.request(connection))
        connection.sendall(answer(413))

    destination = reach(scripted(slow).url)
    (outcome,) = destination.create("x", [new("big", content=b"x" * 12_000_000)])

    assert str(outcome.error) == "larger than the destination takes"
    assert got > 16_000_000


@pytest.mark.parametrize("offer", ["NTLM", 'Basic realm="x"'])
def test_a_refusal_without_end_is_not_read_to_its_end(scripted, reach, offer: str) -> None:
    """What comes before anybody has signed in fills no memory, packed or not."""
    packed = gzip.compress(bytes(50_000_000))
    server = scripted(always(
        answer(401, WWW_Authenticate=offer), answer(401, packed, WWW_Authenticate=offer, Content_Encoding="gzip")
    ))

    tracemalloc.start()
    try:
        refusal(reach(server.url))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 20_000_000
