"""What makes a message the same message in another session of one visit; on a second visit its source key does."""

from __future__ import annotations

import hashlib
import re

# What a server with an mbox behind it writes into the header itself, and writes anew when a message was read.
_NOTED_BY_SERVERS = re.compile(
    rb"^(?:status|x-status|x-keywords|x-uid)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)", re.IGNORECASE | re.MULTILINE
)


def header(start: bytes) -> bytes:
    """The header block of a message that starts so, without the empty line behind it."""
    if start.startswith((b"\n", b"\r\n")):
        return b""
    end = start.find(b"\n\r\n")
    other = start.find(b"\n\n", 0, None if end < 0 else end + 1)
    end = end if other < 0 else other
    return start if end < 0 else start[:end].removesuffix(b"\r")


def by_name(name: bytes) -> bytes:
    """The identity that a UIDL makes: unique in one maildrop, and never used again there (RFC 1939 §7)."""
    return b"uidl\n" + name


def by_header(start: bytes) -> bytes:
    """The identity of a message without a UIDL of its own, by its header block."""
    lasting = _NOTED_BY_SERVERS.sub(b"", header(start))
    return b"header\n" + hashlib.sha256(lasting).hexdigest().encode()


def key(identity: bytes, twin: int) -> int:
    """The identity as a 64-bit number; `twin` numbers equal ones from 0."""
    digest = hashlib.blake2b(b"%d\n%s" % (twin, identity), digest_size=8).digest()
    return int.from_bytes(digest, "big")
