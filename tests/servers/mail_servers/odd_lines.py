"""Lines as IMAP servers send them, not as RFC 3501 §9 has them: each has one clear meaning, and must be understood.

A case changes the right answers to some commands by a regular expression. Those at `FETCH` and `EXAMINE` may be told
for one folder alone; the others are about a whole connection. `GREETING` is a command here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers.mail_servers.hard_imap import Call, HardImap, Held

HEADER = b"Subject: odd %d\r\nMessage-ID: <%d.%b@example.net>\r\nDate: Sun, 17 May 2020 08:29:00 +0000\r\n\r\n"
TAGGED = rb"(?m)^TAG OK done"
RESPONSE = rb"\* (\d+) FETCH \("


@dataclass(frozen=True)
class Odd:
    """One odd way of saying a thing."""

    kind: str
    name: str
    commands: str
    pattern: bytes
    instead: bytes | Callable[[re.Match[bytes]], bytes]

    @property
    def in_folder(self) -> bool:
        """Whether it is about answers within an open folder."""
        return set(self.commands.split()) <= {"FETCH", "EXAMINE"}

    def said(self, command: str, usual: bytes) -> bytes:
        """What is said in the place of the usual answer."""
        told = {"UID FETCH": "FETCH"}.get(command, command)
        if told not in self.commands.split() and self.commands != "ALL":
            return usual
        return re.sub(self.pattern, self.instead, usual)


def lower(found: re.Match[bytes]) -> bytes:
    return found[0].lower()


W, C, M, X, Q, N, R, E = (
    "white space", "case", "missing parts", "extra parts", "quoting and literals", "numbers", "order", "encoding",
)
SIZE = rb"RFC822\.SIZE (\d+)"
DATE = rb'INTERNALDATE "([^"]*)"'
FLAGS = rb"FLAGS \(([^)]*)\)"
BODY = rb"(BODY\[[^\]]*\]) \{(\d+)\}"

ODD = [
    Odd(W, "a line end between literal and parenthesis", "FETCH", rb"(?m)\)\r\n(?=\* |TAG )", b"\r\n)\r\n"),
    Odd(W, "lines that end in LF alone", "LIST EXAMINE LOGIN", rb"\r\n", b"\n"),
    Odd(W, "lines that end in CR CR LF", "LIST EXAMINE LOGIN", rb"\r\n", b"\r\r\n"),
    Odd(W, "two blanks and tabs between words", "FETCH", RESPONSE + rb"UID (\d+) ", rb"*  \1\tFETCH  ( UID\t \2   "),
    Odd(W, "a blank behind the announcement of a literal", "FETCH", BODY, rb"\1 {\2} "),
    Odd(W, "blank lines between answers", "ALL", rb"(?m)^(?=\* |TAG )", b"\r\n"),
    Odd(W, "blanks at the beginning of lines", "ALL", rb"(?m)^(?=\* |TAG )", b"  "),
    Odd(W, "blanks inside all parentheses", "FETCH", FLAGS, rb"FLAGS ( \1 ) "),
    Odd(W, "a blank at the end of a response", "FETCH", rb"(?m)\)\r\n(?=\* |TAG )", b") \r\n"),
    Odd(C, "small letters", "FETCH", rb"FETCH \((?:[A-Z0-9. ()\\]|Seen|Flagged)*", lower),
    Odd(C, "small words in EXAMINE", "EXAMINE", rb"EXISTS|UIDVALIDITY|UIDNEXT|OK", lower),
    Odd(C, "a tag in small letters", "ALL", rb"(?m)^TAG ", b"\0tag\0 "),
    Odd(C, "Ok for OK", "ALL", rb"(?m)^TAG OK", b"TAG Ok"),
    Odd(C, "months in capitals, flags in small letters", "FETCH", rb"-May-|\\Seen|\\Flagged",
        lambda found: found[0].upper() if found[0] == b"-May-" else found[0].lower()),
    Odd(C, "small words in LIST and CAPABILITY", "LIST CAPABILITY", rb"LIST|CAPABILITY \S+", lower),
    Odd(M, "no text behind OK", "ALL", TAGGED, b"TAG OK"),
    Odd(M, "no parenthesis at the end", "FETCH", rb"(?m)\)\r\n(?=\* |TAG )", b"\r\n"),
    Odd(M, "no blank before a parenthesis or a literal", "FETCH", FLAGS + rb"|" + BODY,
        lambda found: b"FLAGS(%b)" % found[1] if found[2] is None else b"%b{%b}" % (found[2], found[3])),
    Odd(M, "no UIDNEXT, no UIDVALIDITY", "EXAMINE", rb"(?m)^\* OK \[.*\r\n", b""),
    Odd(M, "no size", "FETCH", SIZE + b" ?", b""),
    Odd(M, "no count of messages", "EXAMINE", rb"\* \d+ EXISTS\r\n", b""),
    Odd(M, "a LIST without attributes", "LIST", rb"LIST \(\) ", b"LIST "),
    Odd(M, "a LIST without separator", "LIST", rb'LIST \(\) "/" ', b"LIST () "),
    Odd(M, "no word about what it can do", "CAPABILITY", rb"\* CAPABILITY.*\r\n", b""),
    Odd(M, "a greeting without text", "GREETING", rb"\* OK ready", b"* OK"),
    Odd(X, "BODY.PEEK in the answer", "FETCH", rb"BODY\[", b"BODY.PEEK["),
    Odd(X, "literals announced as {n+}", "FETCH", BODY, rb"\1 {\2+}"),
    Odd(X, "RFC822 for BODY[]", "FETCH", rb"BODY\[\]", b"RFC822"),
    Odd(X, "items that nobody asked for", "FETCH", RESPONSE, rb'* \1 FETCH (X-GUID "a) b" MODSEQ (7) '),
    Odd(X, "the end of a command twice", "ALL", TAGGED + rb"\r\n", b"TAG OK done\r\nTAG OK done\r\n"),
    Odd(X, "a parenthesis too many", "FETCH", rb"(?m)\)\r\n(?=\* |TAG )", b"))\r\n"),
    Odd(X, "commas between items", "FETCH", rb" (?=FLAGS|INTERNALDATE|RFC822|BODY)", b", "),
    Odd(X, "extended data in LIST", "LIST", rb"(?m)(\* LIST .*)\r$", rb'\1 ("CHILDINFO" ("SUBSCRIBED"))' + b"\r"),
    Odd(X, "continuations that nobody waits for", "FETCH EXAMINE", rb"(?m)^(?=TAG )", b"+ idling\r\n"),
    Odd(Q, "a UID in quotes", "FETCH", rb"UID (\d+)", rb'UID "\1"'),
    Odd(Q, "a size in quotes", "FETCH", SIZE, rb'RFC822.SIZE "\1"'),
    Odd(Q, "a date without quotes", "FETCH", DATE, rb"INTERNALDATE \1"),
    Odd(Q, "flags in quotes", "FETCH", FLAGS, lambda found: b"FLAGS (%b)" % b" ".join(
        b'"%b"' % flag for flag in found[1].split())),
    Odd(Q, "a binary literal", "FETCH", BODY, rb"\1 ~{\2}"),
    Odd(Q, "names as literals", "LIST", rb'"/" "([^"]*)"',
        lambda found: b'"/" {%d}\r\n%b' % (len(found[1]), found[1])),
    Odd(Q, "a separator without quotes", "LIST", rb'"/"', b"/"),
    Odd(Q, "text that looks like a literal", "LOGIN EXAMINE", TAGGED, b"* OK you have mail {7}\r\nTAG OK see {9}"),
    Odd(N, "zeros before numbers", "FETCH", rb"(UID|SIZE) (\d+)|\] \{(\d+)\}",
        lambda found: b"] {0000%b}" % found[3] if found[3] else b"%b 0000%b" % (found[1], found[2])),
    Odd(N, "a size of NIL", "FETCH", SIZE, b"RFC822.SIZE NIL"),
    Odd(N, "a size of -1", "FETCH", SIZE, b"RFC822.SIZE -1"),
    Odd(N, "a size of 0", "FETCH", SIZE, b"RFC822.SIZE 0"),
    Odd(N, "UIDNEXT rewound", "EXAMINE", rb"UIDNEXT \d+", b"UIDNEXT 2"),
    Odd(N, "a count of 0", "EXAMINE", rb"\d+ EXISTS", b"0 EXISTS"),
    Odd(N, "an hour of one digit", "FETCH", rb" 08:30:00", b" 8:30:00"),
    Odd(N, "a size with a sign", "FETCH", SIZE, rb"RFC822.SIZE +\1"),
    Odd(R, "the UID at the end", "FETCH", rb"(?s)" + RESPONSE + rb"UID (\d+) (.*?)\)\r\n(?=\* \d+ FETCH \(|TAG )",
        rb"* \1 FETCH (\3 UID \2)" + b"\r\n"),
    Odd(R, "EXISTS and RECENT in the middle", "FETCH", rb"(?m)^(?=\* \d+ FETCH)", b"* 3 EXISTS\r\n* 0 RECENT\r\n"),
    Odd(R, "an untagged OK and NO in the middle", "FETCH", rb"(?m)^(?=TAG )", b"* OK here\r\n* NO [ALERT] old\r\n"),
    Odd(R, "flags in a response of their own", "FETCH", RESPONSE + rb"UID (\d+) FLAGS \(([^)]*)\) ",
        rb"* \1 FETCH (UID \2 FLAGS (\3))" + b"\r\n" + rb"* \1 FETCH (UID \2 "),
    Odd(R, "the UID in a response of its own", "FETCH", RESPONSE + rb"UID (\d+) ",
        rb"* \1 FETCH (UID \2)" + b"\r\n" + rb"* \1 FETCH ("),
    Odd(R, "the count behind everything else", "EXAMINE", rb"(\* \d+ EXISTS\r\n)(?s:(.*))(?=TAG )", rb"\2\1"),
    Odd(R, "messages in the order of their dates", "FETCH", rb"(?s)\A(\* 1 FETCH .*?\r\n)(?=\* 2 FETCH)(.*?)(?=TAG )",
        rb"\2\1"),
    Odd(E, "a byte order mark before the greeting", "GREETING", rb"^", b"\xef\xbb\xbf"),
    Odd(E, "Latin 1 in texts", "ALL", rb"done", b"termin\xe9"),
    Odd(E, "Latin 1 in CAPABILITY", "CAPABILITY", rb"IMAP4rev1", b"IMAP4rev1 X-\xc9T\xc9"),
    Odd(E, "NUL at line ends", "LIST EXAMINE", rb"\r\n", b"\0\r\n"),
    Odd(E, "Latin 1 in keywords", "FETCH", rb"\\Flagged", lambda found: found[0] + b" $\xe9t\xe9"),
    Odd(E, "UTF-8 in texts", "ALL", rb"done", "fertig ✓".encode()),
]


def held(name: str = "odd") -> list[Held]:
    """Messages with traps in them: what looks like an end is none. Other names make other messages."""
    bodies = (b"plain", b"a line\r\n)\r\nand * 2 fetch (uid 2 flags ())\r\n", b"no end {30}")
    return [
        Held(n, HEADER % (n, n, name.encode()) + body, flags="\\Seen \\Flagged")
        for n, body in enumerate(bodies, start=1)
    ]


def speaks(server: HardImap, *odds: Odd) -> None:
    """From now on every connection hears them."""
    def said(command: str, usual: bytes) -> bytes:
        for odd in odds:
            usual = odd.said(command, usual)
        return usual

    server.greeting = said("GREETING", b"* OK ready\r\n")
    server.answer = lambda call: said(call.name, call.usual())


def by_folder(odds: dict[str, Odd]) -> Callable[[Call], bytes | None]:
    """Each oddity in the folder of its name."""
    def answer(call: Call) -> bytes | None:
        names = [name for name, folder in call.server.folders.items() if folder is call.folder]
        odd = odds.get(names[0].decode()) if names else None
        return None if odd is None else odd.said(call.name, call.usual())
    return answer
