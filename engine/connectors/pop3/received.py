"""When a message arrived: what the last server on its way wrote above all else (RFC 5321 §4.4, RFC 5322 §3.6.7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice

LOOKED_AT = 5       # of the newest Received fields, where the very newest bears no date

_FIELD = re.compile(
    rb"^received[ \t]*:([^\r\n]*(?:(?:\r?\n[ \t]|\r(?!\n))[^\r\n]*)*)", re.IGNORECASE | re.MULTILINE
)


def received(header: bytes) -> datetime | None:
    """The date of the newest Received field that has one, in UTC; None where there is none."""
    for field in islice(_FIELD.finditer(header), LOOKED_AT):
        moment = _moment(field[1])
        if moment is not None:
            return moment
    return None


def _moment(value: bytes) -> datetime | None:
    """The date behind the last semicolon. One without a zone, or in a zone of its own, is taken for UTC."""
    _, semicolon, date = value.rpartition(b";")
    if not semicolon:
        return None
    try:
        moment = parsedate_to_datetime(" ".join(date.decode("ascii", "replace").split()))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
