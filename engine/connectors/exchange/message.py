"""One message as the XML of CreateItem: the MIME as it is, and beside it what MIME cannot say.

MAPI properties are those of [MS-OXPROPS]; that they may stand beside MimeContent in one CreateItem is documented for
PidTagMessageFlags (Microsoft, "How to: Import items by using EWS") and in the field for the others.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator
from datetime import UTC, datetime
from io import SEEK_END, RawIOBase
from typing import BinaryIO

from engine.connectors.exchange import beside
from engine.connectors.exchange.soap import text
from engine.connectors.exchange.tags import TAG_FIELD
from engine.messages.dates import moment
from engine.ports.items import Marks, SourceMessage, Tagged

READ, UNSENT = 1, 8                    # PidTagMessageFlags 0x0E07 [MS-OXCMSG] 2.2.1.6
PROCESSED = ("0x7D01", "Boolean", "true")    # PidTagProcessed [MS-OXOCAL] 3.1.4.7.2.1: nothing acts on it again
MEETING = re.compile(rb"/(?i:calendar|ms-tnef)")     # found quickly by its first byte
CALENDAR, OUTLOOKS_OWN = b"text/calendar", b"application/ms-tnef"
LONGEST_CATEGORY = 255
LONGEST_HEADER = 256 * 1024
DATE = re.compile(rb"^date[ \t]*:[ \t]*((?:.*)(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
OLDEST = datetime(1601, 1, 2, tzinfo=UTC)      # FILETIME begins in 1601
PIECE = 57 * 1024                      # a multiple of 3: its base64 needs no padding


def opening(new: Tagged[SourceMessage]) -> bytes:
    """All that stands before the MIME of a message."""
    return b"<t:PostItem><t:MimeContent>" if beside.is_post(new.item.beside) else b"<t:Message><t:MimeContent>"


def closing(new: Tagged[SourceMessage]) -> bytes:
    """All that stands behind the MIME of a message, in the schema's order."""
    message = new.item
    return "".join((
        "</t:MimeContent>",
        beside.before_body(message.beside),
        _categories(message.marks),
        beside.behind_categories(message.beside),
        *(_property(tag, kind, value) for tag, kind, value in _properties(message)),
        beside.named_properties(message.beside),
        f"<t:ExtendedProperty>{TAG_FIELD}<t:Value>{text(new.tag)}</t:Value></t:ExtendedProperty>",
        beside.flag(message.beside),
        _end(message),
    )).encode()


def _end(message: SourceMessage) -> str:
    """What the type of its element adds: a post has no recipients and asks for no receipts."""
    read = f"<t:IsRead>{'true' if message.marks.read else 'false'}</t:IsRead>"
    if beside.is_post(message.beside):
        return f"{read}</t:PostItem>"
    return (
        f"{beside.hidden_recipients(message.beside)}"
        # What asked for a receipt at the source must not ask again from here.
        "<t:IsReadReceiptRequested>false</t:IsReadReceiptRequested>"
        f"<t:IsDeliveryReceiptRequested>false</t:IsDeliveryReceiptRequested>{read}</t:Message>"
    )


def fragment(new: Tagged[SourceMessage]) -> bytes:
    """A message that is held in memory, whole."""
    if not isinstance(new.item.mime, bytes):
        raise TypeError("a spooled message travels as EncodedFile")
    return b"".join((opening(new), b2a_base64(new.item.mime, newline=False), closing(new)))


def _categories(marks: Marks) -> str:
    words = "".join(f"<t:String>{text(word[:LONGEST_CATEGORY])}</t:String>" for word in marks.categories)
    return f"<t:Categories>{words}</t:Categories>" if words else ""


def _property(tag: str, kind: str, value: str) -> str:
    return (
        f'<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
        f"<t:Value>{value}</t:Value></t:ExtendedProperty>"
    )


def _properties(message: SourceMessage) -> list[tuple[str, str, str]]:
    marks = message.marks
    sent = _utc(message.beside.sent) or sent_date(message)
    received = _utc(message.received) or sent
    found = [("0x0E07", "Integer", str((READ if marks.read else 0) | (UNSENT if marks.draft else 0)))]
    if received is not None:
        found.append(("0x0E06", "SystemTime", beside.utc(received)))
    if sent or received:
        found.append(("0x0039", "SystemTime", beside.utc(sent or received or OLDEST)))
    found += beside.properties(marks, message.beside)
    if may_be_meeting(message.mime):
        found.append(PROCESSED)
    return found


def may_be_meeting(mime: bytes | BinaryIO) -> bool:
    """True: Exchange may make a meeting message of it: an iCalendar part (RFC 6047 2.4), or Outlook's own format.

    An imported request or answer was dealt with at the source: here no server shall book it, or answer for a room.
    """
    if isinstance(mime, bytes):
        return _names_meeting(mime)
    mime.seek(0)
    before, found = b"", False
    while not found and (piece := mime.read(PIECE)):
        found = _names_meeting(before + piece)
        before = piece[-32:]
    mime.seek(0)
    return found


def _names_meeting(text: bytes) -> bool:
    return any(
        text[max(0, found.end() - len(OUTLOOKS_OWN)):found.end()].lower().endswith((CALENDAR, OUTLOOKS_OWN))
        for found in MEETING.finditer(text)
    )


def sent_date(message: SourceMessage) -> datetime | None:
    """The message's own Date, UTC; None when it has none that can be read."""
    head = _head(message.mime)
    line = (b"\n" + head.lower()).find(b"\ndate")      # where the first field can be: this is found quickly
    match = None if line < 0 else DATE.search(head, line)
    return None if match is None else _utc(moment(match[1]))


def _utc(date: datetime | None) -> datetime | None:
    """The date in UTC (a naive one is taken for that); None when Exchange cannot hold it."""
    if date is None:
        return None
    try:
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except OverflowError:
        return None
    return date if date >= OLDEST else None


def _head(mime: bytes | BinaryIO) -> bytes:
    if isinstance(mime, bytes):
        start = mime[:LONGEST_HEADER]
    else:
        start = mime.read(LONGEST_HEADER)
        mime.seek(0)
    if start.startswith((b"\r\n", b"\n")):
        return b""      # no header at all
    start = start.partition(b"\n\r\n")[0]
    return start.partition(b"\n\n")[0]



class EncodedFile(RawIOBase):
    """A request around one spooled message, encoded as it is read, with a length known beforehand.

    At its end it rewinds itself: NTLM sends the same body again without asking for it.
    """

    def __init__(self, head: bytes, mime: BinaryIO, tail: bytes) -> None:
        super().__init__()
        self._head, self._mime, self._tail = head, mime, tail
        size = mime.seek(0, SEEK_END)
        self.length = len(head) + (size + 2) // 3 * 4 + len(tail)
        self._rest = self._pieces()

    def __len__(self) -> int:
        return self.length

    def read(self, size: int = -1) -> bytes:
        """The next piece, of any size; b'' once at the end, and then from the start again."""
        piece = next(self._rest, b"")
        if not piece:
            self.seek(0)
        return piece

    def seek(self, offset: int, whence: int = 0) -> int:
        """Back to the start, whatever is asked: nobody continues in the middle of a request."""
        self._rest = self._pieces()
        return 0

    def _pieces(self) -> Iterator[bytes]:
        yield self._head
        self._mime.seek(0)
        while piece := self._mime.read(PIECE):
            yield b2a_base64(piece, newline=False)
        yield self._tail
