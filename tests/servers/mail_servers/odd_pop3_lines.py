"""Lines as POP3 servers send them, not as RFC 1939 has them: each has one clear meaning, and must be understood.

A case changes the right answers to some commands by a regular expression. `GREETING` is a command here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers.mail_servers.scripted_pop3 import Kept, ScriptedPop3

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


def speaks(server: ScriptedPop3, odd: Odd) -> list[str]:
    """From now on every connection hears it. Returns the commands that were answered oddly, as they come."""
    spoken: list[str] = []

    def said(command: str, usual: bytes) -> bytes:
        answer = odd.said(command, usual)
        if answer != usual:
            spoken.append(command)
        return answer

    server.greeting = said("GREETING", GREETING)
    server.spoil = said
    return spoken
