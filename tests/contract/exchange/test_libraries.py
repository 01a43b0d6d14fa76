"""What we override of requests, urllib3 and requests_ntlm, and what we rely on there."""

from __future__ import annotations

import base64
import io
import logging
import socket
import ssl
import threading
from pathlib import Path

import pytest
import requests
from requests.auth import HTTPBasicAuth
from requests_ntlm import HttpNtlmAuth
from urllib3.connection import HTTPConnection, HTTPSConnection

from emulators.exchange import Fault
from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.exchange.message import EncodedFile
from engine.connectors.exchange.ntlm import Ntlm
from engine.connectors.exchange.pinned import ConnectionGoneError, PinnedAdapter, PinnedSession, pinned
from engine.connectors.exchange.session import Sessions
from engine.connectors.network.pinning import Endpoint, Network
from engine.errors import Cause, FatalError, Side
from tests.servers.certificates import certificate
from wiring.connectors import Connectors

from .conftest import PASSWORD, Scripted, Server, account, always, eventually, http, new

LIBRARIES = ("urllib3", "requests", "requests_ntlm", "spnego", "http.client", "engine", "")


# Pinned addresses


@pytest.fixture
def tls_peer(tmp_path: Path):
    """A TLS server with a certificate for ex.example.org; says which name it was asked for and what it was sent."""
    files = certificate(tmp_path, "ex.example.org")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    sent: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    request = b""
                    while not request.endswith(b"</s:Envelope>"):
                        request += wrapped.recv(65536)
                    sent.append(request)
                    wrapped.sendall(http(404))
            except ssl.SSLError:
                continue
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1], files.ca, asked, sent
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(60)


def test_the_connection_goes_to_the_pinned_address_under_the_hosts_name(tls_peer) -> None:
    """TLS asks for and verifies the name, the Host header keeps it, and the name server has no say."""
    port, ca, asked, sent = tls_peer
    names: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        names.append(host)
        return ["127.0.0.1"] if len(names) == 1 else ["192.0.2.1"]     # a second answer would lead elsewhere

    network = Network(frozenset({"127.0.0.0/8"}), ca_file=ca, resolve_name=resolve)
    sessions = Sessions(account(f"https://ex.example.org:{port}/EWS/Exchange.asmx", "ann"), PASSWORD, network)

    for _ in range(2):
        with pytest.raises(FatalError) as caught:
            sessions.offer()
        assert caught.value.cause is Cause.NO_EWS

    assert names == ["ex.example.org"]
    assert asked == ["ex.example.org"] * 2
    assert all(f"\r\nHost: ex.example.org:{port}\r\n".encode() in request for request in sent)


def test_a_certificate_for_the_pinned_address_is_not_enough(tls_peer) -> None:
    """The name that is verified is the host's: another host at the same address is refused."""
    port, ca, _asked, sent = tls_peer
    network = Network(trusts_person=True, ca_file=ca, resolve_name=lambda _host, _port: ["127.0.0.1"])
    sessions = Sessions(account(f"https://other.example.org:{port}/EWS/Exchange.asmx", "ann"), PASSWORD, network)

    with pytest.raises(FatalError) as caught:
        sessions.offer()

    assert caught.value.cause is Cause.TLS
    assert sent == []


