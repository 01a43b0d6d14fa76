"""Large messages by Gmail's interface, which the day's share of IMAP does not count.

Off unless whoever runs OMM has switched it on: nobody has proved that both ways give the same bytes, so a message whose
length is another one than IMAP says is read by IMAP. That the id of a message is its X-GM-MSGID in hex digits says
developers.google.com/workspace/gmail/imap/imap-extensions; what `raw` is, the discovery document gmail.v1 (Message).
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.interfaces import Interface
from engine.errors import OmmError

Large = Callable[[int, BinaryIO], bool]     # writes the message of that X-GM-MSGID; False: it was not given whole
_BEFORE = re.compile(rb'"raw"\s*:\s*"')
_PADDED = b"\\u003d"            # as some of Google's servers write "="
MOST_BEFORE = 64 * 1024         # bytes of an answer in front of the message


def by_interface(asking: Asking) -> Large:
    """Reads them as the owner of that account."""
    return partial(_read, asking)


def _read(asking: Asking, msgid: int, file: BinaryIO) -> bool:
    try:
        return asking.streamed(
            Interface.GMAIL, f"/users/me/messages/{msgid:x}", lambda pieces: decoded_into(file, pieces), format="raw",
        )
    except OmmError:
        return False


def decoded_into(file: BinaryIO, pieces: Iterator[bytes]) -> bool:
    """Writes what stands under "raw" in an answer that comes in pieces. False: it ends before that does."""
    held = b""
    for piece in pieces:
        held += piece
        if found := _BEFORE.search(held):
            return _decode(file, held[found.end():], pieces)
        if len(held) > MOST_BEFORE:
            break
    return False


def _decode(file: BinaryIO, held: bytes, pieces: Iterator[bytes]) -> bool:
    """Base64url (RFC 4648 §5), up to the quote that ends it."""
    while True:
        text, ended, _rest = held.partition(b'"')
        if not ended:       # an escaped sign may be cut
            text, held = (text[:start], text[start:]) if (start := text.rfind(b"\\")) >= 0 else (text, b"")
        text = text.replace(_PADDED, b"=")
        whole = len(text) if ended else len(text) // 4 * 4
        try:
            file.write(urlsafe_b64decode(text[:whole] + b"=" * (-whole % 4)))
        except binascii.Error:
            return False
        if ended:
            return True
        held = text[whole:] + held
        piece = next(pieces, None)
        if piece is None:
            return False
        held += piece
