"""Emulators shared by the run, a fresh mailbox for each test, and servers that follow a script."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from emulators.exchange import ExchangeEmulator
from emulators.exchange.records import SignIn, StoredMessage
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.network.pinning import Network
from engine.migration.account import Account, parse_account
from engine.ports.destination import DestinationFolder
from engine.ports.items import Marks, SourceMessage, Tagged
from engine.ports.source import Role
from tests.servers.certificates import Certificate, certificate
from tests.servers.unheard import unheard

PASSWORD = "correct horse"
_numbers = itertools.count(1)


def eventually(holds: Callable[[], object], seconds: float = 60.0) -> bool:
    """Whether it holds before the time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.005)
    return bool(holds())


def account(url: str, login: str) -> Account:
    """The account with that login at a server's URL."""
    parts = urlsplit(url)
    url = f"ews+{parts.scheme}://{quote(login, safe='')}@{parts.netloc}{parts.path}"
    return parse_account(url, allow_plaintext=True)


@dataclass
class Server:
    """An emulator, and the opening of its mailboxes."""

    emulator: ExchangeEmulator
    ca: Path | None
    opened: list[ExchangeDestination]

    def mailbox(self, *, password: str = PASSWORD, user: str | None = None) -> str:
        """A new mailbox; its address."""
        address = f"user{next(_numbers)}@example.org"
        self.emulator.add_mailbox(address, password=password, user=user)
        return address

    def open(self, login: str, password: str = PASSWORD, **more: object) -> ExchangeDestination:
        """A destination with that login."""
        network = Network(trusts_person=True, ca_file=self.ca)
        self.opened.append(ExchangeDestination(account(self.emulator.url, login), password, network, **more))  # type: ignore[arg-type]
        return self.opened[-1]

    def connections(self) -> frozenset[socket.socket]:
        """Those that the emulator has open; it serves other tests as well."""
        return frozenset(self.emulator._server._open)

    def sign_ins(self, *names: str) -> list[SignIn]:
        """The attempts under those names (ASCII case ignored)."""
        wanted = {name.lower() for name in names}
        return [one for one in self.emulator.sign_ins if one.user.lower() in wanted]

    def accepted(self, *names: str) -> list[bool]:
        """Of each attempt, whether it was let in."""
        return [one.accepted for one in self.sign_ins(*names)]


@pytest.fixture(scope="session")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for localhost, and its authority."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory, own_certificate: Certificate
) -> Iterator[dict[str, ExchangeEmulator]]:
    """An emulator in clear text and one over TLS."""
    place = tmp_path_factory.mktemp("exchange")
    with (
        ExchangeEmulator(place / "plain.sqlite") as plain,
        ExchangeEmulator(place / "tls.sqlite", tls=(own_certificate.chain, own_certificate.key)) as tls,
    ):
        yield {"plain": plain, "tls": tls}


def _served(emulator: ExchangeEmulator, ca: Path | None) -> Iterator[Server]:
    before = emulator.settings
    server = Server(emulator, ca, [])
    yield server
    for destination in server.opened:
        destination.close()
    emulator.clear_faults()
    emulator.configure(**{one.name: getattr(before, one.name) for one in fields(before)})
    unheard(emulator)


@pytest.fixture
def plain(running: dict[str, ExchangeEmulator]) -> Iterator[Server]:
    """The emulator in clear text; nothing was sent from its mailboxes and it kept to its schema."""
    yield from _served(running["plain"], None)


@pytest.fixture
def tls(running: dict[str, ExchangeEmulator], own_certificate: Certificate) -> Iterator[Server]:
    """The emulator over TLS."""
    yield from _served(running["tls"], own_certificate.ca)


@pytest.fixture(params=["plain", "tls"])
def server(request: pytest.FixtureRequest) -> Server:
    """Either."""
    return request.getfixturevalue(request.param)


