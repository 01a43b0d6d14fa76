"""When a message arrived: what the last server on its way wrote above all else (RFC 5321 §4.4, RFC 5322 §3.6.7)."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice

from engine.messages.dates import moment

LOOKED_AT = 5       # of the newest Received fields, where the very newest bears no date

_FIELD = re.compile(
    rb"^received[ \t]*:([^\r\n]*(?:(?:\r?\n[ \t]|\r(?!\n))[^\r\n]*)*)", re.IGNORECASE | re.MULTILINE
)


def received(header: bytes) -> datetime | None:
    """The date of the newest Received field that has one, in UTC; None where there is none."""
    for field in islice(_FIELD.finditer(header), LOOKED_AT):
        date = _date(field[1])
        if date is not None:
            return date
    return None


def _date(value: bytes) -> datetime | None:
    """What stands behind the last semicolon. One without a zone, or in a zone of its own, is taken for UTC."""
    _, semicolon, date = value.rpartition(b";")
    return moment(date) if semicolon else None
