"""A server with maildrops in it, and sources to read them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from imapclient import IMAPClient

from engine.connectors.network.pinning import Network
from engine.connectors.pop3 import Pop3Source
from engine.connectors.pop3.reader import Pop3Reader
from engine.migration.account import Account
from engine.systems import System, Transport
from tests.servers.mail_servers import dovecot as dovecot_server
from tests.servers.mail_servers.dovecot import Dovecot, dovecot
from tests.servers.mailbox import write_folder

FAST = (0.01, 0.02, 0.03, 0.04)     # seconds between attempts: the tests cut on purpose

HARD_PASSWORDS = {
    "plain": "secret",
    "signs": "p@ss%20&word#1?",
    "quotes": "\"double\" 'single' `back`",
    "accents": "pässwörd-été-пароль-密码",
    "spaces": " leading and  trailing ",
    "dot": ".",
    "long": "0123456789" * 40,
    "with space": "a login with a space",
}


@dataclass(frozen=True)
class Place:
    """An account on the running server, with what it takes to reach it."""

    account: Account
    password: str
    ca_file: Path
    imap_port: int          # for a look from outside the product
    maildir: Path

    def source(self, **changes: object) -> Pop3Source:
        """A source for the account; `port` and `password` may be other ones."""
        port = changes.pop("port", self.account.port)
        password = changes.pop("password", self.password)
        account = Account(System.POP3, self.account.login, self.account.host, port, self.account.transport)
        network = Network(trusts_person=True, ca_file=self.ca_file)
        return Pop3Source(account, password, network, waits=FAST, **changes)

    @contextmanager
    def outside(self) -> Iterator[IMAPClient]:
        """Another client, which sees flags."""
        with IMAPClient("localhost", self.imap_port, ssl=False) as client:
            client.login(self.account.login, self.password)
            client.select_folder("INBOX")
            yield client

    def flags(self) -> dict[int, set[bytes]]:
        """Every message's flags."""
        with self.outside() as client:
            uids = client.search(["ALL"])
            found = client.fetch(uids, ["FLAGS"]) if uids else {}
        return {uid: set(item[b"FLAGS"]) - {b"\\Recent"} for uid, item in found.items()}


@pytest.fixture(scope="session")
def server() -> Iterator[Dovecot]:
    """A Dovecot with a user for every hard password and every test."""
    if not dovecot_server.installed():
        pytest.skip(dovecot_server.MISSING)
    users = {f"user{number}@example.org": "pass word" for number in range(30)} | HARD_PASSWORDS
    with dovecot(users, pop3=True) as running:
        yield running


def place_on(server: Dovecot, login: str, password: str, transport: Transport = Transport.TLS) -> Place:
    """The place of a user."""
    port = server.pop3s if transport is Transport.TLS else server.pop3
    account = Account(System.POP3, login, server.host, port, transport)
    return Place(account, password, server.certificate.ca, server.imap, server.home(login) / "Maildir")


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers of users that no other test has."""
    return iter(range(30))


@pytest.fixture
def place(server: Dovecot, numbers: Iterator[int]) -> Place:
    """An empty maildrop of this test's own."""
    return place_on(server, f"user{next(numbers)}@example.org", "pass word")


@pytest.fixture(params=[Transport.TLS, Transport.STARTTLS])
def encrypted(request: pytest.FixtureRequest, server: Dovecot, numbers: Iterator[int]) -> Place:
    """An empty maildrop, reached in each way that encrypts."""
    return place_on(server, f"user{next(numbers)}@example.org", "pass word", request.param)


@pytest.fixture(params=list(HARD_PASSWORDS))
def hard(request: pytest.FixtureRequest, server: Dovecot) -> Place:
    """A maildrop behind a login or a password that is hard to send."""
    return place_on(server, request.param, HARD_PASSWORDS[request.param])


@pytest.fixture
def fill(server: Dovecot) -> Callable[..., None]:
    """Puts messages into a maildrop nobody has opened yet."""
    def write(place: Place, messages: object, **options: object) -> None:
        write_folder(place.maildir, (), messages, **options)
        server.give_away(place.maildir.parent)
    return write


def source(
    port: int, *, transport: Transport = Transport.PLAINTEXT, host: str = "localhost", ca: Path | None = None,
    login: str = "claire@example.org", password: str = "secret", seconds: float = 9.0, **options: object,
) -> Pop3Source:
    """A source on any port of this machine."""
    account = Account(System.POP3, login, host, port, transport)
    network = Network(trusts_person=True, ca_file=ca, resolve_name=lambda host, port: ["127.0.0.1"])
    options.setdefault("waits", FAST)
    return Pop3Source(account, password, network, sign_in_time=seconds, **options)


@contextmanager
def reading(subject: Pop3Source) -> Iterator[Pop3Reader]:
    """A reader, until the context ends."""
    reader = subject.connect()
    try:
        yield reader
    finally:
        reader.close()
