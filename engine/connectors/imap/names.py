"""Mailbox names: what LIST says, and what a person would call it.

RFC 3501 §5.1 (hierarchy, INBOX), §5.1.3 (modified UTF-7), §7.2.2 (LIST); RFC 6855 §3 (UTF-8 once enabled).
A name is kept as the server's own bytes (`raw`) beside the decoded words: only the bytes open the folder again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.connectors.imap.fetch_response import Record

INBOX = b"INBOX"

# Attributes and separator are missing at some servers, the separator stands without quotes at others.
_ROW = re.compile(
    rb"[ \t]*(?:\((?P<attributes>[^)]*)\)[ \t]*)?"
    rb'(?P<level>(?:"(?P<separator>\\?.)"|(?P<bare>[./\\^|])(?=[ \t])|NIL(?=[ \t"])|"")'
    rb"(?=[ \t]*\S)[ \t]*)?(?P<name>.*)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*(?:\(.*)?\Z', re.DOTALL)       # extended data may follow (RFC 5258 §6)
_LOOSELY_QUOTED = re.compile(rb'"(.*)"\s*\Z', re.DOTALL)
_ESCAPED = re.compile(rb'\\(["\\])')
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a LIST answer. Attributes are lower-case; `separator` is empty in a flat namespace."""

    raw: bytes
    separator: bytes
    attributes: frozenset[bytes]


def rows(records: Sequence[Record]) -> Iterator[Row]:
    """The rows of a LIST answer, as imaplib holds it. A line that cannot be read is left out.

    White space at the end of a name without quotes is the name's own, unless INBOX has some too.
    """
    found = list(_rows(records))
    padded = any(row.raw != INBOX and row.raw.strip().upper() == INBOX for row in found)
    return (replace(row, raw=row.raw.rstrip()) if padded else row for row in found)


def _rows(records: Sequence[Record]) -> Iterator[Row]:
    literal: bytes | None = None
    line = b""
    for record in records:
        if isinstance(record, tuple):
            line, literal = record
            continue
        found = _ROW.match(line if literal is not None else record or b"")
        if found is not None and _is_row(found) and (literal or found["name"].strip()):
            yield _row(found, literal)
        literal = None


def _is_row(found: re.Match[bytes]) -> bool:
    return found["attributes"] is not None or found["level"] is not None


def _row(found: re.Match[bytes], literal: bytes | None) -> Row:
    attributes = frozenset((found["attributes"] or b"").lower().replace(b",", b" ").split())
    separator = (found["separator"] or found["bare"] or b"")[-1:]
    return Row(_name(found["name"]) if literal is None else literal, separator, attributes)


def _name(text: bytes) -> bytes:
    """A name as quoted string or atom. An atom may be all digits, which a generic parser turns into a number.

    What needs no escape has none at some servers: a quote, or a backslash between two levels.
    """
    quoted = _QUOTED.match(text) or _LOOSELY_QUOTED.match(text)
    return _ESCAPED.sub(rb"\1", quoted[1]) if quoted else text


def decode(raw: bytes, *, utf8: bool) -> str:
    """A name in words. Never fails: what is not valid modified UTF-7 stays as it is.

    `utf8` says that the session speaks UTF-8 (RFC 6855), where `&` means itself.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")      # old servers store a name as the client typed it
    if utf8 or not text.isascii():
        return text
    return _SHIFTED.sub(_unshifted, text)


def _unshifted(found: re.Match[str]) -> str:
    shifted = found[1]
    if not shifted:
        return "&"
    try:
        data = base64.b64decode(shifted.replace(",", "/") + "=" * (-len(shifted) % 4), validate=True)
        return data.decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return found[0]


def as_ref(raw: bytes) -> str:
    """The server's own name as text that can be stored, one character a byte."""
    return raw.decode("latin-1")


def from_ref(ref: str) -> bytes:
    """What `as_ref` was given."""
    return ref.encode("latin-1")
