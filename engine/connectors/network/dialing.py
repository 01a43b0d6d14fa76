"""The first seconds of a connection: to an address that was checked, and never longer than a person waits."""

from __future__ import annotations

import socket
import ssl
import threading
from types import TracebackType
from typing import Self

from engine.connectors.network.pinning import CONNECT_TIMEOUT, READ_TIMEOUT, Endpoint

GREETING_TIME = 7.5     # seconds, from the first packet to what the server offers
SIGN_IN_TIME = 75.0     # seconds until the server's word on the password: servers slow down after wrong ones
PATIENCE = 60.0         # seconds between two packets of an answer, once signed in
SLOWEST = 1024          # bytes a second; an answer that comes slower than that does not come


class Deadline:
    """Cuts a connection that is not through after so many seconds, however slowly its server drips.

    A socket's own time-out starts anew with every byte.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._ended = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._timer = self._made(seconds)

    def _made(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        return timer

    def begin_anew(self, seconds: float) -> None:
        """From now on there are so many seconds; too late once the connection was cut."""
        self._timer.cancel()
        self._timer = self._made(seconds)
        self._timer.start()

    def guards(self, connection: socket.socket) -> None:
        """Watches over `connection`, by a handle of its own: TLS may wrap the given one later."""
        with self._lock:
            self._handle = connection.dup()

    def _cut(self) -> None:
        with self._lock:
            if self._ended:
                return
            self.passed = True
            if self._handle is not None:
                try:
                    self._handle.shutdown(socket.SHUT_RDWR)
                except OSError:
                    return              # it ended by itself

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._handle is not None:
                self._handle.close()


def connected(endpoint: Endpoint, tls: ssl.SSLContext | None, deadline: Deadline) -> socket.socket:
    """A connection to the address that was checked, verified as the host's where `tls` is given.

    `deadline` watches over it from its first packet. Raises OSError (ssl.SSLError), or ValueError for a host's name
    that no certificate can bear.
    """
    connection = _dial(endpoint, CONNECT_TIMEOUT)
    try:
        deadline.guards(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(READ_TIMEOUT)
        return connection if tls is None else tls.wrap_socket(connection, server_hostname=endpoint.host)
    except BaseException:
        connection.close()
        raise


def _dial(endpoint: Endpoint, seconds: float) -> socket.socket:
    """A connection to the first of the checked addresses that takes one: IPv6 may be named and yet lead nowhere."""
    addresses = endpoint.tried
    for address in addresses[:-1]:
        try:
            return socket.create_connection((address, endpoint.port), seconds / len(addresses))
        except OSError:
            continue
    return socket.create_connection((addresses[-1], endpoint.port), seconds / len(addresses))
