"""The socket below imapclient: to the address that was checked, under the name that was given, without a log.

imapclient and imaplib note every line they send, the password among them, and format every line they receive.
Both are switched off here; `tests/unit/imap/test_connection.py` pins the private names this needs.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
import threading
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout

from engine.connectors.network import CONNECT_TIMEOUT, READ_TIMEOUT, Endpoint

SIGN_IN_TIME = 8.0                  # seconds, from the first packet to the server's word on the password
PATIENCE = 60.0                     # seconds between two packets of an answer, once signed in
TRIED = 3                           # addresses of one host
LARGEST_LITERAL = 512 * 1024 * 1024     # bytes; a larger announcement is a broken server, not a message


class NotImapError(Exception):
    """The server opened with something that is no IMAP greeting (RFC 3501 §7.1)."""

    def __init__(self, greeting: bytes) -> None:
        super().__init__("no IMAP greeting")
        self.greeting = greeting


class Deadline:
    """Cuts a connection that is not through after so many seconds, however slowly its server drips.

    A socket's own time-out starts anew with every byte.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._ended = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

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


def _dial(endpoint: Endpoint, seconds: float) -> socket.socket:
    """A connection to the first of the checked addresses that takes one: IPv6 may be named and yet lead nowhere."""
    addresses = (endpoint.address, *endpoint.others)[:TRIED]
    for address in addresses[:-1]:
        try:
            return socket.create_connection((address, endpoint.port), seconds / len(addresses))
        except OSError:
            continue
    return socket.create_connection((addresses[-1], endpoint.port), seconds / len(addresses))


class PinnedIMAP4(imaplib.IMAP4):
    """imaplib's connection, made to `endpoint.address` and verified as `endpoint.host`. Keeps no log."""

    def __init__(self, endpoint: Endpoint, tls: ssl.SSLContext | None, deadline: Deadline) -> None:
        self._endpoint = endpoint
        self._tls = tls
        self._deadline = deadline
        self._greeted = False
        super().__init__(endpoint.host, endpoint.port, CONNECT_TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection = _dial(self._endpoint, timeout or CONNECT_TIMEOUT)
        try:
            self._deadline.guards(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(READ_TIMEOUT)
            if self._tls is None:
                return connection
            return self._tls.wrap_socket(connection, server_hostname=self._endpoint.host)
        except BaseException:
            connection.close()
            raise

    def readline(self) -> bytes:
        """One line; the first must be an IMAP greeting."""
        line = super().readline()
        if not self._greeted and line:
            if not line.startswith(b"* "):
                raise NotImapError(line[:200])
            self._greeted = True
        return line

    def read(self, size: int) -> bytes:
        """A literal of `size` bytes."""
        if size > LARGEST_LITERAL:
            raise self.abort("a literal too large to be true")
        return super().read(size)

    def _log(self, line: str) -> None:
        """Keeps nothing: imaplib would hold the last ten lines, the password among them."""

    def _mesg(self, s: str, secs: float | None = None) -> None:
        """Writes nothing, as `_log`."""


class Client(IMAPClient):
    """imapclient over a pinned, silent connection."""

    _imap: Any      # imaplib's and typeshed's names for its inner parts do not meet

    def __init__(self, endpoint: Endpoint, tls: ssl.SSLContext | None, deadline: Deadline) -> None:
        self._endpoint = endpoint
        self._tls = tls
        self._deadline = deadline
        patience: Any = SocketTimeout(CONNECT_TIMEOUT, READ_TIMEOUT)    # its hint says float
        super().__init__(endpoint.host, endpoint.port, ssl=tls is not None, timeout=patience)
        self._imap.debug = 0            # at 5, imaplib formats every literal twice, even for a logger that is off
        self._imap._mesg = self._say_nothing
        self.normalise_times = False

    def _create_IMAP4(self) -> PinnedIMAP4:      # noqa: N802  # imapclient's name
        return PinnedIMAP4(self._endpoint, self._tls, self._deadline)

    @staticmethod
    def _say_nothing(*_: object) -> None:
        """Stands where imapclient would write its log."""

    @property
    def state(self) -> str:
        """NONAUTH, AUTH or SELECTED (RFC 3501 §3)."""
        return str(self._imap.state)

    def offers(self, capability: str) -> bool:
        """Whether the server has this capability, in the state it is in."""
        return capability in self.offered()

    def offered(self) -> frozenset[str]:
        """All that the server offers, in capitals."""
        names: tuple[bytes, ...] = self.capabilities()     # type: ignore[no-untyped-call]  # imapclient's
        return frozenset(name.decode("ascii", "replace") for name in names)

    def wait_at_most(self, seconds: float) -> None:
        """How long the next packet of an answer may take."""
        self._imap.sock.settimeout(seconds)

    def forget_capabilities(self) -> None:
        """They change with TLS and with the sign-in (RFC 3501 §6.2.1, §6.2.2)."""
        self._cached_capabilities = None
        self._imap.untagged_responses.clear()

    def drop(self) -> None:
        """Closes the socket without a word."""
        try:
            self._imap.shutdown()
        except (OSError, ValueError):
            return                  # it was closed already
