"""A terminal, and the two ends that it moves mail between."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from urllib.parse import quote

import pytest

from emulators.exchange import ExchangeEmulator
from emulators.sample_mailbox.server import SampleServer
from tests.servers.certificates import certificate
from tests.servers.mail_servers.dovecot import Layout, dovecot, installed
from tests.servers.mail_servers.pymap import pymap
from tests.servers.mailbox import generated, write_folder
from tests.servers.unheard import unheard
from tests.system.command import Command

SOURCE_LOGIN, SOURCE_PASSWORD = "user@example.org", "s3cr%t/@ 'é\""
ADDRESS, PASSWORD = "claire@exchange.example", "corr%ct h@rse / 'été' \"n\""
MESSAGES = 36
SMALL_FOLDERS = 8       # of one message each: so many requests that a run can be stopped between them


@pytest.fixture
def command() -> Iterator[Command]:
    """`omm` over an empty state directory; its store is ended even where the test killed its last user."""
    base = Path(tempfile.mkdtemp(prefix="omm-t-"))      # short: a socket's path must fit into 107 bytes
    yield Command(base)
    with suppress(OSError, ValueError):
        os.kill(int((base / "state" / "valkey.pid").read_text()), signal.SIGTERM)
    rmtree(base, ignore_errors=True)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleServer]:
    """An IMAP account with messages in many folders: of Dovecot, or of pymap where that is not installed."""
    with served(tmp_path_factory.mktemp("imap")) as server:
        yield server


@contextmanager
def served(directory: Path) -> Iterator[SampleServer]:
    if not installed():
        furnish(directory / "mail")
        with pymap(directory, password=SOURCE_PASSWORD) as server:
            yield server
        return
    with dovecot({SOURCE_LOGIN: SOURCE_PASSWORD}, layout=Layout(special_use={})) as running:
        furnish(running.home(SOURCE_LOGIN) / "Maildir")
        running.give_away(running.home(SOURCE_LOGIN))
        output = running.directory / "output"
        yield SampleServer(running.host, running.imap, SOURCE_LOGIN, SOURCE_PASSWORD, running.certificate.ca, output)


def furnish(mailbox: Path) -> None:
    messages = list(generated(MESSAGES, seed=7))
    write_folder(mailbox, (), messages[:20])
    write_folder(mailbox, ("Été",), messages[20:-SMALL_FOLDERS])
    for number, message in enumerate(messages[-SMALL_FOLDERS:]):
        write_folder(mailbox, ("Été", f"Day {number}"), [message])


@dataclass
class Ends:
    """A source with mail, and an empty Exchange mailbox, both over TLS."""

    source: SampleServer
    exchange: ExchangeEmulator
    command: Command

    @property
    def urls(self) -> tuple[str, str]:
        """Both accounts as they are typed."""
        return self.source.url, self.exchange.url.replace("https://", f"ews+https://{quote(ADDRESS, safe='')}@")

    def subjects(self) -> list[tuple[tuple[str, ...], str]]:
        """What is at the destination."""
        return sorted((m.folder, m.subject) for m in self.exchange.messages(ADDRESS))


@pytest.fixture
def ends(source: SampleServer, command: Command) -> Iterator[Ends]:
    """Both ends, and a terminal that knows their passwords and certificates."""
    tls = certificate(command.directory / "tls")
    both = command.directory / "ca.pem"
    both.write_bytes(source.ca_file.read_bytes() + tls.ca.read_bytes())
    command.environ["OMM_CA_FILE"] = str(both)
    command.passwords = {"OMM_SOURCE_PASSWORD": source.password, "OMM_DESTINATION_PASSWORD": PASSWORD}
    with ExchangeEmulator(command.directory / "exchange.sqlite", tls=(tls.chain, tls.key)) as exchange:
        exchange.add_mailbox(ADDRESS, password=PASSWORD)
        yield Ends(source, exchange, command)
        unheard(exchange)
