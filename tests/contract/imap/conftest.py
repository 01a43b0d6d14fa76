"""Servers with mailboxes in them, and sources to read them with."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from imapclient import IMAPClient

from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.migration.account import Account
from engine.systems import System, Transport
from tests.servers.mail_servers import dovecot as dovecot_server
from tests.servers.mail_servers.dovecot import Dovecot, Layout, dovecot
from tests.servers.mail_servers.pymap import pymap
from tests.servers.mailbox import generated, write_folder

needs_dovecot = pytest.mark.skipif(not dovecot_server.installed(), reason=dovecot_server.MISSING)

FAST = (0.01, 0.02, 0.03, 0.04)     # seconds between attempts: the tests cut on purpose

HARD_PASSWORDS = {
    "plain": "secret",
    "signs": "p@ss%20&word#1?",
    "quotes": "\"double\" 'single' `back`",
    "slashes": "a/b\\c\\\\d",
    "accents": "pässwörd-été-пароль-密码",
    "spaces": " leading and trailing ",
    "braces": "{5}* BYE (literal)",
    "long": "0123456789" * 300,
}


@dataclass(frozen=True)
class Place:
    """An account on a running server, with what it takes to reach it."""

    account: Account
    password: str
    ca_file: Path
    plain_port: int         # without TLS, for a look from outside the product
    maildir: Path

    def source(self, **changes: object) -> ImapSource:
        """A source for the account; `port` and `password` may be other ones."""
        port = changes.pop("port", self.account.port)
        password = changes.pop("password", self.password)
        account = Account(System.IMAP, self.account.login, self.account.host, port, self.account.transport)
        network = Network(trusts_person=True, ca_file=self.ca_file)
        return ImapSource(account, password, network, waits=FAST, **changes)

    @contextmanager
    def outside(self) -> Iterator[IMAPClient]:
        """Another client, signed in."""
        with IMAPClient("localhost", self.plain_port, ssl=False) as client:
            client.starttls(ssl.create_default_context(cafile=str(self.ca_file)))
            client.plain_login(self.account.login, self.password)
            yield client


@pytest.fixture(scope="session")
def server() -> Iterator[Dovecot]:
    """A Dovecot with `/` between levels, special uses, and a user for every hard password and every test."""
    if not dovecot_server.installed():
        pytest.skip(dovecot_server.MISSING)
    users = {f"user{number}@example.org": "pass word" for number in range(40)} | HARD_PASSWORDS
    with dovecot(users) as running:
        yield running


@pytest.fixture(scope="session")
def dotted() -> Iterator[Dovecot]:
    """A Dovecot that looks like a Courier: `INBOX.` before every name, `.` between levels, no special uses."""
    if not dovecot_server.installed():
        pytest.skip(dovecot_server.MISSING)
    with dovecot({"user@example.org": "pass word"}, layout=Layout(".", "INBOX.", {})) as running:
        yield running


def place_on(server: Dovecot, login: str, password: str, transport: Transport = Transport.TLS) -> Place:
    """The place of a user on a Dovecot."""
    port = server.imaps if transport is Transport.TLS else server.imap
    account = Account(System.IMAP, login, server.host, port, transport)
    return Place(account, password, server.certificate.ca, server.imap, server.home(login) / "Maildir")


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers of users that no other test has."""
    return iter(range(39))


@pytest.fixture
def place(server: Dovecot, numbers: Iterator[int]) -> Place:
    """An empty mailbox of this test's own."""
    return place_on(server, f"user{next(numbers)}@example.org", "pass word")


@pytest.fixture
def dotted_place(dotted: Dovecot) -> Place:
    """The mailbox on the server with prefix and dots."""
    return place_on(dotted, "user@example.org", "pass word")


@pytest.fixture
def starttls_place(server: Dovecot) -> Place:
    """A mailbox reached by STARTTLS."""
    return place_on(server, "user39@example.org", "pass word", Transport.STARTTLS)


@pytest.fixture(params=list(HARD_PASSWORDS))
def hard(request: pytest.FixtureRequest, server: Dovecot) -> Place:
    """A mailbox behind a password that is hard to send."""
    return place_on(server, request.param, HARD_PASSWORDS[request.param])


@pytest.fixture
def fill(server: Dovecot) -> Callable[..., None]:
    """Writes a folder into a Dovecot mailbox nobody has opened yet."""
    def write(place: Place, path: tuple[str, ...], messages: object, **options: object) -> None:
        write_folder(place.maildir, path, messages, **options)
        server.give_away(place.maildir.parent)
    return write


FOLDERS = {(): 60, ("Sent",): 10, ("Projects", "2025", "Ätlas"): 20, ("Ideas 💡",): 5, ("work",): 3, ("Work",): 3}


@pytest.fixture(scope="session", params=[pytest.param("dovecot", marks=needs_dovecot), "pymap"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The same mailbox on each server: a hundred messages in six folders."""
    if request.param == "pymap":
        base = tmp_path_factory.mktemp("pymap")
        for seed, (path, count) in enumerate(FOLDERS.items()):
            write_folder(base / "mail", path, generated(count, seed), on_disk=str)
        with pymap(base) as running:
            account = Account(System.IMAP, running.login, running.host, running.port, Transport.STARTTLS)
            yield Place(account, running.password, running.ca_file, running.port, base / "mail")
        return
    with dovecot({"user@example.org": "pass word"}) as running:
        place = place_on(running, "user@example.org", "pass word")
        for seed, (path, count) in enumerate(FOLDERS.items()):
            write_folder(place.maildir, path, generated(count, seed))
        running.give_away(place.maildir.parent)
        yield place