@dataclass
class Opened:
    """A mailbox with its destination."""

    server: Server
    address: str
    destination: ExchangeDestination

    @property
    def emulator(self) -> ExchangeEmulator:
        return self.server.emulator

    @property
    def inbox(self) -> str:
        return next(f.id for f in self.destination.folders() if f.role is Role.INBOX)

    @property
    def messages(self) -> list[StoredMessage]:
        return self.emulator.messages(self.address)

    @property
    def subjects(self) -> list[str]:
        return sorted(m.subject for m in self.messages)

    def folder(self, folder_id: str) -> DestinationFolder:
        return next(f for f in self.destination.folders() if f.id == folder_id)

    def requests(self, operation: str) -> list[int]:
        """The statuses of that operation's requests so far."""
        return [r.status for r in self.emulator.requests if r.operation == operation and r.user == self.address]


@pytest.fixture
def opened(plain: Server) -> Opened:
    """A mailbox of the plain emulator, signed in by Basic."""
    plain.emulator.configure(auth=("basic",))
    address = plain.mailbox()
    destination = plain.open(address)
    destination.probe()
    return Opened(plain, address, destination)


def mime(subject: str, *, size: int = 0, header: str = "") -> bytes:
    """A message of at least that many bytes."""
    head = (
        f"From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nSubject: {subject}\r\n{header}"
        "Date: Sun, 17 May 2020 10:29:00 +0200\r\n\r\n"
    ).encode()
    return head + b"x" * max(0, size - len(head))


def new(subject: str, *, tag: str | None = None, content: bytes | None = None, **marks: object) -> Tagged:
    """A message to create."""
    content = mime(subject) if content is None else content
    message = SourceMessage(1, content, len(content), None, Marks(**marks))  # type: ignore[arg-type]
    return Tagged(tag or f"7K2F9QXD:0a1b2c3d:{subject.encode().hex():0>32}"[:64], message)


# Servers that follow a script


class Scripted:
    """Listens on the loopback; each connection is handed to `play`, in a thread of its own."""

    def __init__(self, play: Callable[[socket.socket], None]) -> None:
        self._play = play
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.accepted = 0
        self.seen: list[bytes] = []
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/EWS/Exchange.asmx"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _run(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            self._play(connection)

    def request(self, connection: socket.socket) -> bytes:
        """One HTTP request, whole; b'' at the end of the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        self.seen.append(head + b"\r\n\r\n" + body)
        return self.seen[-1]

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(60)


@pytest.fixture
def scripted() -> Iterator[Callable[[Callable[[Scripted, socket.socket], None]], Scripted]]:
    """Starts servers that follow a script; ends them afterwards."""
    started: list[Scripted] = []

    def start(play: Callable[[Scripted, socket.socket], None]) -> Scripted:
        started.append(Scripted(lambda connection: play(started[-1], connection)))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def always(*answers: bytes) -> Callable[[Scripted, socket.socket], None]:
    """A script: these answers in turn on each connection, the last one from then on."""
    def play(server: Scripted, connection: socket.socket) -> None:
        for answer in itertools.chain(answers, itertools.repeat(answers[-1])):
            if not server.request(connection):
                return
            connection.sendall(answer)

    return play


def http(status: int | str, body: bytes = b"", **headers: str) -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status} Some Words" if isinstance(status, int) else f"HTTP/1.1 {status}",
             f"Content-Length: {len(body)}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


OFFER_BASIC = http(401, WWW_Authenticate='Basic realm="x"')


@pytest.fixture
def reach() -> Iterator[Callable[..., ExchangeDestination]]:
    """Opens a destination at any URL."""
    made: list[ExchangeDestination] = []

    def opened_at(
        url: str, *, login: str = "ann@example.org", password: str = PASSWORD, **more: object
    ) -> ExchangeDestination:
        network = more.pop("network", Network(trusts_person=True))
        made.append(ExchangeDestination(account(url, login), password, network, **more))  # type: ignore[arg-type]
        return made[-1]

    yield opened_at
    for destination in made:
        destination.close()
