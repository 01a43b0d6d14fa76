"""One connection to a POP3 server, and the few commands that reading a maildrop takes.

Nothing here can change a maildrop: there is no DELE, and a session ends without QUIT, which is what makes a server act
on it (RFC 1939 §6: a session that ends otherwise must leave everything as it was). Messages are read by TOP, for many
servers mark what was taken by RETR as read; Dovecot does, whichever way the session ends.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.connectors.network.reaching import clean
from engine.connectors.pop3 import lines
from engine.connectors.pop3.failures import is_passing
from engine.connectors.pop3.wire import CRLF, LostError, Wire

AHEAD = 50                  # commands under way at once, where the server takes them so (RFC 2449 §6.6)
ALL_LINES = 99_999_999      # of a message's body: every one, and a number that every server can read

Answer = Iterator[bytes]


class DeclinedError(Exception):
    """The server answered -ERR; `words` are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class OutOfStepError(LostError):
    """What should be an answer's first line is none: the answer before it had not ended where it seemed to end."""


class Session:
    """A conversation with a server. Raises LostError, and DeclinedError for an -ERR."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.capabilities: Mapping[str, tuple[str, ...]] = {}
        self.has_top = True         # until it shows that it has not

    def status(self) -> bytes:
        """The next status line."""
        line = lines.status(self.wire.line())
        while lines.says_nothing(line):
            line = lines.status(self.wire.line())
        if line[:3] == b"+OK":
            return line
        if line[:4] == b"-ERR":
            raise DeclinedError(clean(line[4:].decode("utf-8", "replace")))
        raise OutOfStepError("no status line")

    def command(self, command: bytes) -> bytes:
        """The status line that answers a command."""
        self.wire.send(command + CRLF)
        return self.status()

    def lines(self, command: bytes) -> list[bytes]:
        """The lines that answer a command."""
        return list(self.wire.lines(self.command(command)))

    def each(self, commands: Sequence[bytes]) -> Iterator[Answer | DeclinedError]:
        """The answers to those commands, in order. Each must be taken to its end before the next."""
        ahead = AHEAD if "PIPELINING" in self.capabilities else 1
        for start in range(0, len(commands), ahead):
            part = commands[start:start + ahead]
            self.wire.send(b"".join(command + CRLF for command in part))
            for _ in part:
                yield self._answer()

    def _answer(self) -> Answer | DeclinedError:
        try:
            status = self.status()
        except DeclinedError as declined:
            return declined
        return self.wire.body(status)

    def look_around(self) -> None:
        """Asks what the server can do (RFC 2449 §5). One that does not know the question can do nothing special."""
        try:
            answer = self.lines(b"CAPA")
        except DeclinedError:
            answer = []
        words = (line.decode("ascii", "replace").upper().split() for line in answer)
        self.capabilities = {word[0]: tuple(word[1:]) for word in words if word}
        self.has_top = "TOP" in self.capabilities or not self.capabilities

    def secure(self, tls: ssl.SSLContext, host: str) -> None:
        """STLS (RFC 2595 §4). What was said before is forgotten."""
        self.command(b"STLS")
        self.wire.secure(tls, host)
        self.capabilities = {}

    def count(self) -> int | None:
        """How many messages there are; None where the server does not say."""
        try:
            fields = self.command(b"STAT").split()
        except DeclinedError:
            return None
        return lines.number(fields[1]) if len(fields) > 1 else None

    def sizes(self) -> dict[int, int]:
        """Each message's number and size in bytes, as the server counts it; 0 where that cannot be read."""
        return {number: lines.number(*rest.split()[:1]) or 0 for number, rest in _entries(self.lines(b"LIST"))}

    def names(self) -> dict[int, bytes]:
        """Each message's number and the server's lasting name for it (UIDL); nothing where it knows no names.

        A server that knows them and keeps them to itself for the moment raises DeclinedError: without its name, every
        message would be another one.
        """
        try:
            answer = self.lines(b"UIDL")
        except DeclinedError as declined:
            if "UIDL" in self.capabilities or is_passing(declined.words):
                raise
            return {}
        return {number: rest.strip() for number, rest in _entries(answer) if rest.strip()}

    def headers(self, numbers: Sequence[int]) -> Iterator[Answer | DeclinedError]:
        """The headers of those messages, and as little else as the server can do."""
        for answer in self.each([b"TOP %d 0" % number for number in numbers]):
            self._note(answer)
            yield answer

    def peeks(self, numbers: Sequence[int]) -> Iterator[Answer | DeclinedError]:
        """Those messages whole, as far as the server's TOP can be trusted, and without a mark on them."""
        for answer in self.each([b"TOP %d %d" % (number, ALL_LINES) for number in numbers]):
            self._note(answer)
            yield answer

    def retrieve(self, numbers: Sequence[int]) -> Iterator[Answer | DeclinedError]:
        """Those messages whole."""
        return self.each([b"RETR %d" % number for number in numbers])

    def keep_step(self) -> None:
        """Makes sure that the last answer ended where it seemed to. Raises OutOfStepError."""
        try:
            self.command(b"NOOP")
        except DeclinedError:
            return

    def _note(self, answer: Answer | DeclinedError) -> None:
        if isinstance(answer, DeclinedError) and "TOP" not in self.capabilities:
            self.has_top = False

    def drop(self) -> None:
        """Ends it, without the QUIT that a server would act on."""
        self.wire.drop()


def _entries(answer: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Message numbers with what a list says of them. What is no entry is left out."""
    return (each for each in map(lines.entry, answer) if each is not None)
