"""What makes an appointment the same everywhere: UID, global object id, and the id of an occurrence.

A global object id (MS-OXOCAL 2.2.1.27) is 16 fixed bytes, a date (zero unless it is of one occurrence), a creation
time, 8 zeros, a length and data. Data that a foreign UID is in begins with "vCal-Uid" (MS-OXCICAL 2.1.3.1.1.20.26).
"""

import base64
import binascii
import os
import struct
import uuid
from datetime import date, datetime, time, timedelta

from emulators.exchange import ids
from emulators.exchange.errors import ItemError

_CLASS = bytes.fromhex("040000008200E00074C5B7101A82E008")
_FOREIGN = b"vCal-Uid\x01\x00\x00\x00"
_LENGTH = 40            # without the data
_FILETIME = 11_644_473_600


def new_object_id(now: str) -> bytes:
    """A global object id that nothing has had."""
    ticks = int((datetime.fromisoformat(now).timestamp() + _FILETIME) * 10_000_000)
    return _CLASS + bytes(4) + struct.pack("<Q", ticks) + bytes(8) + struct.pack("<I", 16) + os.urandom(16)


def object_id_of(uid: str) -> bytes:
    """The clean global object id that a UID stands for."""
    try:
        raw = bytes.fromhex(uid)
    except ValueError:
        raw = b""
    if is_object_id(raw):
        return clean(raw)
    data = _FOREIGN + uid.encode() + b"\x00"
    return _CLASS + bytes(20) + struct.pack("<I", len(data)) + data


def uid_of(object_id: bytes) -> str:
    """The UID that a global object id stands for."""
    data = object_id[_LENGTH:]
    if data.startswith(_FOREIGN):
        return data[len(_FOREIGN):].rstrip(b"\x00").decode("utf-8", "replace")
    return clean(object_id).hex().upper()


def is_object_id(raw: bytes) -> bool:
    """Whether bytes have the form of a global object id."""
    return len(raw) > _LENGTH and raw.startswith(_CLASS) and \
        struct.unpack_from("<I", raw, 36)[0] == len(raw) - _LENGTH


def clean(object_id: bytes) -> bytes:
    """A global object id without the date of an occurrence (PidLidCleanGlobalObjectId)."""
    return object_id[:16] + bytes(4) + object_id[20:]


def dated(object_id: bytes, day: date) -> bytes:
    """The global object id of one occurrence of a series."""
    return object_id[:16] + struct.pack(">HBB", day.year, day.month, day.day) + object_id[20:]


def day_in(object_id: bytes) -> str:
    """The date in a global object id, in hex; "" where there is none."""
    return object_id[16:20].hex() if any(object_id[16:20]) else ""


_EPOCH = date(1, 1, 1)
_OCCURRENCE = 1         # the processing instruction in ids of occurrences (MS-OXWSITEMID 2.1.3.2)


def occurrence_id(mailbox: uuid.UUID, folder: int, entry: int, day: date) -> str:
    """The Id of an occurrence: the entry of its series behind its date in ticks since the year 1.

    Taken apart from recorded ids.
    """
    raw = base64.b64decode(ids.item_id(mailbox, folder, entry))
    ticks = (day - _EPOCH).days * 864_000_000_000
    held = b"\x08" + struct.pack(">Q", ticks) + struct.pack(">B", len(raw) - 43) + raw[43:] + b"\x10"
    return binascii.b2a_base64(raw[:40] + bytes([_OCCURRENCE]) + struct.pack("<H", len(held)) + held,
                               newline=False).decode()


def parse_occurrence_id(value: str) -> tuple[str, date] | None:
    """The Id of the series and the date, or None when the Id is of another kind."""
    try:
        raw = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return None
    if len(raw) != 124 or raw[40] != _OCCURRENCE:
        return None
    try:
        day = datetime.combine(_EPOCH, time()) + timedelta(days=struct.unpack(">Q", raw[44:52])[0] // 864_000_000_000)
    except OverflowError as error:
        raise ItemError("ErrorInvalidIdMalformed") from error
    head = raw[:40] + b"\x00" + struct.pack("<H", raw[52])
    return binascii.b2a_base64(head + raw[53:-1], newline=False).decode(), day.date()
