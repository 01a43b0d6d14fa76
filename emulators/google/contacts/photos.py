"""Photos of contacts: those that people have given, and those that Google draws."""

import struct
import zlib
from hashlib import sha256

_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}


def image_type(data: bytes) -> str | None:
    """The media type of a picture by its first bytes, None for what is none."""
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)


def drawn(seed: str) -> bytes:
    """A PNG of one colour, in the place of the letter that Google draws."""
    colour, size = sha256(seed.encode()).digest()[:3], 8

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + colour * size) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
