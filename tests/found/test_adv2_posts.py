"""A session's one prepared request: what the request before it leaves behind."""

from __future__ import annotations

import gc
import io
import socket
import ssl
import weakref
from collections.abc import Iterator

import pytest

from engine.connectors.exchange.message import EncodedFile
from engine.connectors.exchange.pinned import PinnedAdapter, PinnedSession
from engine.connectors.network.pinning import Endpoint
from tests.contract.exchange.conftest import Scripted, always, http


class Pieces(io.RawIOBase):
    """A body whose length nobody knows beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces = iter((b"first", b"second"))

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


def takes_chunks_first(server: Scripted, connection: socket.socket) -> None:
    """A script: one request in chunks, and then others."""
    taken = b""
    while not taken.endswith(b"\r\n0\r\n\r\n"):
        taken += connection.recv(65536)
    connection.sendall(http(200, b"x"))
    always(http(200, b"x"))(server, connection)


@pytest.fixture
def server() -> Iterator[Scripted]:
    servers: list[Scripted] = []
    servers.append(Scripted(lambda connection: takes_chunks_first(servers[0], connection)))
    yield servers[0]
    servers[0].stop()


def session_with(server: Scripted) -> PinnedSession:
    return PinnedSession(PinnedAdapter(Endpoint("127.0.0.1", server.port, "127.0.0.1"), ssl.create_default_context()))


@pytest.mark.parametrize("body", [b"whole", b"", io.BytesIO(b"from a file")], ids=["bytes", "empty", "file"])
def test_a_body_of_known_length_is_sent_as_one_after_a_body_in_chunks(server: Scripted, body: bytes | io.BytesIO) -> None:
    """A user would see their migration end: a server refuses (400) or waits over a request with both headers."""
    with session_with(server) as session:
        session.post_again(server.url, Pieces(), connecting=60, answering=60).close()
        session.post_again(server.url, body, connecting=60, answering=60).close()

    [head] = [one.partition(b"\r\n\r\n")[0].lower() for one in server.seen]
    assert b"\r\ncontent-length: " in head
    assert b"transfer-encoding" not in head


def test_an_idle_connection_does_not_keep_the_last_message_in_memory() -> None:
    """A worker's memory would hold a message, of up to 150 MB, for each idle connection of each migration."""
    servers: list[Scripted] = []
    servers.append(Scripted(lambda connection: always(http(200, b"x"))(servers[0], connection)))
    with session_with(servers[0]) as session:
        body = EncodedFile(b"<head>", io.BytesIO(b"message"), b"<tail>")
        held = weakref.ref(body)
        with session.post_again(servers[0].url, body, connecting=60, answering=60) as response:
            assert response.content == b"x"
        del body, response
        gc.collect()

        assert held() is None
    servers[0].stop()
