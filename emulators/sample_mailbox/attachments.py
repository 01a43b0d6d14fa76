"""Small files made in code: pictures, pages, tables, an appointment."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from hashlib import sha256

from emulators.sample_mailbox.letter import Attachment, Kind

_PICTURE_SIDE = 96      # pixels


def content(attachment: Attachment) -> bytes:
    """The bytes of the file that an attachment stands for."""
    if attachment.kind is Kind.PICTURE:
        return picture(attachment.name)
    if attachment.kind is Kind.DOCUMENT:
        return page(attachment.content)
    if attachment.kind is Kind.APPOINTMENT:
        return appointment(attachment.name, attachment.content)
    return attachment.content.encode()


@cache
def picture(seed: str, side: int = _PICTURE_SIDE) -> bytes:
    """A PNG of coloured stripes that differ from seed to seed (PNG 1.2, chunks IHDR, IDAT, IEND)."""
    colours = sha256(seed.encode()).digest()
    rows = bytearray()
    for y in range(side):
        rows.append(0)
        for x in range(side):
            at = ((x + y) * 8 // (2 * side)) * 3
            rows += bytes((colours[at], colours[at + 1], (colours[at + 2] + x) % 256))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def page(words: str) -> bytes:
    """A PDF of one page with those lines on it (ISO 32000-1, §7.5)."""
    shown = "".join(f"({_escaped(line)}) Tj 0 -18 Td\n" for line in words.splitlines())
    drawing = f"BT /F1 12 Tf 60 760 Td\n{shown}ET\n".encode("latin-1", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
        b"/Encoding /WinAnsiEncoding >> >> >> >>",
        b"<< /Length %d >>\nstream\n%bendstream" % (len(drawing), drawing),
    )
    return _pdf(objects)


def _pdf(objects: tuple[bytes, ...]) -> bytes:
    data = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def appointment(name: str, words: str) -> bytes:
    """An iCalendar file with one event (RFC 5545). `words` are `start|end|summary|place`, the first two in UTC."""
    start, end, summary, place = words.split("|")
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example Rail//Sample//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
        f"UID:{sha256((name + words).encode()).hexdigest()[:20]}@rail.example", f"DTSTAMP:{start}",
        f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{summary}", f"LOCATION:{place}", "END:VEVENT", "END:VCALENDAR",
    )
    return "".join(line + "\r\n" for line in lines).encode()
