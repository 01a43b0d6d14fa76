"""An IMAP server with real folders that answers as it should, until a test has it misbehave.

It speaks what reading a mailbox takes (RFC 3501): LOGIN, LIST, STATUS, EXAMINE, FETCH, UID FETCH, NOOP, LOGOUT. A test
sets `answer` to say something else to some of the commands, `pace` to have answers drip, or `most_connections`.
"""

from __future__ import annotations

import re
import select
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from tests.servers.mail_servers.accepting import Accepting, ended, serving

CUT = b"\0CUT"      # at the end of an answer: the connection is closed after it
HANG = b"\0HANG"    # at the end of an answer: nothing more is said, and the connection stays open
DONE = b"TAG OK done\r\n"

_LITERAL = re.compile(rb"\{(\d+)\}$")
_ITEM = re.compile(r"BODY\.PEEK\[([^\]]*)\](?:<(\d+)\.(\d+)>)?|[A-Z0-9.]+", re.IGNORECASE)
_NAME = re.compile(rb'EXAMINE (?:"((?:[^"\\]|\\.)*)"|\{\d+\}\r\n(.*)|(\S+))', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Held:
    """A message of the server."""

    uid: int
    mime: bytes
    date: datetime = datetime(2020, 5, 17, 8, 30, tzinfo=UTC)
    flags: str = "\\Seen"

    @property
    def header(self) -> bytes:
        """The header block with the empty line behind it."""
        head, end, _ = self.mime.partition(b"\r\n\r\n")
        return head + end


class Folder:
    """Messages in the order of their UIDs."""

    def __init__(self, messages: Iterable[Held] = (), *, validity: int = 7) -> None:
        self.messages: Sequence[Held] = list(messages)
        self.validity = validity

    def __len__(self) -> int:
        return len(self.messages)

    @property
    def next_uid(self) -> int:
        """Greater than every UID."""
        return self.messages[-1].uid + 1 if self.messages else 1

    def chosen(self, ranges: Sequence[tuple[int, int]], *, by_uid: bool) -> Iterator[tuple[int, Held]]:
        """The messages that a sequence set names, with their numbers."""
        for number, held in enumerate(self.messages, start=1):
            if any(first <= (held.uid if by_uid else number) <= last for first, last in ranges):
                yield number, held


class Many(Folder):
    """So many messages that each is made when it is asked for, by its number from 1."""

    def __init__(self, count: int, make: Callable[[int], bytes]) -> None:
        super().__init__()
        self._count = count
        self._make = make

    def __len__(self) -> int:
        return self._count

    @property
    def next_uid(self) -> int:
        """Numbers are UIDs."""
        return self._count + 1

    def chosen(self, ranges: Sequence[tuple[int, int]], *, by_uid: bool) -> Iterator[tuple[int, Held]]:
        """Nothing is searched through."""
        for first, last in ranges:
            for number in range(first, min(last, self._count) + 1):
                yield number, Held(number, self._make(number))


def letters(count: int, *, first: int = 1, size: int = 300, name: str = "letter") -> Iterator[Held]:
    """Plain messages, told apart by their subjects: `letter 1`, `letter 2`, …"""
    for number in range(1, count + 1):
        head = (
            f"From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nSubject: {name} {number}\r\n"
            f"Date: Sun, 17 May 2020 08:29:00 +0000\r\nMessage-ID: <{name}.{number}@example.net>\r\n\r\n"
        ).encode()
        yield Held(first + number - 1, head + b"x" * max(0, size - len(head)))


@dataclass(slots=True)
class Call:
    """One command, and what the server would say to it. `nth` counts the commands of its name, from 1."""

    server: HardImap
    connection: int
    name: str
    text: str
    nth: int
    folder: Folder | None

    def usual(self) -> bytes:
        """The right answer, whole."""
        return self.server.usual(self)

    def uids(self) -> list[int]:
        """The messages that a UID FETCH asks for."""
        assert self.folder is not None
        return [held.uid for _, held in self.folder.chosen(_ranges(self.text.split()[2]), by_uid=True)]

    @property
    def is_body(self) -> bool:
        """Whether it asks for whole messages, or pieces of them."""
        return self.name == "UID FETCH" and "BODY.PEEK[]" in self.text


Answer = Callable[[Call], bytes | None]


@dataclass
class HardImap(Accepting):
    """A server for one mailbox, without TLS.

    `answer` returns what is said instead of the usual, None for the usual. In an answer a line that begins with `TAG `
    gets the command's tag. `pace` is in bytes a second, 0 for all at once. `spoil` may change the response about one
    message. `greeting` is what comes first. `TAG` and `tag` between two NULs, anywhere in an answer, are the command's
    tag, the latter in small letters. A connection beyond `most_connections` is refused with `crowded`, at its greeting
    if that begins with `*`, else at its LOGIN.
    """

    folders: dict[bytes, Folder]
    answer: Answer = lambda _call: None
    spoil: Callable[[Held, bytes], bytes] = lambda _held, response: response
    listed: bytes = b""             # what LIST says, instead of the folders
    greeting: bytes = b"* OK ready\r\n"
    pace: float = 0
    most_connections: int = 1000
    crowded: bytes = b"TAG NO [LIMIT] Too many simultaneous connections.\r\n"
    commands: list[str] = field(default_factory=list)
    most_open: int = 0
    given: int = 0                  # messages that were given out, whole

    def __post_init__(self) -> None:
        super().__init__()
        self._counts: dict[str, int] = {}
        self._talked_to = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._taken: dict[int, socket.socket] = {}      # by the number of the connection

    def mend(self) -> None:
        """From now on it answers as it should."""
        self.answer, self.spoil = lambda _call: None, lambda _held, response: response
        self.listed, self.pace, self.most_connections = b"", 0, 1000

    def cut(self, chosen: Callable[[int], bool]) -> None:
        """Ends those connections, chosen by their numbers from 1, in the middle."""
        with self._lock:
            ended = [connection for number, connection in self._taken.items() if chosen(number)]
            self._taken = {number: held for number, held in self._taken.items() if held not in ended}
        for connection in ended:
            connection.shutdown(socket.SHUT_RDWR)

    # Talking

    def _guarded(self, connection: socket.socket) -> None:
        with self._lock:
            self._talked_to += 1
            number, others = self._talked_to, sum(map(_is_open, self._taken.values()))
            crowd = others >= self.most_connections
            if not crowd:
                self._taken[number] = connection
                self.most_open = max(self.most_open, others + 1)
        try:
            with suppress(OSError, ValueError), connection.makefile("rb") as incoming:
                self._talk(connection, incoming, number, crowd=crowd)
        finally:
            with self._lock:
                self._taken.pop(number, None)
            ended(connection)

    def _talk(self, connection: socket.socket, incoming: BinaryIO, number: int, *, crowd: bool) -> None:
        if crowd and self.crowded.startswith(b"*"):
            connection.sendall(self.crowded)
            return
        connection.sendall(self.greeting)
        folder: Folder | None = None
        while line := incoming.readline():
            tag, text = self._command(connection, incoming, line)
            name = _name(text)
            with self._lock:
                self.commands.append(text)
                self._counts[name] = self._counts.get(name, 0) + 1
                call = Call(self, number, name, text, self._counts[name], folder)
            if name == "EXAMINE":
                folder = self._opened(text)
                call.folder = folder
            said = self.crowded if crowd and name == "LOGIN" else self.answer(call)
            reply = call.usual() if said is None else said
            if not self._send(connection, tag, reply) or name == "LOGOUT":
                return

    @staticmethod
    def _command(connection: socket.socket, incoming: BinaryIO, line: bytes) -> tuple[bytes, str]:
        """A command with its literals."""
        command = line.rstrip(b"\r\n")
        while found := _LITERAL.search(command):
            connection.sendall(b"+ go on\r\n")
            command += b"\r\n" + incoming.read(int(found[1])) + incoming.readline().rstrip(b"\r\n")
        tag, _, rest = command.partition(b" ")
        return tag, rest.decode("latin-1")

    def _send(self, connection: socket.socket, tag: bytes, reply: bytes) -> bool:
        """Says it; False when the connection is to be closed."""
        cut, hang = reply.endswith(CUT), reply.endswith(HANG)
        data = re.sub(rb"(?m)^([ \t]*)TAG\b", lambda found: found[1] + tag, reply.removesuffix(CUT).removesuffix(HANG))
        data = data.replace(b"\0TAG\0", tag).replace(b"\0tag\0", tag.lower())
        if pace := self.pace:
            for start in range(len(data)):
                connection.sendall(data[start:start + 1])
                self._over.wait(1 / pace)
        else:
            connection.sendall(data)
        if hang:
            self._over.wait(60)
        return not cut

    # What it says

    def usual(self, call: Call) -> bytes:
        """The right answer to a command."""
        if call.name in ("FETCH", "UID FETCH"):
            return self._fetched(call) + DONE
        answers: Mapping[str, Callable[[], bytes]] = {
            "CAPABILITY": lambda: b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + DONE,
            "LOGIN": lambda: DONE,
            "LIST": lambda: (self.listed or self._rows()) + DONE,
            "STATUS": lambda: b"* STATUS x (MESSAGES 0)\r\n" + DONE,
            "EXAMINE": lambda: self._examined(call.folder),
            "NOOP": lambda: DONE,
            "LOGOUT": lambda: b"* BYE bye\r\n" + DONE,
        }
        return answers.get(call.name, lambda: b"TAG BAD unknown\r\n")()

    def _rows(self) -> bytes:
        return b"".join(b'* LIST () "/" "%b"\r\n' % name for name in self.folders)

    def _opened(self, text: str) -> Folder | None:
        found = _NAME.match(text.encode("latin-1"))
        assert found is not None
        name = next(part for part in found.groups() if part is not None)
        return self.folders.get(re.sub(rb"\\(.)", rb"\1", name))

    @staticmethod
    def _examined(folder: Folder | None) -> bytes:
        if folder is None:
            return b"TAG NO [NONEXISTENT] there is no such mailbox\r\n"
        return (
            b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n* OK [UIDNEXT %d] ok\r\nTAG OK [READ-ONLY] done\r\n"
            % (len(folder), folder.validity, folder.next_uid)
        )

    def _fetched(self, call: Call) -> bytes:
        by_uid = call.name == "UID FETCH"
        chosen, items = call.text.split(" ", 3 if by_uid else 2)[-2:]
        wanted = list(_ITEM.finditer(items))
        assert call.folder is not None, "nothing is open"
        said = [
            self.spoil(held, b"* %d FETCH (%b)\r\n" % (number, b" ".join(_said(held, item) for item in wanted)))
            for number, held in call.folder.chosen(_ranges(chosen), by_uid=by_uid)
        ]
        if call.is_body:
            with self._lock:
                self.given += len(said)
        return b"".join(said)

    def stop(self) -> None:
        """Closes everything."""
        self._over.set()
        super().stop()


def _is_open(connection: socket.socket) -> bool:
    """Whether the client still holds it, which its own thread may learn later."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return not poll.poll(0)


def _name(text: str) -> str:
    words = text.upper().split()
    return " ".join(words[:2]) if words[:1] == ["UID"] else (words or [""])[0]


def _ranges(chosen: str) -> list[tuple[int, int]]:
    ranges = []
    for part in chosen.split(","):
        first, _, last = part.partition(":")
        ranges.append((int(first), int(last or first)))
    return ranges


def _said(held: Held, item: re.Match[str]) -> bytes:
    """One item of a FETCH response."""
    name = item[0].upper()
    if name == "UID":
        return b"UID %d" % held.uid
    if name == "FLAGS":
        return b"FLAGS (%b)" % held.flags.encode()
    if name == "INTERNALDATE":
        return b'INTERNALDATE "%b"' % held.date.strftime("%d-%b-%Y %H:%M:%S %z").encode()
    if name == "RFC822.SIZE":
        return b"RFC822.SIZE %d" % len(held.mime)
    section, start, length = item[1].upper(), item[2], item[3]
    data = held.mime if not section else _header(held, section)
    if start is None:
        return b"BODY[%b] {%d}\r\n%b" % (section.encode(), len(data), data)
    piece = data[int(start):int(start) + int(length)]
    return b"BODY[%b]<%b> {%d}\r\n%b" % (section.encode(), start.encode(), len(piece), piece)


def _header(held: Held, section: str) -> bytes:
    if section == "HEADER":
        return held.header
    names = "|".join(re.escape(name) for name in section.partition("(")[2].rstrip(")").split())
    fields = re.findall(rb"(?im)^(?:%b)[ \t]*:.*(?:\r\n[ \t].*)*\r\n" % names.encode(), held.header)
    return b"".join(fields) + b"\r\n"


@contextmanager
def hard_imap(folders: Mapping[bytes, Folder] | Sequence[Held]) -> Iterator[HardImap]:
    """A server with those folders, or with those messages in its INBOX, until the context ends."""
    server = HardImap(dict(folders) if isinstance(folders, Mapping) else {b"INBOX": Folder(folders)})
    with serving(server):
        yield server
