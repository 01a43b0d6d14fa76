"""Values of the formats that discovery documents name (developers.google.com/discovery/v1/type-format)."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

_STAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_RANGES = {"int32": (-2**31, 2**31 - 1), "uint32": (0, 2**32 - 1), "int64": (-2**63, 2**63 - 1),
           "uint64": (0, 2**64 - 1)}
_PATH = re.compile(r"[A-Za-z]\w*(\.\w+)*")


def whole_number(text: str, form: str) -> int:
    """A number in the range of its format; raises ValueError."""
    if not re.fullmatch(r"-?\d+", text):
        raise ValueError(text)
    low, high = _RANGES.get(form, (-2**63, 2**63 - 1))
    if not low <= (number := int(text)) <= high:
        raise ValueError(text)
    return number


def moment(text: str) -> datetime:
    """A time of RFC 3339 with its offset; raises ValueError without one."""
    if not _STAMP.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(re.sub(r"\.(\d{1,6})\d*", r".\1", text.upper()))


def stamp(seconds: float) -> str:
    """Seconds since the epoch, as Google writes a time: RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def octets(text: str) -> bytes:
    """What base64 of either alphabet holds (the format `byte`); raises ValueError."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _mask(text: str) -> None:
    if text and not all(_PATH.fullmatch(one) for one in text.split(",")):
        raise ValueError(text)


FORMATS: Mapping[str, Callable[[str], Any]] = {
    "date-time": moment, "google-datetime": moment, "date": _day, "byte": octets, "google-fieldmask": _mask,
    "int64": lambda text: whole_number(text, "int64"), "uint64": lambda text: whole_number(text, "uint64"),
}
