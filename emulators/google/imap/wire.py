"""One client's connection: commands with their literals, and answers that are counted and can crawl."""

from __future__ import annotations

import re
import select
import socket
import ssl
from collections.abc import Callable
from threading import Event

from emulators.google.imap.budget import Budget, Ending

EXPIRED = "Session expired, please login again."     # BYE's words for whatever ends a session (imapsync's FAQ.Gmail)

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
_LONGEST_LINE = 65_536
_LONGEST_UNASKED = 4096     # RFC 7888 §5: LITERAL-
_PIECE = 16_384
_CRAWLING_PIECE = 512


class HungUpError(Exception):
    """The client is gone, or the server is stopping."""


class EndedError(Exception):
    """The session ends; the words of its BYE, or none for a connection that just closes."""


class Wire:
    """A client's connection. `budget` counts what is sent, from when the account is known."""

    def __init__(self, connection: ssl.SSLSocket, pause: Callable[[], float]) -> None:
        """Talk over a connection that TLS has been made on; `pause` tells how long to wait between crawling pieces."""
        self._socket = connection
        self._received = bytearray()
        self._pause = pause
        self._stopped = Event()
        self._woken, self._waker = socket.socketpair()
        self._waker.settimeout(0.0)
        self.budget: Budget | None = None

    def command(self) -> bytes:
        """The next command, literals in place, without the last CRLF."""
        whole = b""
        while True:
            line = self.line()
            whole += line
            literal = _LITERAL.search(line)
            if not literal:
                return whole.removesuffix(b"\r\n")
            whole += self._literal(int(literal[1]), asked=not literal[2])

    def line(self) -> bytes:
        """One line with its CRLF."""
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > _LONGEST_LINE:
                raise EndedError("Line too long")
            self._receive()
        line = self._taken(end + 1)
        if not line.endswith(b"\r\n"):
            raise EndedError("Bare line feed")
        return line

    def _literal(self, size: int, *, asked: bool) -> bytes:
        if not asked and size > _LONGEST_UNASKED:
            raise EndedError("Literal too long")
        if asked:
            self.send(b"+ go ahead\r\n")
        while len(self._received) < size:
            self._receive()
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _receive(self) -> None:
        try:
            found = self._socket.recv(65_536)
        except OSError as error:
            raise HungUpError from error
        if not found or self._stopped.is_set():
            raise HungUpError
        self._received += found

    def send(self, data: bytes) -> None:
        """Send, count, and crawl when the account is spent and was told to."""
        rest = memoryview(data)
        while rest:
            crawls = self._crawls()
            piece, rest = _cut(rest, _CRAWLING_PIECE if crawls else _PIECE)
            try:
                self._socket.sendall(piece)
            except OSError as error:
                raise HungUpError from error
            if self.budget:
                self.budget.spend(len(piece))
            if crawls and self._stopped.wait(self._pause()):
                raise HungUpError

    def _crawls(self) -> bool:
        return self.budget is not None and self.budget.ending is Ending.CRAWL and self.budget.over()

    def wait(self) -> bool:
        """Wait until the client has sent something (True) or `wake` was called (False)."""
        if self._received or self._socket.pending():
            return True
        readable, _, _ = select.select([self._socket, self._woken], [], [])
        if self._woken in readable:
            self._woken.recv(4096)
            return False
        return True

    def wake(self) -> None:
        """End a `wait`; from any thread."""
        try:
            self._waker.send(b"x")
        except OSError:
            return

    def stop(self) -> None:
        """End whatever the connection is doing; from any thread."""
        self._stopped.set()
        self.wake()
        shut(self._socket)

    def close(self) -> None:
        """Close; by the thread that uses it."""
        self._socket.close()
        self._woken.close()
        self._waker.close()


def _cut(data: memoryview, at: int) -> tuple[memoryview, memoryview]:
    return data[:at], data[at:]


def shut(connection: ssl.SSLSocket) -> None:
    """End what another thread reads or writes on a connection; TLS's own state stays with that thread."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return
