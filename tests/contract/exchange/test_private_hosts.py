"""Servers and names that lead to hosts that are not public: no packet leaves for one.

127.0.0.1 stands for a public server, which the network allows; 127.0.0.2 is somebody's own, and would answer.
"""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from emulators.exchange import ExchangeEmulator
from emulators.exchange.names import Srv
from engine.connectors.exchange.autodiscover import discovered
from engine.connectors.network.pinning import Network
from engine.errors import Cause, FatalError, OmmError, Side
from engine.migration.account import Account, parse_account
from tests.servers.certificates import Certificate, certificate
from tests.servers.connections import begun_connections
from tests.servers.mail_servers.scripted_imap import scripted_imap
from tests.servers.private_hosts import SPELLED, resolved
from wiring.connectors import Connectors

from .conftest import PASSWORD, http

HERE, INNER, ADDRESS = "127.0.0.1", "127.0.0.2", "ann@example.org"
HOSTS = ("example.org", "mail.example.org")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for all of them: nothing but the address keeps anybody from connecting."""
    return certificate(tmp_path_factory.mktemp("names"), *HOSTS, "localhost", "intranet")


@dataclass
class Turning:
    """A name server that gives the public address so many times, and somebody's own from then on."""

    public: int
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int) -> list[str]:
        if host not in HOSTS:
            return [INNER if each == HERE else each for each in resolved(host, port)]
        self.asked.append(host)
        return [HERE if len(self.asked) <= self.public else INNER]


def network(files: Certificate, public: int = 1_000_000) -> Network:
    return Network(frozenset({f"{HERE}/32"}), ca_file=files.ca, resolve_name=Turning(public))


@contextmanager
def answering(files: Certificate, answer: Callable[[int], bytes]) -> Iterator[int]:
    """A TLS server at both addresses that gives this answer, of its port, to every request; yields the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    public = socket.create_server((HERE, 0))
    port = int(public.getsockname()[1])
    listeners = [public, socket.create_server((INNER, port))]

    def serve(listener: socket.socket) -> None:
        for _ in itertools.count():
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as own:
                own.recv(65536)
                own.sendall(answer(port))

    threads = [threading.Thread(target=serve, args=(each,), daemon=True) for each in listeners]
    for thread in threads:
        thread.start()
    try:
        yield port
    finally:
        for listener in listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in threads:
            thread.join(60)


NO_SERVER = parse_account("ews+https://ann%40example.org@", may_lack_server=True)


def ews(port: int) -> Account:
    return parse_account(f"ews+https://ann%40example.org@mail.example.org:{port}/EWS/Exchange.asmx")


def elsewhere(begun: list[tuple[str, int]], port: int) -> list[tuple[str, int]]:
    """The connections to anything but the public server."""
    return [each for each in begun if each != (HERE, port)]


PLACES = (
    "https://127.0.0.2:{port}/EWS/Exchange.asmx", "http://127.0.0.2:{port}/", "//127.0.0.2:{port}/EWS/Exchange.asmx",
    "http://169.254.169.254/latest/meta-data/", "https://intranet:{port}/EWS/Exchange.asmx",
    "https://mail.example.org:{port}@127.0.0.2:{port}/", "file:///etc/passwd",
)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_leads_nowhere(files: Certificate, status: int) -> None:
    """Exchange as a source or a destination, and Autodiscover: wherever a server sends us, nobody follows."""
    connectors, places = Connectors(network(files)), [""]
    with answering(files, lambda port: redirecting(status, places[-1], port)) as port:
        for place in PLACES:
            places.append(place)
            with begun_connections() as begun:
                with pytest.raises(OmmError):
                    connectors.check_source(ews(port), PASSWORD)
                with pytest.raises(OmmError):
                    connectors.check_destination(ews(port), PASSWORD, tries=1)
                assert not is_found(connectors.network, port, [])

            assert elsewhere(begun, port) == [], place
            assert begun


def redirecting(status: int, place: str, port: int) -> bytes:
    return http(status, b"", Location=place.format(port=port), Connection="close")


def test_autodiscover_names_no_private_host_in_any_spelling(files: Certificate) -> None:
    """What it answers is asked of nobody: it is refused, or no answer at all."""
    hosts, wrong = [""], []
    with answering(files, lambda port: naming(hosts[-1], port)) as port:
        for host in SPELLED:
            hosts.append(host)
            with begun_connections() as begun:
                wrong += [host] if is_found(network(files), port, []) else []

            assert elsewhere(begun, port) == [], host
            assert begun
    assert wrong == []


def is_found(through: Network, port: int, records: Sequence[Srv]) -> bool:
    """True: a server is proposed."""
    try:
        return discovered(NO_SERVER, through, lambda _name: records, side=Side.SOURCE, port=port) is not None
    except FatalError:
        return False


def naming(host: str, port: int) -> bytes:
    url = f"https://{host}:{port}/EWS/Exchange.asmx" if ":" not in host else f"https://{host}/EWS/Exchange.asmx"
    return http(200, json.dumps({"Protocol": "Ews", "Url": url}).encode(), Connection="close")


def test_an_srv_record_names_no_private_host_in_any_spelling(files: Certificate) -> None:
    """Whoever answers for the name server can write anything into it."""
    connections: list[tuple[str, int]] = []
    with answering(files, lambda _port: http(404, b"", Connection="close")) as port:
        for host in SPELLED:
            with begun_connections() as begun:
                assert not is_found(network(files), port, [Srv(0, 0, port, host)]), host
            connections += begun

    assert elsewhere(connections, port) == []
    assert connections


@pytest.mark.parametrize("public", range(4))
def test_a_name_that_turns_to_a_private_host_is_not_followed(
    files: Certificate, tmp_path: Path, public: int
) -> None:
    """However often it has led to a public server before: each connection goes to an address that was checked."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.chain, files.key)
    with (
        ExchangeEmulator(tmp_path / "exchange.sqlite", tls=(files.chain, files.key)) as exchange,
        scripted_imap({}, tls=tls) as imap,
    ):
        exchange.add_mailbox(ADDRESS, password=PASSWORD)
        port = int(exchange.url.split(":")[2].split("/")[0])
        at_imap = parse_account(f"imaps://ann@mail.example.org:{imap.port}")
        checks: tuple[Callable[[Connectors], object], ...] = (
            lambda to: to.check_destination(ews(port), PASSWORD, tries=1),
            lambda to: to.check_source(ews(port), PASSWORD),
            lambda to: to.check_source(at_imap, PASSWORD),
        )
        with own_servers(port, imap.port) as reached, begun_connections() as begun:
            for check in checks:
                connectors = Connectors(network(files, public))
                for _ in range(public + 1):     # the form's check, the migration, a rollback…
                    with suppress(OmmError):
                        check(connectors)
                with pytest.raises(FatalError) as refused:
                    connectors.network.endpoint("mail.example.org", port, Side.SOURCE)
                assert refused.value.cause is Cause.HOST_NOT_ALLOWED

        assert {address for address, _ in begun} <= {HERE}
        assert reached == []
        assert bool(begun) == bool(public)


@contextmanager
def own_servers(*ports: int) -> Iterator[list[int]]:
    """Somebody's own servers at those ports; yields those that were connected to."""
    reached: list[int] = []
    listeners = [socket.create_server((INNER, port)) for port in ports]
    for listener in listeners:
        listener.settimeout(0)
    try:
        yield reached
    finally:
        for listener in listeners:
            with suppress(OSError), listener.accept()[0]:
                reached.append(listener.getsockname()[1])
            listener.close()
