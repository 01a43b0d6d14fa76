"""A session prepares its requests once: nothing of one is in the next, or stays behind it."""

from __future__ import annotations

import gc
import io
import socket
import ssl
import weakref

import pytest

from engine.connectors.exchange.message import EncodedFile
from engine.connectors.exchange.pinned import PinnedAdapter, PinnedSession
from engine.connectors.network.pinning import Endpoint

from .conftest import Scripted, always, http


class Pieces(io.RawIOBase):
    """A body whose length nobody knows beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces = iter((b"first", b"second"))

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        return next(self._pieces, b"")


def takes_chunks_first(server: Scripted, connection: socket.socket) -> None:
    """A script: one request in chunks, and then others."""
    taken = b""
    while not taken.endswith(b"\r\n0\r\n\r\n"):
        taken += connection.recv(65536)
    connection.sendall(http(200, b"x"))
    always(http(200, b"x"))(server, connection)


def session_with(server: Scripted) -> PinnedSession:
    """One session of our own."""
    return PinnedSession(PinnedAdapter(Endpoint("127.0.0.1", server.port, "127.0.0.1"), ssl.create_default_context()))


@pytest.mark.parametrize("body", [b"whole", b"", io.BytesIO(b"from a file")], ids=["bytes", "empty", "file"])
def test_a_body_of_known_length_is_sent_as_one_after_a_body_in_chunks(scripted, body: bytes | io.BytesIO) -> None:
    """Of both headers, Transfer-Encoding counts (RFC 9112 6.3): a server would refuse the request or wait for more."""
    server = scripted(takes_chunks_first)
    with session_with(server) as session:
        assert session.post_again(server.url, Pieces(), connecting=60, answering=60).content == b"x"
        assert session.post_again(server.url, body, connecting=60, answering=60).content == b"x"

    [head] = [one.partition(b"\r\n\r\n")[0].lower() for one in server.seen]
    assert b"\r\ncontent-length: " in head
    assert b"transfer-encoding" not in head


def test_an_idle_connection_does_not_keep_the_message_that_it_sent_last(scripted) -> None:
    """A worker has many idle connections, and a message may be large."""
    server = scripted(always(http(200, b"x")))
    with session_with(server) as session:
        body = EncodedFile(b"<head>", io.BytesIO(b"message"), b"<tail>")
        held = weakref.ref(body)
        with session.post_again(server.url, body, connecting=60, answering=60) as response:
            assert response.content == b"x"
        del body, response
        gc.collect()

        assert held() is None
