"""Lines and multi-line answers over one socket, byte for byte as the server means them (RFC 1939 §3).

The standard library's poplib holds a message as a list of its lines and refuses lines of more than 2,048 octets; what
would be left of it here is the socket.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator

from engine.connectors.network.dialing import SLOWEST
from engine.connectors.network.pinning import READ_TIMEOUT

CRLF, LF = b"\r\n", b"\n"
RECEIVED_AT_ONCE = 64 * 1024    # bytes
LONGEST_LINE = 64 * 1024        # bytes of a line that is held whole: a status, an entry of a list
ENDS = {    # of a body, by what ends its lines, and whether its status line ended in CRLF
    (between, strict): re.compile(between + (rb"\.\r\n" if strict else rb"\.\r?\n"))
    for between in (CRLF, LF) for strict in (True, False)
}


class LostError(Exception):
    """The connection is gone, or what comes over it makes no sense any more. A new one may do better.

    Its cause is the socket's own error, where there was one; `words` are what the server said, where it spoke.
    """

    def __init__(self, what: str, *, words: str = "") -> None:
        super().__init__(what)
        self.words = words


class Wire:
    """A connection to a POP3 server. Raises LostError, nothing else."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._held = b""            # received, and not yet taken
        self._patience = READ_TIMEOUT
        self._since, self._count = time.monotonic(), 0

    def send(self, data: bytes) -> None:
        """Sends all of it."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise LostError("nothing more can be sent") from error

    def _more(self) -> bytes:
        try:
            received = self._socket.recv(RECEIVED_AT_ONCE)
        except OSError as error:
            raise LostError("nothing more comes") from error
        if not received:
            raise LostError("the server closed the connection")
        self._count += len(received)
        seconds = time.monotonic() - self._since
        if seconds > self._patience and self._count < seconds * SLOWEST:
            raise LostError("the answer drips")
        return received

    def line(self) -> bytes:
        """The first line of an answer, with its end, which a lax server may write as a bare LF."""
        self._since, self._count = time.monotonic(), 0
        while LF not in self._held:
            if len(self._held) > LONGEST_LINE:
                raise LostError("a line without an end")
            self._held += self._more()
        line, end, self._held = self._held.partition(LF)
        return line + end

    def body(self, status: bytes) -> Iterator[bytes]:
        """What follows a status line, in pieces, without the dots that the server put before dots.

        It must be taken to its end before anything else is read. The end is a dot alone on a line. Lines end in CRLF;
        where the first one ends in a bare LF, the server passes messages on as they lie on its disk, and a bare LF
        ends a line there too. The dot's own line ends in CRLF even so, unless the status line did not.
        """
        between = self._line_end()
        end = ENDS[between, status.endswith(CRLF)]
        stuffed, plain = between + b"..", between + b"."
        data, self._held = between + self._held, b""    # so that the first line is one like all others
        ours = len(between)
        while (found := end.search(data)) is None:
            cut = _whole(data, between)
            if cut:
                yield data[:cut].replace(stuffed, plain)[ours:]
                ours, data = 0, data[cut:]
            data += self._more()
        self._held = data[found.end():]
        yield data[:found.start() + len(between)].replace(stuffed, plain)[ours:]

    def _line_end(self) -> bytes:
        """What ends the first line of the answer to come."""
        while LF not in self._held and len(self._held) <= LONGEST_LINE:
            self._held += self._more()
        first, end, _ = self._held.partition(LF)
        return LF if end and not first.endswith(b"\r") else CRLF

    def lines(self, status: bytes) -> Iterator[bytes]:
        """The same as lines without their ends."""
        rest = b""
        for piece in self.body(status):
            *whole, rest = (rest + piece).split(LF)
            if len(rest) > LONGEST_LINE:
                raise LostError("a line without an end")
            yield from (line.rstrip(b"\r") for line in whole)

    def secure(self, tls: ssl.SSLContext, host: str) -> None:
        """Encrypts from here on. What the server sent ahead of it is not believed (RFC 2595 §4)."""
        if self._held:
            raise LostError("words between STLS and encryption")
        try:
            self._socket = tls.wrap_socket(self._socket, server_hostname=host)
        except (OSError, ValueError) as error:
            raise LostError("no encryption came about") from error

    def wait_at_most(self, seconds: float) -> None:
        """How long the next packet of an answer may take, and from when on the answer must not drip."""
        self._socket.settimeout(seconds)
        self._patience = seconds

    def drop(self) -> None:
        """Closes the socket without a word."""
        self._socket.close()


def _whole(data: bytes, between: bytes) -> int:
    """How much of `data` holds no beginning of a line with a dot that has not come whole."""
    longest = len(between) + len(b".\r\n")
    start = data.find(between[:1], max(0, len(data) - longest + 1))
    return len(data) if start < 0 else start
