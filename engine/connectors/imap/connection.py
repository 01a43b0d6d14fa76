"""The socket below imapclient: to the address that was checked, under the name that was given, without a log.

imapclient and imaplib note every line they send, the password among them, and format every line they receive.
Both are switched off here; `tests/unit/imap/test_imap_connection.py` pins the private names this needs.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
import time
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from engine.connectors.imap import lines
from engine.connectors.network.dialing import SLOWEST, Deadline, connected
from engine.connectors.network.pinning import CONNECT_TIMEOUT, READ_TIMEOUT, Endpoint

LARGEST_LITERAL = 512 * 1024 * 1024     # bytes; a larger announcement is a broken server, not a message
LARGEST_ANSWER = 2 * LARGEST_LITERAL    # bytes of all its literals
LONGEST_LINE = 1_000_000                # bytes, without literals
MOST_LINES = 64 * 1024 * 1024           # bytes of one answer, without literals; we ask for a thousand messages at once
_PIECE = 64 * 1024


class NotImapError(Exception):
    """The server opened with something that is no IMAP greeting (RFC 3501 §7.1)."""

    def __init__(self, greeting: bytes) -> None:
        super().__init__("no IMAP greeting")
        self.greeting = greeting


class TooSlowError(TimeoutError):
    """An answer drips: too little of it for too long. A socket's own time-out starts anew with every byte."""


class Incoming:
    """What comes over a socket, taken in large pieces."""

    def __init__(self, source: socket.socket) -> None:
        self.source = source
        self._buffer, self._at = b"", 0
        self.begin()

    def begin(self) -> None:
        """A new answer is waited for."""
        self._since, self._count, self.in_lines = time.monotonic(), 0, 0

    def line(self, most: int, patience: float) -> bytes:
        """Up to the next line feed, at most that many bytes; less at the end of the connection."""
        while (end := self._buffer.find(b"\n", self._at)) < 0 and len(self._buffer) - self._at <= most:
            piece = self._receive(patience)
            if not piece:
                break
            self._buffer, self._at = self._buffer[self._at:] + piece, 0
        start, self._at = self._at, end + 1 if end >= 0 else len(self._buffer)
        self.in_lines += self._at - start
        return self._buffer[start:self._at]

    def exactly(self, size: int, patience: float) -> bytes:
        """That many bytes; less at the end of the connection."""
        start, self._at = self._at, min(self._at + size, len(self._buffer))
        pieces = [self._buffer[start:self._at]]
        left = size - len(pieces[0])
        while left and (piece := self._receive(patience)):
            if len(piece) > left:
                self._buffer, self._at = piece, left
                piece = piece[:left]
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _receive(self, patience: float) -> bytes:
        piece = self.source.recv(_PIECE)
        self._count += len(piece)
        seconds = time.monotonic() - self._since
        if piece and seconds > patience:
            if self._count < seconds * SLOWEST:
                raise TooSlowError
            self._since, self._count = time.monotonic(), 0      # what came fast does not make up for what drips now
        return piece


