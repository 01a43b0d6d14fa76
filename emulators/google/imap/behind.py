"""The real IMAP server behind: it keeps each message once, in its INBOX, and answers whatever depends on the bytes.

It is signed in to with a password of its own, and written to by APPEND alone. It must know UIDPLUS (RFC 4315),
MULTIAPPEND (RFC 3502) and LITERAL+ (RFC 7888).
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from threading import Lock

from emulators.google.imap.syntax import attributes, quoted

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AT_ONCE = 100      # messages of one APPEND


@dataclass(frozen=True, slots=True)
class Backend:
    """An account on the server behind. `ca_file`: STARTTLS, with a certificate that it vouches for; None: no TLS."""

    host: str
    port: int
    login: str
    password: str = field(repr=False)
    ca_file: Path | None = None


class BackendError(Exception):
    """The server behind refused what it was asked; its words."""


class Connection:
    """One connection to the server behind, in INBOX, which it has opened read-only."""

    def __init__(self, backend: Backend, *, reads: bool = True) -> None:
        """Connect, sign in and, if the connection `reads`, open INBOX. Raises BackendError."""
        self._number = 0
        self._socket: socket.socket = socket.create_connection((backend.host, backend.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader: BufferedReader = self._socket.makefile("rb")
        self._reader.readline()
        if backend.ca_file:
            self._secure(backend, backend.ca_file)
        self.ask(b"LOGIN %b %b" % (quoted(backend.login.encode()), _literal(backend.password.encode())))
        if reads:
            self.ask(b"EXAMINE INBOX")

    def _secure(self, backend: Backend, ca_file: Path) -> None:
        self.ask(b"STARTTLS")
        self._reader.close()
        context = ssl.create_default_context(cafile=str(ca_file))
        self._socket = context.wrap_socket(self._socket, server_hostname=backend.host)
        self._reader = self._socket.makefile("rb")

    def close(self) -> None:
        """Close, without a word."""
        self._reader.close()
        self._socket.close()

    def ask(self, command: bytes) -> list[bytes]:
        """Send a command; return the untagged responses."""
        return list(self.stream(command))

    def stream(self, command: bytes) -> Iterator[bytes]:
        """Send a command and give its untagged responses one by one, literals in place, without the last CRLF."""
        tag = self.send(command)
        while True:
            response = self._response()
            if response.startswith(b"* "):
                yield response
            elif response.startswith(tag + b" "):
                if not response.startswith(tag + b" OK"):
                    raise BackendError(response[len(tag) + 1:].decode(errors="replace"))
                return

    def send(self, command: bytes) -> bytes:
        """Send a command; return its tag."""
        self._number += 1
        tag = b"p%d" % self._number
        self._socket.sendall(tag + b" " + command + b"\r\n")
        return tag

    def answer(self, tag: bytes) -> bytes:
        """Read on to the tagged answer of a command that was sent; return it. Raises BackendError for NO and BAD."""
        while not (response := self._response()).startswith(tag + b" "):
            pass
        if not response.startswith(tag + b" OK"):
            raise BackendError(response.decode(errors="replace"))
        return response

    def fetch(self, stored: Sequence[int], items: Sequence[bytes]) -> Iterator[tuple[int, dict[bytes, bytes]]]:
        """The items of those messages: their number here, and name and value of each as the server gave them."""
        wanted = frozenset(stored)
        self.ask(b"NOOP")       # what was appended since is seen from here on
        for response in self.stream(b"UID FETCH %b (UID %b)" % (_ranges(stored), b" ".join(items))):
            found = re.match(rb"\* \d+ FETCH (?=\()", response)
            if found:
                held = dict(attributes(response, found.end()))
                number = int(held.pop(b"UID", b"0"))
                if number in wanted and held:
                    yield number, held

    def search(self, criteria: bytes) -> set[int]:
        """The numbers of the messages that the server finds."""
        self.ask(b"NOOP")
        lines = self.ask(b"UID SEARCH " + criteria)
        return {int(one) for line in lines if line.startswith(b"* SEARCH") for one in line.split()[2:]}

    def _response(self) -> bytes:
        whole = b""
        while True:
            line = self._reader.readline()
            if not line:
                raise BackendError("the server behind hung up")
            whole += line
            literal = re.search(rb"\{(\d+)\}\r\n\Z", line)
            if not literal:
                return whole.removesuffix(b"\r\n")
            whole += self._reader.read(int(literal[1]))


class BackendStore:
    """The store of a mailbox: appends messages to the server behind."""

    def __init__(self, backend: Backend) -> None:
        """Connect at the first message."""
        self._backend = backend
        self._connection: Connection | None = None
        self._lock = Lock()

    def keep(self, messages: Sequence[tuple[bytes, datetime]]) -> list[int]:
        """Append messages in their order; return their UIDs, which the server told by APPENDUID."""
        with self._lock:
            self._connection = self._connection or Connection(self._backend, reads=False)
            stored = []
            for begin in range(0, len(messages), _AT_ONCE):
                stored += _append(self._connection, messages[begin:begin + _AT_ONCE])
            return stored

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection:
            self._connection.close()


def _append(connection: Connection, messages: Sequence[tuple[bytes, datetime]]) -> list[int]:
    """MULTIAPPEND (RFC 3502), which tells its UIDs as a set in the order of the messages (RFC 4315 §3)."""
    parts = [b'"%b" %b' % (moment(received), _literal(raw)) for raw, received in messages]
    answer = connection.answer(connection.send(b"APPEND INBOX " + b" ".join(parts)))
    found = re.search(rb"\[APPENDUID \d+ ([\d:,]+)\]", answer)
    stored = _numbers(found[1]) if found else []
    if len(stored) != len(messages):
        raise BackendError("the server behind does not tell where it has put what was appended")
    return stored


def _numbers(told: bytes) -> list[int]:
    spans = [[int(end) for end in part.split(b":")] for part in told.split(b",")]
    return [number for span in spans for number in range(span[0], span[-1] + 1)]


def moment(received: datetime) -> bytes:
    """A date-time of RFC 3501 §9, without the quotes."""
    text = f"{received.day:02}-{_MONTHS[received.month - 1]}-{received.year} {received:%H:%M:%S %z}"
    return text.encode()


def _literal(value: bytes) -> bytes:
    return b"{%d+}\r\n" % len(value) + value


def _ranges(numbers: Sequence[int]) -> bytes:
    """A set of RFC 3501 §9, as short as it gets."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in spans)
