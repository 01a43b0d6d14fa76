"""Odd lines of POP3 servers: each has one clear meaning, and is understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from engine.account import Account, Kind, Transport
from engine.connectors.network import Network
from engine.connectors.pop3 import Pop3Source
from engine.connectors.pop3.reader import INBOX
from tests.servers.scripted_pop3 import Kept, ScriptedPop3, scripted_pop3

MESSAGES = [
    Kept(f"name-{n}", b"Subject: %d\r\nMessage-ID: <%d@example.net>\r\n\r\na line\r\n..two\r\nend %d\r\n" % (n, n, n))
    for n in (1, 2, 3)
]
GREETING = b"+OK ready\r\n"
STATUS = rb"\A\+OK"


@dataclass(frozen=True)
class Odd:
    """The right answers to some commands, changed by a regular expression."""

    name: str
    commands: str
    pattern: bytes
    instead: bytes | Callable[[re.Match[bytes]], bytes]

    def said(self, command: str, usual: bytes) -> bytes:
        """What is said in the place of the usual answer."""
        verb = command.partition(" ")[0].upper()
        told = self.commands == "ALL" or verb in self.commands.split()
        return re.sub(self.pattern, self.instead, usual) if told else usual


ODD = [
    Odd("a blank before the status", "ALL", STATUS, b" +OK"),
    Odd("blank lines before the status", "ALL", STATUS, b"\r\n+OK"),
    Odd("small letters", "ALL", STATUS, b"+ok"),
    Odd("no blank behind the status", "STAT", rb"\+OK ", b"+OK"),
    Odd("a blank between plus and OK", "ALL", STATUS, b"+ OK"),
    Odd("a byte order mark before the greeting", "GREETING", STATUS, b"\xef\xbb\xbf+OK"),
    Odd("Latin 1 in texts", "GREETING STAT PASS USER", rb"\r\n", b" pr\xeat\r\n"),
    Odd("NUL at the end of a line", "LIST UIDL", rb"(?m)(?<=\d)\r\n", b"\0\r\n"),
    Odd("tabs and two blanks in lists", "LIST UIDL", rb"(?m)^(\d+) ", rb" \1" + b" \t "),
    Odd("zeros before numbers", "LIST UIDL", rb"(?m)^(\d+) ", rb"000\1 "),
    Odd("a colon or a point behind numbers", "LIST UIDL", rb"(?m)^(\d+) ", rb"\1: "),
    Odd("words behind sizes", "LIST", rb"(?m)(?<=\d)\r\n", b" octets new\r\n"),
    Odd("commas within sizes", "LIST", rb"(?m)^(\d+) (\d+)", rb"\1 0,0\2"),
    Odd("signs before numbers", "LIST STAT", rb"(\d+) (\d+)", rb"\1 +\2"),
    Odd("names in angle brackets and quotes", "UIDL", rb"name-(\d)", rb'"<name-\1>"'),
    Odd("a message that is listed twice", "LIST UIDL", rb"(?m)^(1 .*\r\n)", rb"\1\1"),
    Odd("lists in another order", "LIST UIDL", rb"(?s)(\r\n)(1 .*?\r\n)(.*)(?=\.\r\n\Z)", rb"\1\3\2"),
    Odd("a line for a message 0", "LIST UIDL", rb"\A(\+OK.*\r\n)", rb"\g<1>" + b"0 0\r\n"),
    Odd("numbers in angle brackets", "LIST", rb"(?m)^(\d+) (\d+)", rb"<\1> <\2>"),
    Odd("small words and tabs in CAPA", "CAPA", rb"TOP|UIDL|SASL PLAIN",
        lambda found: found[0].lower().replace(b" ", b"\t")),
]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedPop3]:
    """One server for all cases."""
    with scripted_pop3(MESSAGES) as running:
        yield running


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_odd_lines_are_understood(server: ScriptedPop3, odd: Odd) -> None:
    """All messages are listed with their keys, and arrive byte for byte."""
    server.greeting = odd.said("GREETING", GREETING)
    server.spoil = odd.said
    account = Account(Kind.POP3, "claire", "localhost", server.port, Transport.PLAINTEXT)
    reader = Pop3Source(account, "secret", Network(trusts_person=True), waits=(0.0, 0.0), answer_time=1.0).connect()
    listed = list(reader.listing(INBOX))
    read = {message.uid: message.mime for message in reader.read(INBOX, [message.uid for message in listed])}
    reader.close()

    assert len(listed) == len(MESSAGES)
    assert all(message.key for message in listed)
    assert sorted(read.values()) == [kept.mime for kept in MESSAGES]
