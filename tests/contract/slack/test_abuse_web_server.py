"""Requests that no browser sends, to the web server as the web program has it: refused, and others are served."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import Flask
from waitress.server import BaseWSGIServer  # type: ignore[import-untyped]  # has no types
from waitress.wasyncore import close_all  # type: ignore[import-untyped]  # as above

import app
from tests.servers.slack.world import slack_world

LARGE, CHUNK = 10_000_000, 60_000     # bytes
POST = b"POST /slack/events HTTP/1.1\r\nHost: omm.example.org\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with slack_world(tmp_path_factory.mktemp("server")) as world:
        web: Flask = app.create_app(world.door, signing_secret="-" * 32)
        server = app._listening(web, "127.0.0.1:0")
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield int(server.effective_port)
        server.close()
        close_all(server._map)      # the connections
        thread.join(60)
        server.task_dispatcher.shutdown()


def serve(server: BaseWSGIServer) -> None:
    """Until its sockets are closed."""
    with suppress(OSError):
        server.run()


def answer(port: int, *pieces: bytes) -> bytes:
    """The status line of the answer to those bytes; b'' where the connection was closed."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            return connection.recv(65536).partition(b"\r\n")[0]
        except ConnectionError:     # it has answered while we were still sending
            return b""


def is_well(port: int) -> bool:
    return b" 200 " in answer(port, b"GET /healthz HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize("pieces", [
    (POST + b"Content-Length: %d\r\n\r\n" % LARGE, b"x" * 1000),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n", *[b"%x\r\n" % CHUNK + b"x" * CHUNK + b"\r\n"] * (LARGE // CHUNK)),
    (POST + b"X-Long: " + b"x" * 1_000_000 + b"\r\n\r\n",),
    (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",),
    (POST + b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\n",),
    (POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",),
    (POST + b"Content-Length: -1\r\n\r\n",), (POST + b"Content-Length: 1e9\r\n\r\n",),
    (POST + b"Transfer-Encoding: identity, chunked\r\nContent-Length: 3\r\n\r\nabc",),
    (POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n",),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 30 + b"\r\n\r\n",),
    (b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n",),
    (b"CONNECT 10.0.0.1:443 HTTP/1.1\r\n\r\n",), (b"\r\n" * 1000 + b"GET\r\n\r\n",),
], ids=range(14))
def test_no_request_keeps_others_waiting(port: int, pieces: tuple[bytes, ...]) -> None:
    """Far too long, of two lengths, of another protocol, or for another host: an error, or nothing, and all is well."""
    line = answer(port, *pieces)

    assert line[:12] in (b"", *(b"HTTP/1.%d %d" % (minor, status) for minor in (0, 1) for status in (
        400, 401, 404, 405, 413, 414, 415, 431, 501,
    ))), line
    assert is_well(port)


def test_who_sends_slowly_keeps_nobody_waiting(port: int) -> None:
    """Forty connections that have begun a request and do not go on, more than there are threads."""
    slow = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(app.THREADS + 8)]
    try:
        for connection in slow:
            connection.sendall(POST + b"Content-Length: 1000\r\n\r\n{")

        assert is_well(port)
    finally:
        for connection in slow:
            connection.close()