def test_urllib3_still_dials_what_dns_host_says() -> None:
    """The private attribute that pinning leans on: set while connecting, and the name again afterwards."""
    dialled = []

    class Recording(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            dialled.append((self._dns_host, self.host))
            raise OSError

    adapter = PinnedAdapter(Endpoint("ex.example.org", 80, "192.0.2.7"), ssl.create_default_context())
    connection = pinned(Recording, adapter)("ex.example.org", 80, timeout=4)
    with pytest.raises(OSError):  # noqa: PT011 - ours, above
        connection.connect()

    assert dialled == [("192.0.2.7", "192.0.2.7")]
    assert (connection._dns_host, connection.host) == ("ex.example.org", "ex.example.org")
    assert issubclass(pinned(HTTPSConnection, adapter), HTTPSConnection)
    adapter.close()


def test_a_sealed_adapter_connects_no_more(scripted) -> None:
    """A connection that has ended is not made again behind our back, and nothing is sent."""
    server = scripted(always(http(200, b"x", Connection="close")))
    adapter = PinnedAdapter(Endpoint("127.0.0.1", server.port, "127.0.0.1"), ssl.create_default_context())
    with requests.Session() as session:
        session.mount("http://", adapter)
        session.get(server.url, timeout=60)
        adapter.sealed = True
        with pytest.raises(ConnectionGoneError):
            session.get(server.url, timeout=60)

    assert len(server.seen) == 1


def test_nothing_is_ever_repeated_by_the_libraries(scripted) -> None:
    """A connection that breaks after the request was sent has seen it once."""
    def play(server: Scripted, connection: socket.socket) -> None:
        server.request(connection)

    server = scripted(play)
    adapter = PinnedAdapter(Endpoint("127.0.0.1", server.port, "127.0.0.1"), ssl.create_default_context())
    with requests.Session() as session:
        session.mount("http://", adapter)
        for _ in range(2):
            with pytest.raises(requests.ConnectionError):
                session.post(server.url, data=b"x", timeout=60)

    assert len(server.seen) == server.accepted == 2


# Requests and answers


@pytest.mark.parametrize("signing", [None, HTTPBasicAuth("a", "b"), Ntlm("\\a", "b")], ids=["none", "basic", "ntlm"])
def test_what_is_prepared_once_is_sent_as_requests_would_send_it(scripted, signing) -> None:
    """Each request has the headers, the sign-in and the cookies that requests gives one, and its own body's length."""
    server = scripted(always(http(200, b"x", Set_Cookie="one=abc; path=/"), http(200, b"x")))
    bodies = b"first", b"the second", io.BytesIO(b"from a file"), b"", b"last"
    sent = []
    for is_prepared_once in (True, False):
        adapter = PinnedAdapter(Endpoint("127.0.0.1", server.port, "127.0.0.1"), ssl.create_default_context())
        with PinnedSession(adapter) as session:
            session.auth = signing
            for body in bodies:
                if is_prepared_once:
                    session.post_again(server.url, body, connecting=60, answering=60).close()
                else:
                    session.post(server.url, data=body, timeout=60)
                bodies[2].seek(0)
        sent.append([sorted(one.split(b"\r\n")) for one in server.seen])
        server.seen.clear()

    assert sent[0] == sent[1]
    assert len(sent[0]) == len(bodies)


def test_an_answer_is_the_one_that_requests_builds(scripted) -> None:
    """Its status, words, headers in any case, address and body."""
    server = scripted(always(http("404 Not Here", b"body", X_One="a", x_two="b", Content_Type="text/plain")))
    adapter = PinnedAdapter(Endpoint("127.0.0.1", server.port, "127.0.0.1"), ssl.create_default_context())
    with PinnedSession(adapter) as ours, requests.Session() as theirs:
        ours_is = ours.post_again(server.url, b"x", connecting=60, answering=60)
        theirs_is = theirs.post(server.url, data=b"x", timeout=60)
        found = [
            (one.status_code, one.reason, one.url, one.ok, one.content, one.request.url, one.history, one.elapsed.days,
             [one.headers.get(name) for name in ("x-ONE", "X-Two", "content-type", "X-Three")])
            for one in (ours_is, theirs_is)
        ]

    assert found[0] == found[1]
    assert ours_is.connection is adapter     # type: ignore[attr-defined]  # where requests_ntlm looks for it


@pytest.mark.parametrize("ending", [PinnedSession.close, PinnedSession.hang_up])
def test_a_connection_that_is_ended_gives_its_socket_back_at_once(scripted, ending) -> None:
    """urllib3 closes a connection with its pool, and the pool when nothing holds it: nothing of ours does."""
    server = scripted(always(http(200, b"x")))
    adapter = PinnedAdapter(Endpoint("127.0.0.1", server.port, "127.0.0.1"), ssl.create_default_context())
    session = PinnedSession(adapter)
    for _ in range(2):
        assert session.post_again(server.url, b"x", connecting=60, answering=60).content == b"x"
    used = adapter.socket
    assert used is not None
    assert used.fileno() >= 0

    ending(session)

    assert used.fileno() == -1


# Bodies


@pytest.mark.parametrize(
    "signing", [None, HTTPBasicAuth("a", "b"), HttpNtlmAuth("\\a", "b")], ids=["none", "basic", "ntlm"])
def test_requests_takes_an_encoded_file_for_a_body_of_known_length(scripted, signing) -> None:
    """Content-Length, not chunks; whole each time it is sent, and the same."""
    server = scripted(always(http(401, WWW_Authenticate="NTLM"), http(401, WWW_Authenticate="NTLM")))
    body = EncodedFile(b"<head>", io.BytesIO(b"x" * 200_000), b"<tail>")
    expected = b"<head>" + base64.b64encode(b"x" * 200_000) + b"<tail>"
    with requests.Session() as session:
        if isinstance(signing, HttpNtlmAuth):
            with pytest.raises(PermissionError):     # the server gives no challenge
                session.post(server.url, data=body, auth=signing, timeout=60)
        else:
            session.post(server.url, data=body, auth=signing, timeout=60)

    assert {request.partition(b"\r\n\r\n")[2] for request in server.seen} == {expected}
    assert all(f"\r\nContent-Length: {len(expected)}\r\n".encode() in request for request in server.seen)
    assert not any(b"transfer-encoding" in request.lower() for request in server.seen)


def test_ntlm_signs_in_a_connection_and_not_each_request(tls: Server) -> None:
    """Requests on a warm connection carry no sign-in of their own."""
    tls.emulator.configure(auth=("ntlm",))
    address = tls.mailbox()
    destination = tls.open(address)
    inbox = next(f.id for f in destination.folders() if f.role)
    before = len(tls.sign_ins(address))

    for subject in ("a", "b"):
        destination.create(inbox, [new(subject)])

    assert len(tls.sign_ins(address)) == before == 1


def test_ntlm_binds_to_the_servers_certificate(tls: Server) -> None:
    """requests_ntlm finds the certificate of our connections, so that servers with Extended Protection let us in."""
    tls.emulator.configure(auth=("ntlm",))
    seen: list[bytes | None] = []

    class Watching(Ntlm):
        def _get_server_cert(self, response: requests.Response) -> bytes | None:
            seen.append(super()._get_server_cert(response))
            return seen[-1]

    sessions = Sessions(account(tls.emulator.url, tls.mailbox()), PASSWORD, Network(trusts_person=True, ca_file=tls.ca))
    sessions.use("ntlm")
    session = sessions._new_session()
    session.auth = Watching(f"\\{sessions._account.login}", PASSWORD)
    sessions._warm_up(session)
    session.close()

    assert [len(digest or b"") for digest in seen] == [32]


@pytest.mark.parametrize(
    "error", [KeyError("www-authenticate"), ValueError(PASSWORD), IndexError, TypeError, AttributeError])
def test_whatever_breaks_inside_ntlm_is_a_lost_answer_without_its_details(error) -> None:
    """An exception of the library, with whatever it holds, does not come out."""
    class Broken(HttpNtlmAuth):
        def retry_using_http_NTLM_auth(self, *args):
            raise error

    class Ours(Ntlm, Broken):
        pass

    with pytest.raises(AnswerLostError) as caught:
        Ours("a", PASSWORD).retry_using_http_NTLM_auth("", "", None, "", {})

    assert PASSWORD not in f"{caught.value!r}"


# Secrets


SENTINEL = "S3ntinel-pässword-€"


def spellings(login: str) -> list[bytes]:
    """The password as it may turn up: plain, UTF-16, and in Basic's token at any of the three alignments."""
    found = [SENTINEL.encode(), SENTINEL.encode("utf-16-le"), "S3ntinel".encode("utf-16-le"), b"S3ntinel",
             base64.b64encode(f"{login}:{SENTINEL}".encode())]
    for shift in range(3):
        found.append(base64.b64encode(b"x" * shift + SENTINEL.encode())[4 if shift else 0 : -8])
    return found


@pytest.mark.parametrize("offer", [("ntlm",), ("basic",), ("ntlm", "basic")])
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_no_password_is_in_any_log_error_or_repr(
    server: Server, offer: tuple[str, ...], right: bool, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """With every library at DEBUG, through success, refusal, faults and broken connections."""
    server.emulator.configure(auth=offer)
    for name in LIBRARIES:
        caplog.set_level(logging.DEBUG, name)
    address = server.mailbox(password=SENTINEL if right else PASSWORD)
    destination = server.open(address, SENTINEL, shortest_deadline=0.5)
    shown = []
    for fault in (None, {"action": "reset"}, {"action": "status", "status": 503},
                  {"action": "hold", "name": "x", "operation": "CreateItem"},
                  {"action": "fault", "code": "ErrorServerBusy"}, {"action": "status", "status": 401}):
        if fault:
            server.emulator.add_fault(Fault(**fault))
        for ask in (destination.check, destination.folders, destination.probe, destination.mailbox):
            try:
                shown.append(repr(ask()))
            except Exception as error:  # noqa: BLE001 - whatever is raised is looked at
                shown += [f"{error!r} {error} {error.args} {vars(error)}", repr(error.__cause__)]
        shown += [repr(o) + repr(vars(o.error) if o.error else "") for o in destination.create("x", [new("a")])]
        server.emulator.clear_faults()
    shown += [repr(destination), repr(destination._sessions), caplog.text, *capfd.readouterr()]
    shown += [repr(vars(record)) for record in caplog.records]

    whole = "\n".join(shown).encode("utf-8", "surrogateescape")
    assert len(caplog.records) > 5
    assert [one for one in spellings(address) if one in whole] == []


def test_http_client_prints_nothing() -> None:
    """Its debug level, which would print Authorization headers, is off."""
    assert HTTPConnection.debuglevel == 0
    assert HTTPSConnection.debuglevel == 0


# Resources


def test_everything_is_closed_in_the_end(server: Server) -> None:
    """After close() no connection is left open, whatever happened on it."""
    address, before = server.mailbox(), server.connections()
    destination = server.open(address)
    destination.check()
    server.emulator.add_fault(Fault(operation="CreateItem", action="reset", nth=1))
    for _ in range(2):
        destination.create("x", [new("a")])
    destination.close()

    assert eventually(lambda: server.connections() <= before)


def test_a_look_at_a_destination_leaves_no_connection(server: Server) -> None:
    """A program that checks for hours holds none that nobody uses."""
    at, before = account(server.emulator.url, server.mailbox()), server.connections()

    Connectors(Network(trusts_person=True, ca_file=server.ca)).check_destination(at, PASSWORD, tries=2)

    assert eventually(lambda: server.connections() <= before)


def test_an_answer_larger_than_any_real_one_is_not_read_to_its_end(scripted) -> None:
    """Memory is bounded by us, not by the server."""
    sent = 0

    def flood(server: Scripted, connection: socket.socket) -> None:
        nonlocal sent
        server.request(connection)
        connection.sendall(b"HTTP/1.1 401 x\r\n\r\n")
        while sent < 300_000_000:
            connection.sendall(b"x" * 1_000_000)
            sent += 1_000_000

    sessions = Sessions(account(scripted(flood).url, "ann"), PASSWORD, Network(trusts_person=True))

    with pytest.raises(AnswerLostError):
        sessions.offer()

    assert sent < 100_000_000


def test_the_address_family_of_a_literal_is_kept() -> None:
    """An IPv6 literal is written in brackets in the URL and reached without them."""
    network = Network(trusts_person=True)
    sessions = Sessions(account("http://[::1]:81/EWS/Exchange.asmx", "ann"), PASSWORD, network)

    assert sessions.url == "http://[::1]:81/EWS/Exchange.asmx"
    assert network.endpoint("::1", 81, Side.DESTINATION).address == "::1"
