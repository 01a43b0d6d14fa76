"""What a person recognises a message by: sender, subject and date, decoded and safe to show.

RFC 5322 §3.6, RFC 2047 (encoded words). Headers are written by strangers: control characters and those that turn
the direction of writing around are taken out.
"""

from __future__ import annotations

import email.errors
import re
import unicodedata
from email.header import decode_header
from email.utils import parsedate_to_datetime

from engine.ports.items import Envelope

LONGEST = 200       # characters

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:([^\r\n]*(?:(?:\r?\n[ \t]|\r(?!\n))[^\r\n]*)*)", re.MULTILINE)
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def envelope(header: bytes) -> Envelope:
    """The envelope that a header block makes. Never fails; what is missing is empty."""
    fields: dict[bytes, bytes] = {}
    for name, value in _FIELD.findall(header):
        fields.setdefault(name.lower(), value)
    return Envelope(
        subject=_words(fields.get(b"subject", b"")),
        date=_date(fields.get(b"date", b"")),
        sender=_words(fields.get(b"from", b"")),
    )


def _words(value: bytes) -> str:
    raw = value[:10_000]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")      # a header written without any encoding
    return plain(_decoded(text))


def _decoded(text: str) -> str:
    text = re.sub(r"\r?\n(?=[ \t])", "", text)
    if "=?" not in text:
        return text
    try:
        parts = decode_header(text)
    except (email.errors.HeaderParseError, ValueError):
        return text
    return "".join(_part(part, charset) for part, charset in parts) or text


def _part(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    if charset is None:
        return part.decode("raw-unicode-escape", "replace")    # decode_header's own encoding of plain text
    try:
        return part.decode(charset, "replace")
    except (LookupError, ValueError):
        return part.decode("utf-8", "replace")


def plain(text: str) -> str:
    """The text on one line, without what cannot be shown, at most LONGEST characters."""
    kept = (c if _is_shown(c) else " " for c in text if c not in _DIRECTIONS)
    return " ".join("".join(kept).split())[:LONGEST]


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")


def _date(value: bytes) -> str:
    text = _words(value)
    try:
        return parsedate_to_datetime(text).strftime("%Y-%m-%d %H:%M")
    except (ValueError, TypeError, IndexError, OverflowError):
        return text
