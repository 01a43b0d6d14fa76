"""A TCP proxy that can cut the connections going through it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class CuttingProxy:
    """Passes bytes on to `upstream` until it is told to cut."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.accepted = 0
        self.refuse = False
        self._lock = threading.Lock()
        self._cut_after = 0
        self._until_cut = 0
        self._cuts = 0
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        """Where clients connect."""
        return int(self._listener.getsockname()[1])

    def cut_after(self, size: int, *, cuts: int = 1) -> None:
        """Cuts the connection over which the server's next `size` bytes are through; `cuts` times, each so far on."""
        with self._lock:
            self._cut_after = self._until_cut = size
            self._cuts = cuts

    def cut(self) -> None:
        """Cuts every connection that is open."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for each in pair:
                _close(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self.refuse:
                _close(client)
                continue
            server = socket.create_connection(("127.0.0.1", self.upstream))
            with self._lock:
                self._pairs.append((client, server))
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client), kwargs={"counted": True}, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, *, counted: bool = False) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                if counted and self._is_cut(len(data)):
                    break
                sink.sendall(data)
        _close(source)
        _close(sink)

    def _is_cut(self, size: int) -> bool:
        with self._lock:
            if not self._cuts:
                return False
            self._until_cut -= size
            if self._until_cut > 0:
                return False
            self._until_cut = self._cut_after
            self._cuts -= 1
            return True

    def start(self) -> None:
        """Listens."""
        self._thread.start()

    def stop(self) -> None:
        """Closes everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self._thread.join(60)


@contextmanager
def cutting_proxy(upstream: int) -> Iterator[CuttingProxy]:
    """A proxy to a loopback port, until the context ends."""
    proxy = CuttingProxy(upstream)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


def _close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
