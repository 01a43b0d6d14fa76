"""INTERNALDATE: when a message was received (RFC 3501 §2.3.3). No part of what makes it the same message."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

from engine.messages.dates import MONTHS

# Some servers leave a zero or the zone out, or call the zone GMT; without a zone it is UTC.
_INTERNAL_DATE = re.compile(
    rb"(?:[A-Za-z]{3},)?\s*(\d{1,2})[- ]([A-Za-z]{3})[A-Za-z]*[- ](\d{4})\s+(\d{1,2}):(\d\d):(\d\d)(?:\.\d+)?"
    rb"(?:\s*([+-])(\d\d):?(\d\d)|\s*(?:GMT|UTC?|Z))?\s*",
    re.IGNORECASE,
)


def _seconds(internal_date: bytes | None) -> int | None:
    found = _INTERNAL_DATE.fullmatch(internal_date or b"")
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    number = MONTHS.get(month.lower())
    if number is None or not 1 <= int(day) <= 31 or int(year) < 1:
        return None
    offset = (int(zone_hours or 0) * 60 + int(zone_minutes or 0)) * (-60 if sign == b"-" else 60)
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
