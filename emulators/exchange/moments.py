"""Dates and times as clients write them."""

import re
from datetime import UTC, datetime

from emulators.exchange.errors import ItemError

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?")


def moment(value: str) -> str:
    """An xs:dateTime as UTC with whole seconds; without a zone it is taken as UTC. Raises ValueError."""
    match = _TIME.fullmatch(value.strip())
    if match is None:
        raise ValueError(value)
    if value.lstrip() < "1601":
        raise ValueError(value)     # a FILETIME begins in 1601 ([MS-DTYP] 2.3.3)
    if match[2] == "Z" and len(value) == 20:
        datetime.fromisoformat(value)       # the common case: only checked
        return value
    zone = "+00:00" if match[2] in (None, "Z") else match[2]
    try:
        return datetime.fromisoformat(match[1] + zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError as error:      # in UTC it lies beyond the last year of a DateTime, 9999
        raise ValueError(value) from error


def utc_of(value: str) -> str:
    """As `moment`; raises ItemError ErrorInvalidValueForProperty."""
    try:
        return moment(value)
    except ValueError as error:
        raise ItemError("ErrorInvalidValueForProperty") from error
