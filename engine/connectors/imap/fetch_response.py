"""FETCH responses, read item by item (RFC 3501 §7.4.2, RFC 9051 §7.5.2).

imapclient's lexer looks at every character in Python, which costs more than the rest of a listing together. Our
requests ask for seven items at most, so one regular expression reads them, in whatever order a server sends them.
A response that it does not understand goes to imapclient's parser instead. X-GM-MSGID and X-GM-LABELS are Gmail's
(https://developers.google.com/workspace/gmail/imap/imap-extensions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

Record = bytes | tuple[bytes, bytes] | None     # imaplib's: a line, or a line that ends in {n} with its literal

_START = re.compile(rb"(\d{1,10}) \(")
_ITEM = re.compile(
    rb'[ )]*(?:UID (?P<uid>\d{1,10})|FLAGS \((?P<flags>[^()]*)\)|INTERNALDATE "(?P<date>[^"]*)"'
    rb"|RFC822\.SIZE (?P<size>\d{1,18})"
    rb"|(?P<body>BODY\[[^\]]*\](?:<(?P<origin>\d+)>)?)"
    rb' (?:(?P<literal>~?\{\d+\})|(?P<nil>NIL)|"(?P<quoted>(?:[^"\\]|\\.)*)")'
    rb"|X-GM-MSGID (?P<msgid>\d{1,20})"
    rb'|X-GM-LABELS \((?P<labels>(?:[^()"{]|"(?:[^"\\]|\\.)*")*)\)'
    rb"|MODSEQ \(\d+\))(?=[ )]|$)",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LABEL = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^ "]+)', re.DOTALL)
_UID = re.compile(rb"\(UID (\d{1,10})(?= )")
_SECTION = re.compile(rb"BODY\[[^\]]*\](?:<\d+>)? ~?\{\d+\}$", re.IGNORECASE)
# What a response may hold besides, asked for or not; any other word was the text of a message.
_KNOWN = re.compile(
    rb"SEQ|UID|FLAGS|INTERNALDATE|MODSEQ|RFC822(\.(SIZE|HEADER|TEXT))?|ENVELOPE|BODY(STRUCTURE)?|BODY\[.*|BINARY.*"
    rb"|SAVEDATE|PREVIEW|SNIPPET|EMAILID|THREADID|X(-[A-Z0-9]+)+",
    re.DOTALL,
)


@dataclass(slots=True)
class Fetched:
    """What one FETCH response said; None where it said nothing.

    `body` is the one BODY section that was asked for, b"" when it is empty; `refused` is set when the server
    answered NIL in its place. `origin` is where a partial section starts, in bytes. `msgid` and `labels` are Gmail's; a
    label is in the server's own spelling.
    """

    uid: int | None = None
    flags: tuple[bytes, ...] | None = None
    date: bytes | None = None
    size: int | None = None
    body: bytes | None = None
    origin: int | None = None
    refused: bool = False
    msgid: int | None = None
    labels: tuple[bytes, ...] | None = None
    number: int | None = field(default=None, compare=False)     # of the message, as long as none is expunged

    def add(self, other: Fetched) -> None:
        """Takes over what a later response about the same message says."""
        for name in ("flags", "date", "size", "body", "origin", "msgid", "labels"):
            value = getattr(other, name)
            if value is not None:
                setattr(self, name, value)
        self.refused = self.refused or other.refused

    @property
    def is_untold(self) -> bool:
        """True: Gmail's items are not all there. Labels that were not told are another thing than none."""
        return self.labels is None or self.msgid is None

    def lacks(self, items: bytes) -> bool:
        """True: flags or date were among the items asked for, and did not come."""
        return (self.flags is None and b"FLAGS" in items) or (self.date is None and b"INTERNALDATE" in items)

    def fill(self, other: Fetched) -> None:
        """Takes the flags and the date from a later response where they are missing."""
        self.flags = other.flags if self.flags is None else self.flags
        self.date = other.date if self.date is None else self.date


def parse(records: Sequence[Record]) -> Iterator[Fetched]:
    """One Fetched for each FETCH response in imaplib's list of records.

    Unsolicited responses come out too, with what they hold (RFC 3501 §7.4.2 allows them at any time). Raises
    ValueError on what is no FETCH response, or shows that a literal was longer or shorter than announced.
    """
    group: list[bytes | tuple[bytes, bytes]] = []
    for record in records:
        if record is None:
            continue
        group.append(record)
        if not isinstance(record, tuple):       # imaplib ends each response with the text after its last literal
            yield _one(group)
            group = []


def by_uid(items: Iterable[Fetched]) -> dict[int, Fetched]:
    """Several responses about one message become one; unsolicited ones without UID are left out."""
    found: dict[int, Fetched] = {}
    for item in items:
        if item.uid in found:
            found[item.uid].add(item)
        elif item.uid is not None:
            found[item.uid] = item
    return found


