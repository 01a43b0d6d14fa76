"""A migration from a real server that a test runs: the real engine and connector, the Exchange emulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.migration.account import Account
from engine.pace.halt import Halt
from engine.ports.source import Source
from engine.systems import System, Transport
from tests.recovery.hard_servers.conftest import Moved
from tests.servers.mailbox import Message
from tests.servers.world import MemoryConnectors, world

PASSWORD = "secret"
WAITS = (0.05, 0.1, 0.2)    # seconds between two attempts to be given what was refused
PATIENCE = 20.0             # seconds until a source that stays unwell stops the migration; a tenth for a folder


@dataclass
class RealConnectors(MemoryConnectors):
    """Opens the account of `login` at a port of this machine."""

    login: str = "claire"
    port: int = 0

    def source(self, account: Account, password: str, halt: Halt) -> Source:
        at = Account(System.IMAP, self.login, "localhost", self.port, Transport.PLAINTEXT)
        return ImapSource(at, PASSWORD, Network(trusts_person=True), stop=halt.event, waits=WAITS)


@contextmanager
def moving_from(directory: Path, *, login: str, port: int) -> Iterator[Moved]:
    """Moves that account to the emulator, which runs until the context ends."""
    with world(directory, {}) as built:
        connectors = RealConnectors({}, login=login, port=port)
        built.engine = replace(built.engine, connectors=connectors, patience=PATIENCE)
        yield Moved(built, built.migrate())


def arrived(moved: Moved) -> Counter[tuple[tuple[str, ...], bytes]]:
    """What lies at the destination: folder and bytes."""
    return Counter((message.folder, message.mime) for message in moved.world.messages())


def expected(mailbox: dict[tuple[str, ...], Sequence[Message]]) -> Counter[tuple[tuple[str, ...], bytes]]:
    """What should lie there, from the messages by folder of the destination; every line ends in CRLF."""
    return Counter(
        (folder, message.mime.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        for folder, messages in mailbox.items() for message in messages
    )
