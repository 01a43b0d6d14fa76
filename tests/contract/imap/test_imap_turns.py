"""A server that serves fewer connections than before: readers take turns at those that are left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from engine.connectors.imap import ImapSource
from engine.connectors.network.pinning import Network
from engine.errors import RetryableError, SignInError
from engine.migration.account import Account
from engine.ports.source import ItemReader, SourceFolder
from engine.systems import System, Transport
from tests.servers.mail_servers.hard_imap import HardImap, hard_imap, letters

INBOX = SourceFolder(ref="INBOX", path=("INBOX",))
HELD = 40
CROWDED = (
    b"TAG NO [LIMIT] Too many simultaneous connections.\r\n",
    b"* BYE Too many connections\r\n",
    b"TAG NO [AUTHENTICATIONFAILED] Authentication failed\r\n",
)


@pytest.fixture
def server() -> Iterator[HardImap]:
    with hard_imap(list(letters(HELD))) as running:
        yield running


@pytest.fixture
def connect(server: HardImap) -> Iterator[Callable[[], ItemReader]]:
    """Makes readers of one account."""
    at = Account(System.IMAP, "claire", "localhost", server.port, Transport.PLAINTEXT)
    source = ImapSource(at, "secret", Network(trusts_person=True), waits=(0.01, 0.02))
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(source.connect()))


def read(reader: ItemReader, uid: int) -> list[int]:
    return [message.uid for message in reader.read(INBOX, [uid])]


def serve_one(server: HardImap, crowded: bytes) -> None:
    """From now on one connection is served, and of those that there are all but the second end."""
    server.most_connections, server.crowded = 1, crowded
    server.cut(lambda number: number != 2)


@pytest.mark.parametrize("crowded", CROWDED)
def test_who_is_refused_reads_over_the_connection_of_another(
    server: HardImap, connect: Callable[[], ItemReader], crowded: bytes
) -> None:
    """Whatever the server calls it, each reader goes on, and the server is asked for more once."""
    readers = [connect() for _ in range(3)]
    serve_one(server, crowded)

    found = [read(readers[number % 3], number) for number in range(1, HELD + 1)]

    assert found == [[number] for number in range(1, HELD + 1)]
    assert server.connections == 4


def test_readers_that_work_side_by_side_take_turns(server: HardImap, connect: Callable[[], ItemReader]) -> None:
    """Nobody waits until another has nothing to do any more."""
    readers = [connect() for _ in range(3)]
    serve_one(server, CROWDED[0])
    done = threading.Event()

    def work_on(reader: ItemReader) -> None:
        for _ in range(10_000):
            assert read(reader, 1) == [1]
            if done.is_set():
                return
        pytest.fail("the others got no turn")

    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(work_on, reader) for reader in readers[:2]]
        found = [read(readers[2], number) for number in range(1, HELD + 1)]
        done.set()
        for other in others:
            other.result(60)

    assert found == [[number] for number in range(1, HELD + 1)]


def test_a_connection_that_is_handed_on_dead_is_not_used(
    server: HardImap, connect: Callable[[], ItemReader]
) -> None:
    """Those of the others were lost as well: a new one is made as soon as the server takes it."""
    readers = [connect() for _ in range(3)]
    server.most_connections = 0
    server.cut(lambda _number: True)
    with pytest.raises(RetryableError, match="Too many"):
        read(readers[0], 1)
    server.most_connections = 1

    assert read(readers[1], 1) == [1]


def test_a_password_that_was_changed_is_said_when_nothing_is_served_any_more(
    server: HardImap, connect: Callable[[], ItemReader]
) -> None:
    """Every refused sign-in counts: there are two, however many readers there are."""
    readers = [connect() for _ in range(3)]
    serve_one(server, CROWDED[2])
    assert read(readers[0], 1) == [1]
    server.most_connections = 0
    server.cut(lambda _number: True)

    for reader in readers:
        with pytest.raises(SignInError):
            read(reader, 1)

    assert server.connections == 5
