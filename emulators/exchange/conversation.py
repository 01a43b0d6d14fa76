"""Which conversation a message belongs to ([MS-OXOMSG] 2.2.1.3 and 2.2.1.5)."""

import re
from binascii import Error, a2b_base64
from datetime import datetime

from emulators.exchange.item import Item
from emulators.exchange.mime import Content

_HEADER, _REPLY = 22, 5     # bytes of the index of a first message, and what each answer adds
# MS-OXCMSG 2.2.1.10: a prefix of one to three letters, a colon and a space is not part of the topic.
_PREFIX = re.compile(r"^[^\W\d_]{1,3}: ")


def index(stored: Item, content: Content) -> bytes:
    """The conversation index: that of Thread-Index ([MS-OXCMAIL] 2.1.3.2.12), else a new one of 22 bytes.

    A new one is 1, five bytes of time, and a GUID.
    """
    given = _given(content.headers.get("thread-index")) if stored.mime is not None else None
    if given is not None:
        return given
    ticks = int((datetime.fromisoformat(stored.created).timestamp() + 11_644_473_600) * 10_000_000)
    return b"\x01" + ticks.to_bytes(8, "big")[1:6] + stored.search_key[:16]


def _given(header: str) -> bytes | None:
    """A Thread-Index as bytes; None when it is none."""
    try:
        found = a2b_base64("".join(header.split()), strict_mode=True)
    except (Error, ValueError):
        return None
    return found if len(found) >= _HEADER and (len(found) - _HEADER) % _REPLY == 0 else None


def topic(stored: Item, content: Content) -> str:
    """The conversation topic: Thread-Topic, else the subject without its prefix."""
    given = content.headers.get("thread-topic").strip() if stored.mime is not None else ""
    return given or _PREFIX.sub("", stored.subject, count=1)
