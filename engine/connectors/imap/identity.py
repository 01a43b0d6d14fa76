"""What makes a message the same message on a second visit.

Message-ID, Date header and INTERNALDATE together (RFC 5322 §3.6.4, RFC 3501 §2.3.3): the first is not always
unique, and none of them changes while a message stays on its server. The size is left out, servers approximate it.
"""

from __future__ import annotations

import calendar
import hashlib
import re
from datetime import UTC, datetime, timedelta

_FIELD = re.compile(
    rb"^(message-id|date)[ \t]*:([^\r\n]*(?:(?:\r?\n[ \t]|\r(?!\n))[^\r\n]*)*)", re.IGNORECASE | re.MULTILINE
)
_INTERNAL_DATE = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = {
    b"jan": 1, b"feb": 2, b"mar": 3, b"apr": 4, b"may": 5, b"jun": 6,
    b"jul": 7, b"aug": 8, b"sep": 9, b"oct": 10, b"nov": 11, b"dec": 12,
}


def by_header(fields: bytes, internal_date: bytes | None) -> bytes | None:
    """The identity that Message-ID, Date and INTERNALDATE make; None when there is no Message-ID.

    `fields` is the answer to BODY[HEADER.FIELDS (MESSAGE-ID DATE)]. The parts are unfolded, so that the line
    breaks between them cannot be imitated by a header.
    """
    values: dict[bytes, bytes] = {}
    for name, value in _FIELD.findall(fields):
        values.setdefault(name.lower(), b" ".join(value.split()))
    message_id = values.get(b"message-id")
    if not message_id:
        return None
    return b"\n".join((b"message-id", message_id, values.get(b"date", b""), _moment(internal_date)))


def by_digest(header: bytes) -> bytes:
    """The identity of a message without Message-ID: its whole header block, as the server gave it."""
    return b"header\n" + hashlib.sha256(header).hexdigest().encode()


def by_content(start: bytes, internal_date: bytes | None) -> bytes:
    """The identity of a message without any header: how it begins, and INTERNALDATE."""
    return b"content\n" + hashlib.sha256(start).hexdigest().encode() + b"\n" + _moment(internal_date)


def by_uid(host: str, validity: int, uid: int) -> bytes:
    """The last resort, for a message that the server lists and does not give out."""
    return f"uid\n{host.lower()}\n{validity}\n{uid}".encode()


def _moment(internal_date: bytes | None) -> bytes:
    seconds = _seconds(internal_date)
    return b" ".join((internal_date or b"").split()) if seconds is None else b"%d" % seconds


def _seconds(internal_date: bytes | None) -> int | None:
    found = _INTERNAL_DATE.fullmatch(internal_date or b"")
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    number = _MONTHS.get(month.lower())
    if number is None or not 1 <= int(day) <= 31 or int(year) < 1:
        return None
    offset = (int(zone_hours) * 60 + int(zone_minutes)) * (-60 if sign == b"-" else 60)
    local = calendar.timegm((int(year), number, int(day), int(hour), int(minute), int(second), 0, 0, 0))
    return local - offset


def received(internal_date: bytes | None) -> datetime | None:
    """INTERNALDATE as an aware moment in UTC; None where it is missing or no date."""
    seconds = _seconds(internal_date)
    if seconds is None:
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