def answered(found: dict[int, Fetched], items: bytes) -> dict[int, Fetched]:
    """Without those whose section was asked for, and the server said nothing of."""
    if b"BODY" not in items:
        return found
    return {uid: item for uid, item in found.items() if item.body is not None or item.refused}


def _one(group: list[bytes | tuple[bytes, bytes]]) -> Fetched:
    last = group[-1]
    if isinstance(last, tuple) or not last.rstrip().endswith(b")"):
        raise ValueError("a FETCH response without an end")
    if len(group) > 2 and _sections(group) > 1:
        raise ValueError("two FETCH responses in one")
    fetched = Fetched()
    for index, record in enumerate(group):
        line, literal = record if isinstance(record, tuple) else (record, None)
        if not (index and line == b")") and not _items(fetched, line, literal, first=index == 0):
            return _slowly(group)
    return fetched


def _sections(group: list[bytes | tuple[bytes, bytes]]) -> int:
    return sum(isinstance(record, tuple) and _SECTION.search(record[0]) is not None for record in group)


def _items(fetched: Fetched, line: bytes, literal: bytes | None, *, first: bool) -> bool:
    at = 0
    if first:
        start = _START.match(line)
        if start is None:
            return False
        at = start.end()
        fetched.number = int(start[1])
    while found := _ITEM.match(line, at):
        _take(fetched, found, literal)
        at = found.end()
    return not line[at:].strip(b" )")


def _take(fetched: Fetched, found: re.Match[bytes], literal: bytes | None) -> None:
    uid, flags, date, size, body, origin, in_literal, nil, quoted, msgid, labels = found.groups()
    if uid is not None:
        fetched.uid = int(uid)
    elif flags is not None:
        fetched.flags = tuple(flags.replace(b'"', b"").split())
    elif date is not None:
        fetched.date = date
    elif size is not None:
        fetched.size = int(size)
    elif body is not None:
        fetched.origin = int(origin) if origin else None
        fetched.refused = nil is not None
        if in_literal is not None:
            fetched.body = literal
        elif quoted is not None:
            fetched.body = _ESCAPED.sub(rb"\1", quoted)
    elif msgid is not None:
        fetched.msgid = int(msgid)
    elif labels is not None:
        fetched.labels = tuple(atom or _ESCAPED.sub(rb"\1", text) for text, atom in _LABEL.findall(labels))


def _framed(group: list[bytes | tuple[bytes, bytes]]) -> Fetched | None:
    """The UID and the section of a response whose other items are garbled, where its literal ends where it says."""
    first = group[0]
    line, literal = first if isinstance(first, tuple) else (first, None)
    uid, section = _UID.search(line), _SECTION.search(line)
    if uid is None or _START.match(line) is None or len(group) != (1 if literal is None else 2):
        return None
    if literal is not None and (section is None or group[-1] != b")"):
        return None
    return Fetched(int(uid[1]), body=literal)


def _slowly(group: list[bytes | tuple[bytes, bytes]]) -> Fetched:
    try:
        parsed = parse_fetch_response(group, normalise_times=False, uid_is_key=False)  # type: ignore[arg-type]  # its hint forgets literals
    except (ProtocolError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        if (garbled := _framed(group)) is not None:
            return garbled
        raise ValueError("a FETCH response that cannot be read") from error
    fetched = Fetched()
    for items in parsed.values():
        for name, value in items.items():
            if not _KNOWN.fullmatch(bytes(name).upper()):
                raise ValueError("a FETCH response with something else in it")
            _take_parsed(fetched, bytes(name).upper(), value)
    return fetched


def _take_parsed(fetched: Fetched, name: bytes, value: object) -> None:
    if name == b"UID" and isinstance(value, int) and value < 2**32:
        fetched.uid = value
    elif name == b"FLAGS" and isinstance(value, tuple):
        fetched.flags = tuple(flag if isinstance(flag, bytes) else str(flag).encode() for flag in value)
    elif name == b"RFC822.SIZE" and isinstance(value, int) and value < 2**63:
        fetched.size = value
    elif name == b"INTERNALDATE" and value is not None:
        fetched.date = value.strftime("%d-%b-%Y %H:%M:%S %z").encode()  # type: ignore[attr-defined]  # a datetime
    elif name.startswith(b"BODY["):
        fetched.refused = value is None
        fetched.body = value if isinstance(value, bytes) else None
        origin = re.search(rb"<(\d+)", name)
        fetched.origin = int(origin[1]) if origin else None
    elif name == b"X-GM-MSGID" and isinstance(value, int):
        fetched.msgid = value
    elif name == b"X-GM-LABELS" and isinstance(value, tuple):
        fetched.labels = tuple(_label(each) for each in value)


def _label(parsed: object) -> bytes:
    """A label that imapclient's parser took for a number, or for nothing, where it has no quotes."""
    if isinstance(parsed, bytes):
        return parsed
    return b"NIL" if parsed is None else str(parsed).encode()
