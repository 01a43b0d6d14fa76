"""By what an organizer's later update meets an appointment: UID and global object id, of iCalUID.

[MS-OXOCAL] 2.2.1.27; what a UID of another system becomes in it: [MS-OXCICAL] 2.1.3.1.1.20.26.
"""

from __future__ import annotations

import struct
from base64 import b64encode
from datetime import date

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import CLEAN_OBJECT_ID, MEETING, OBJECT_ID, Property
from engine.connectors.exchange.typed.properties import put_property
from engine.connectors.google.calendars.body import clean

_CLASS = bytes.fromhex("040000008200E00074C5B7101A82E008")
_FOREIGN = b"vCal-Uid\x01\x00\x00\x00"
_DATE, _LENGTH = slice(16, 20), 40
_OWN, _CLEAN = Property(OBJECT_ID, "Binary", MEETING), Property(CLEAN_OBJECT_ID, "Binary", MEETING)
LONGEST = 1000      # characters; RFC 7986 5.3: 255 octets at most should be enough


def object_id(uid: str, day: date | None = None) -> bytes:
    """The global object id that a UID stands for; of one occurrence, the one that its series has on that day."""
    clean = _of_exchange(uid) or _foreign(uid)
    dated = struct.pack(">HBB", day.year, day.month, day.day) if day is not None else bytes(4)
    return clean[: _DATE.start] + dated + clean[_DATE.stop :]


def _of_exchange(uid: str) -> bytes:
    """What an Exchange has made its UID of; b"" of any other UID."""
    try:
        raw = bytes.fromhex(uid)
    except ValueError:
        return b""
    whole = len(raw) > _LENGTH and struct.unpack_from("<I", raw, _LENGTH - 4)[0] == len(raw) - _LENGTH
    return raw if whole and raw.startswith(_CLASS) else b""


def _foreign(uid: str) -> bytes:
    data = _FOREIGN + uid.encode("utf-8", "surrogatepass") + b"\0"
    return _CLASS + bytes(20) + struct.pack("<I", len(data)) + data


def name_it(item: etree._Element, uid: str, day: date | None = None) -> None:
    """Gives an appointment that UID, as the occurrence of that day if there is one."""
    uid = clean(uid)
    if not uid or len(uid) > LONGEST:
        return
    xml.put(item, "UID", uid)
    put_property(item, _OWN, b64encode(object_id(uid, day)).decode())
    put_property(item, _CLEAN, b64encode(object_id(uid)).decode())
