"""Dates as mail bears them (RFC 5322 §3.3): the form that nearly all have at once, any other by Python's parser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

TRIAL = datetime(2019, 2, 3, 4, 5, 6, tzinfo=UTC)      # when a message was received that only tries a mailbox
LONGEST = 100       # characters of a date in its usual form
MONTHS = {
    b"jan": 1, b"feb": 2, b"mar": 3, b"apr": 4, b"may": 5, b"jun": 6,
    b"jul": 7, b"aug": 8, b"sep": 9, b"oct": 10, b"nov": 11, b"dec": 12,
}
_USUAL = re.compile(
    rb"(?:[a-z]{3},? +)?(\d{1,2}) +([a-z]{3}) +(\d{4}) +(\d\d):(\d\d):(\d\d) +([+-])(\d\d)(\d\d)(?: +\([^()]*\))?",
    re.IGNORECASE,
)

Written = tuple[tuple[int, int, int, int, int, int], int]


def usual(value: bytes) -> Written | None:
    """Year, month, day, hour, minute and second as written, and the seconds that the zone is ahead of UTC.

    None for any other form. The numbers need not make a date.
    """
    return _usual(value) if len(value) <= LONGEST else None


@lru_cache(maxsize=1024)        # a message's date is asked for more than once
def _usual(value: bytes) -> Written | None:
    found = _USUAL.fullmatch(value)
    if found is None:
        return None
    day, name, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    month = MONTHS.get(name.lower())
    if month is None:
        return None
    ahead = (int(zone_hours) * 60 + int(zone_minutes)) * (-60 if sign == b"-" else 60)
    return (int(year), month, int(day), int(hour), int(minute), int(second)), ahead


def moment(value: bytes) -> datetime | None:
    """The date in UTC, for which one without a zone is taken; None where it cannot be read."""
    value = b" ".join(value.split())
    written = usual(value)
    try:
        if written is None or written[0][0] < 100:      # a century is left out
            date = parsedate_to_datetime(value.decode("ascii", "replace"))
        else:
            date = datetime(*written[0], tzinfo=timezone(timedelta(seconds=written[1])))
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
