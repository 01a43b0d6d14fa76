"""What a reader makes of a message: the same for every copy, however its bytes were written anew."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parsedate_to_datetime
from hashlib import sha256

FOLD = re.compile(r"\r?\n")
UNNAMED = "unknown-8bit"    # what Python's generator calls bytes that came without a charset


@dataclass(frozen=True)
class Reading:
    """Headers decoded, texts with plain line ends and without the last one, files by name and SHA-256."""

    message_id: str
    subject: str
    sender: str
    to: str
    date: datetime
    texts: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def reading(mime: bytes) -> Reading:
    """Reads a message. Text without a charset is read byte by byte, so that it can be compared all the same."""
    message = email.message_from_bytes(mime, policy=compat32)
    raw = {name.lower(): value for name, value in message.raw_items()}
    parts = [part for part in message.walk() if not part.is_multipart()]
    return Reading(
        message_id=raw["message-id"].strip(),
        subject=_words(raw.get("subject", "")),
        sender=_words(raw.get("from", "")),
        to=_words(raw.get("to", "")),
        date=parsedate_to_datetime(raw["date"]),
        texts=tuple((part.get_content_type(), _text(part)) for part in parts if part.get_filename() is None),
        files=tuple((str(part.get_filename()), _hash(part)) for part in parts if part.get_filename() is not None),
    )


def _words(value: str) -> str:
    """A header's text: unfolded first, for `decode_header` reads each line by itself and loses the space between."""
    plain = FOLD.sub("", value).encode("ascii", "surrogateescape").decode("latin-1")
    pieces = [
        piece if isinstance(piece, str) else piece.decode(charset if charset and charset != UNNAMED else "latin-1")
        for piece, charset in decode_header(plain)
    ]
    return " ".join("".join(pieces).split())


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode(part.get_content_charset() or "latin-1").replace("\r\n", "\n").removesuffix("\n")


def _hash(part: Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    if part.get_content_maintype() == "text":   # ends its lines as whoever carries it does (RFC 2046 4.1.1)
        payload = payload.replace(b"\r\n", b"\n").removesuffix(b"\n")
    return sha256(payload).hexdigest()
