"""What makes an item the same item on a second visit.

Of an appointment that is its global object id, and the UID that stands for it; of all others their search key.
[MS-OXOCAL] 2.2.1.27: 16 fixed bytes, the date of an occurrence that stands by itself, a time, 8 zeros, a length, and
data. A UID of another system is in the data behind "vCal-Uid" ([MS-OXCICAL] 2.1.3.1.1.20.26); any other UID is the id
itself in hex digits, without a date.
"""

from __future__ import annotations

import binascii
from base64 import b64decode

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import OBJECT_ID, SEARCH_KEY
from engine.connectors.exchange.typed.properties import value_of
from engine.messages.source_key import key_by_item_id, key_by_object_id, key_by_search_key

_FOREIGN = b"vCal-Uid\x01\x00\x00\x00"
_DATE, _DATA = slice(16, 20), 40


def key_of(item: etree._Element) -> bytes:
    """The source key of an appointment, 16 bytes: of its global object id, else of its search key; b"" without both."""
    object_id = _bytes(value_of(item, OBJECT_ID))
    return key_by_object_id(object_id) if object_id else _by_search_key(item)


def search_key_of(item: etree._Element) -> bytes:
    """The source key of an item that is no appointment, 16 bytes: of its search key, else of its id; b"" without both.

    The search key stays when an item is moved, and a copy has it as well ([MS-OXCPRPT] 2.2.1.9).
    """
    known = item.find(f"{TYPES}ItemId")
    item_id = "" if known is None else known.get("Id") or ""
    return _by_search_key(item) or (key_by_item_id(item_id) if item_id else b"")


def _by_search_key(item: etree._Element) -> bytes:
    search_key = _bytes(value_of(item, SEARCH_KEY))
    return key_by_search_key(search_key) if search_key else b""


def names_the_same(uid: str, object_id: str) -> bool:
    """True: the UID stands for that global object id (base64), or one of them is not there."""
    raw = _bytes(object_id)
    if not uid or not raw:
        return True
    if raw[_DATA:].startswith(_FOREIGN):
        return raw[_DATA + len(_FOREIGN) :].rstrip(b"\0") == uid.encode()
    return (raw[: _DATE.start] + bytes(4) + raw[_DATE.stop :]).hex() == uid.lower() or raw.hex() == uid.lower()


def _bytes(value: str) -> bytes:
    """What base64 holds; b"" where it is none."""
    try:
        return b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
