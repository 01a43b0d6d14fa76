"""A POP3 server that does as RFC 1939 says, except where a test tells it to do something else."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from select import select

from tests.servers.mail_servers.accepting import Accepting, ended, serving

CUT = b"<the connection is cut here>"
SILENCE = b"<nothing more comes>"
CAPABILITIES = ("TOP", "UIDL", "USER", "RESP-CODES", "SASL PLAIN")
UNKNOWN = b"-ERR unknown command\r\n"

Answer = bytes | Sequence[bytes] | Callable[[str], bytes]


@dataclass(frozen=True)
class Kept:
    """A message of the maildrop."""

    name: str               # its UIDL
    mime: bytes
    size: int | None = None     # what LIST says, where it is not the truth


def multiline(content: bytes, status: bytes = b"+OK\r\n") -> bytes:
    """A multi-line answer as a server must write it (RFC 1939 §3)."""
    whole = content if not content or content.endswith(b"\r\n") else content + b"\r\n"
    lines = whole.split(b"\r\n")[:-1]
    return status + b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) + b".\r\n"


class ScriptedPop3(Accepting):
    """Serves `messages` to anybody.

    `answers` replace its own: by the whole command (`RETR 2`), or by its name. Pieces of an answer are sent one by
    one; an answer may end in CUT or in SILENCE. The line after AUTH is called DATA. `commands` are the lines received,
    `sent` the bytes that were answered, `ahead` how many commands had come at most before the first was answered:
    `waits` seconds are left to them.
    """

    def __init__(
        self, messages: Sequence[Kept], answers: Mapping[str, Answer], *,
        greeting: bytes = b"+OK ready <1896.697170952@dbc.example>\r\n", capabilities: Sequence[str] = CAPABILITIES,
    ) -> None:
        super().__init__()
        self.messages = list(messages)
        self.answers = dict(answers)
        self.greeting = greeting
        self.capabilities = capabilities
        self.commands: list[str] = []
        self.sent = 0               # bytes, over all connections
        self.ahead = 0
        self.waits = 0.0
        self.tls: ssl.SSLContext | None = None          # for STLS
        self.implicit: ssl.SSLContext | None = None     # from the first byte on
        self.spoil: Callable[[str, bytes], bytes] = lambda _command, answer: answer     # of the usual answers
        self._stopped = threading.Event()

    def _guarded(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            if self.implicit is not None:
                connection = self.implicit.wrap_socket(connection, server_side=True)
            self._send(connection, self.greeting)
            self._talk(connection)
        ended(connection)

    def _talk(self, connection: socket.socket) -> None:
        session = _Session(self)
        received = b""
        while True:
            while b"\n" not in received or select([connection], [], [], self.waits)[0]:
                data = connection.recv(65536)
                if not data:
                    return
                received += data
            self.ahead = max(self.ahead, received.count(b"\n"))
            line, _, received = received.partition(b"\n")
            command = line.rstrip(b"\r").decode("utf-8", "replace")
            self.commands.append(command)
            self._send(connection, self._reply(session, command))
            if command == "STLS" and self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)

    def _reply(self, session: _Session, command: str) -> bytes | Sequence[bytes]:
        verb = session.verb(command)
        answer = self.answers.get(command, self.answers.get(verb))
        if callable(answer):
            return answer(command)
        if answer is not None:
            return answer
        return self.spoil(verb, session.answer(verb, command.partition(" ")[2]))

    def _send(self, connection: socket.socket, answer: bytes | Sequence[bytes]) -> None:
        for piece in [answer] if isinstance(answer, bytes) else answer:
            said, ends, _ = piece.partition(CUT)
            said, silent, _ = said.partition(SILENCE)
            self.sent += len(said)      # before: whoever has the answer may look at the count
            connection.sendall(said)
            if silent:
                self._stopped.wait(60)
            if ends or silent:
                raise ConnectionError

    def stop(self) -> None:
        """Closes everything."""
        self._stopped.set()
        super().stop()


class _Session:
    """What one connection sees."""

    def __init__(self, server: ScriptedPop3) -> None:
        self._server = server
        self._messages = list(server.messages)
        self._is_signing_in = False

    def verb(self, command: str) -> str:
        """The command's name; DATA for the line that follows AUTH."""
        name = "DATA" if self._is_signing_in else command.partition(" ")[0].upper()
        self._is_signing_in = name == "AUTH"
        return name

    def answer(self, verb: str, arguments: str) -> bytes:
        """As RFC 1939, RFC 2449 and RFC 5034 have it."""
        method = getattr(self, f"_{verb.lower()}", None)
        return method(arguments.split()) if method is not None else UNKNOWN

    def _capa(self, _: list[str]) -> bytes:
        return multiline("".join(f"{each}\r\n" for each in self._server.capabilities).encode())

    def _stls(self, _: list[str]) -> bytes:
        return b"+OK\r\n" if self._server.tls is not None else UNKNOWN

    def _user(self, _: list[str]) -> bytes:
        return b"+OK\r\n"

    def _pass(self, _: list[str]) -> bytes:
        self._messages = list(self._server.messages)
        return b"+OK\r\n"

    def _auth(self, _: list[str]) -> bytes:
        return b"+ \r\n"

    def _data(self, _: list[str]) -> bytes:
        return b"+OK\r\n"

    def _stat(self, _: list[str]) -> bytes:
        return b"+OK %d %d\r\n" % (len(self._messages), sum(len(each.mime) for each in self._messages))

    def _list(self, _: list[str]) -> bytes:
        sizes = (len(each.mime) if each.size is None else each.size for each in self._messages)
        return multiline(b"".join(b"%d %d\r\n" % entry for entry in enumerate(sizes, start=1)))

    def _uidl(self, _: list[str]) -> bytes:
        names = (each.name.encode() for each in self._messages)
        return multiline(b"".join(b"%d %s\r\n" % entry for entry in enumerate(names, start=1)))

    def _retr(self, arguments: list[str]) -> bytes:
        number = int(arguments[0])
        if not 1 <= number <= len(self._messages):
            return b"-ERR no such message\r\n"
        return multiline(self._messages[number - 1].mime)

    def _top(self, arguments: list[str]) -> bytes:
        number, most = map(int, arguments)
        if not 1 <= number <= len(self._messages):
            return b"-ERR no such message\r\n"
        mime = self._messages[number - 1].mime
        head, empty, body = mime.partition(b"\r\n\r\n")
        lines = re.findall(rb"[^\n]*\n|[^\n]+\Z", body)
        return multiline(head + empty + b"".join(lines[:most]))


@contextmanager
def scripted_pop3(
    messages: Sequence[Kept] = (), answers: Mapping[str, Answer] | None = None, *,
    greeting: bytes = b"+OK ready <1896.697170952@dbc.example>\r\n", capabilities: Sequence[str] = CAPABILITIES,
    tls: ssl.SSLContext | None = None, implicit: ssl.SSLContext | None = None,
) -> Iterator[ScriptedPop3]:
    """A scripted server, until the context ends."""
    server = ScriptedPop3(messages, answers or {}, greeting=greeting, capabilities=capabilities)
    server.tls, server.implicit = tls, implicit
    with serving(server):
        yield server
