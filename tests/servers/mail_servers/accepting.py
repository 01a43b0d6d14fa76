"""A listener on the loopback interface: each connection to it is talked to in a thread of its own."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar


class Accepting(ABC):
    """What scripted servers have in common. `connections` is how many were accepted."""

    def __init__(self) -> None:
        self.connections = 0
        self._accepted: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def serve(self) -> None:
        """Takes connections until it is stopped."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._accepted.append(connection)
            threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    @abstractmethod
    def _guarded(self, connection: socket.socket) -> None:
        """Talks to whoever has connected, and closes the connection."""

    def stop(self) -> None:
        """Closes everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._accepted:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


Server = TypeVar("Server", bound=Accepting)


def ended(connection: socket.socket) -> None:
    """Closes a connection for both sides, whatever has become of it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Has it serve until the context ends."""
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(60)