class PinnedIMAP4(imaplib.IMAP4):
    """imaplib's connection, made to `endpoint.address` and verified as `endpoint.host`. Keeps no log."""

    def __init__(self, endpoint: Endpoint, tls: ssl.SSLContext | None, deadline: Deadline) -> None:
        self._endpoint = endpoint
        self._tls = tls
        self._deadline = deadline
        self._greeted = False
        self._incoming: Incoming | None = None
        self._ahead = b""               # a line that was read and not yet taken
        self.most_held = LARGEST_ANSWER     # bytes of the literals of one answer
        self._held = 0
        self.was_too_much = False
        self._ended_with: Any = (None, None)
        self._in_fetch = self._has_names = self._behind_literal = self._may_be_closed = False
        self.patience = READ_TIMEOUT
        super().__init__(endpoint.host, endpoint.port, CONNECT_TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return connected(self._endpoint, self._tls, self._deadline)

    def readline(self) -> bytes:
        """One line, as it comes."""
        coming = self._coming()
        line, self._ahead = self._ahead or coming.line(LONGEST_LINE, self.patience), b""
        if len(line) > LONGEST_LINE or coming.in_lines > MOST_LINES:
            raise self.abort("an answer too long to be true")
        return line

    def _get_line(self) -> bytes:
        """One line without its end, mended; in the place of imaplib's own. The first must be an IMAP greeting."""
        if self._behind_literal:
            self._behind_literal = False
            return self._later() if self._in_fetch else self._ended().rstrip(b"\r\n")
        while True:
            line = lines.opening(self._ended())
            if line.startswith(b"* ") or (line and not self._is_answered(line)):
                break
        if not self._greeted:
            if not line.startswith(b"* "):
                raise NotImapError(line[:200])
            self._greeted = True
        self._in_fetch = b" FETCH " in line[:32]
        self._has_names = self._in_fetch and lines.holds_names(line)
        return line

    def _ended(self) -> bytes:
        line = self.readline()
        if not line.endswith(b"\n"):
            raise self.abort("socket error: unterminated line" if line else "socket error: EOF")
        return line

    def _later(self) -> bytes:
        """What stands behind a literal of a FETCH response: not in the same line at some servers, or nothing at all.

        Where the literal itself ends in a parenthesis, that one may be the missing end: it was announced too long.
        """
        line = self._ended()
        if not line.strip():
            line = self._ended()
            if lines.begins(line):
                self._ahead = line
                return b")" if self._may_be_closed else b""
        return lines.later(line, as_it_is=self._has_names)

    def _is_answered(self, line: bytes) -> bool:
        """True: this is the end of a command that has ended before: some servers say it twice."""
        tag = line.partition(b" ")[0]
        return tag.startswith(getattr(self, "tagpre", b"*") or b"*") and tag != b"*" and tag not in self.tagged_commands

    def read(self, size: int) -> bytes:
        """A literal of `size` bytes."""
        if size > LARGEST_LITERAL:
            raise self.abort("a literal too large to be true")
        self._held += size
        if self._held > self.most_held:
            self.was_too_much = True
            raise self.abort("more than was announced")
        self._behind_literal = True
        literal = self._coming().exactly(size, self.patience)
        self._may_be_closed = not literal.endswith(b")")
        return literal

    def _get_capabilities(self) -> None:
        """What the server offers before the sign-in. One that does not say offers the least that IMAP is."""
        try:
            self._simple_command("CAPABILITY")
        except self.abort:
            raise
        except self.error:
            self.untagged_responses.pop("CAPABILITY", None)
        told: Any = self.untagged_responses.pop("CAPABILITY", None) or [b""]
        names = told[-1].decode("ascii", "ignore").upper().split()
        self.capabilities = tuple(names) if "IMAP4REV1" in names or "IMAP4" in names else (*names, "IMAP4REV1")

    def _get_tagged_response(self, tag: bytes, expect_bye: bool = False) -> Any:  # noqa: FBT001, FBT002 - imaplib's
        self._ended_with = super()._get_tagged_response(tag, expect_bye)        # type: ignore[misc]  # typeshed lacks it
        return self._ended_with

    def _command_complete(self, name: str, tag: bytes) -> Any:
        """As imaplib's; a BAD carries the server's own words, where imaplib's shows Python in a sentence."""
        try:
            return super()._command_complete(name, tag)     # type: ignore[misc]  # typeshed lacks it
        except self.abort:
            raise
        except self.error:
            words = (self._ended_with[1] or [b""])[-1]
        raise self.error(words.decode("utf-8", "replace"))

    def send(self, data: Any) -> None:
        """Sends; what comes next is the answer."""
        self._held = 0
        self._coming().begin()
        super().send(data)

    def _coming(self) -> Incoming:
        """What comes over the socket of now: nothing that came before TLS began is taken for an answer."""
        if self._incoming is None or self._incoming.source is not self.sock:
            self._incoming = Incoming(self.sock)
        return self._incoming

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
        """True: the server has this capability, in the state it is in."""
        return capability in self.offered()

    def offered(self) -> frozenset[str]:
        """All that the server offers, in capitals."""
        told = self._imap.untagged_responses
        if self.state != "NONAUTH" and not self._cached_capabilities and "CAPABILITY" not in told:
            kind, data = self._imap._simple_command("CAPABILITY")
            if kind != "OK":
                raise imaplib.IMAP4.error(data[-1].decode("utf-8", "replace"))
            told.setdefault("CAPABILITY", [b"IMAP4rev1"])
        names: tuple[bytes, ...] = self.capabilities()     # type: ignore[no-untyped-call]  # imapclient's
        return frozenset(name.decode("ascii", "replace") for name in names)

    def wait_at_most(self, seconds: float) -> None:
        """How long the next packet of an answer may take, and from when on the answer must not drip."""
        self._imap.sock.settimeout(seconds)
        self._imap.patience = seconds

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
