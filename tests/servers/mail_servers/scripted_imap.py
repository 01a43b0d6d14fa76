"""A server that says what a test tells it to: for the answers that no real server here gives."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import BinaryIO

from tests.servers.mail_servers.accepting import Accepting, ended, serving

Answer = bytes | Callable[["ScriptedImap", str], bytes]

CAPABILITIES = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"


class ScriptedImap(Accepting):
    """Greets, and answers each command by its name (`UID FETCH` is one).

    An answer is the untagged lines, with CRLF; the tagged OK follows by itself, unless a line in the answer begins
    with `TAG `, which becomes the command's tag. An answer of b"CUT" closes the connection. Unknown commands are
    answered with BAD. `commands` are the lines received, literals and continuations with them.
    """

    def __init__(self, answers: Mapping[str, Answer], *, greeting: bytes = b"* OK ready\r\n") -> None:
        super().__init__()
        self.answers: dict[str, Answer] = {
            "CAPABILITY": CAPABILITIES, "LOGIN": b"", "AUTHENTICATE": b"", "LOGOUT": b"* BYE\r\n", **answers,
        }
        self.greeting = greeting
        self.commands: list[str] = []
        self.tls: ssl.SSLContext | None = None

    def _guarded(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            connection.sendall(self.greeting)
            with connection.makefile("rb") as incoming:
                self._talk(connection, incoming)
        ended(connection)

    def _talk(self, connection: socket.socket, incoming: BinaryIO) -> None:
        while line := incoming.readline():
            command = line.rstrip(b"\r\n")
            while found := re.search(rb"\{(\d+)\}$", command):
                connection.sendall(b"+ go on\r\n")
                command += b"\r\n" + incoming.read(int(found[1])) + incoming.readline().rstrip(b"\r\n")
            tag, _, rest = command.partition(b" ")
            if rest.upper().startswith(b"AUTHENTICATE "):
                connection.sendall(b"+ \r\n")
                rest += b" " + incoming.readline().rstrip(b"\r\n")
            text = rest.decode("utf-8", "replace")
            self.commands.append(text)
            reply = self._reply(text)
            if reply == b"CUT":
                return
            if not re.search(rb"^TAG ", reply, re.MULTILINE):
                reply += b"TAG OK done\r\n"
            connection.sendall(re.sub(rb"^TAG ", lambda _, tag=tag: tag + b" ", reply, flags=re.MULTILINE))

    def _reply(self, text: str) -> bytes:
        words = text.split() or [""]
        name = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
        answer = self.answers.get(name, b"TAG BAD unknown\r\n")
        return answer(self, text) if callable(answer) else answer


@contextmanager
def scripted_imap(
    answers: Mapping[str, Answer] | None = None,
    *,
    greeting: bytes = b"* OK ready\r\n",
    tls: ssl.SSLContext | None = None,
) -> Iterator[ScriptedImap]:
    """A scripted server, until the context ends."""
    server = ScriptedImap(answers or {}, greeting=greeting)
    server.tls = tls
    with serving(server):
        yield server
