"""What Google tells in JSON, as values: texts that XML can carry, times, days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from engine.connectors.exchange.read import instant
from engine.connectors.exchange.soap import NOT_XML
from engine.connectors.google.rest.asking import Json

BY_ID = "\x02google"    # stands before the id by which a folder is known, and in no name
_DAY = 10       # characters of YYYY-MM-DD


def lines(of: Json, name: str) -> str:
    """A text of one line or more, without the blanks around it. What XML cannot carry becomes U+FFFD; "": none."""
    value: Any = of.get(name)
    return NOT_XML.sub("\ufffd", value).strip() if isinstance(value, str) else ""


def line(of: Json, name: str) -> str:
    """The same on one line."""
    return " ".join(lines(of, name).split())


def time(of: Json, name: str) -> datetime | None:
    """A timestamp of RFC 3339, UTC; None where there is none that can be read."""
    found = instant(lines(of, name))
    return None if found is None else found.astimezone(UTC)


def day(of: Json, name: str) -> date | None:
    """The day of a timestamp of which the day alone counts, whatever zone stands behind it; None as `time`."""
    try:
        return date.fromisoformat(lines(of, name)[:_DAY])
    except ValueError:
        return None


def each_once(names: Sequence[str]) -> Iterator[str]:
    """The names, in order; where one comes again it has a number behind it, and is none of the others."""
    used, all_of_them = set[str](), frozenset(names)
    for name in names:
        shown, number = name, 1
        while shown in used or (number > 1 and shown in all_of_them):
            number += 1
            shown = f"{name} ({number})"
        used.add(shown)
        yield shown
