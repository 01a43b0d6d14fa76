"""Days of a contact: those that Exchange keeps have a year, and nothing but the day of them counts.

"The time portion of the dateTime value might be 11:59", so that no time zone changes the day ([MS-ASCNTC] Birthday). A
day without a year, and one from before the time that Exchange counts from (1601), goes into the notes.
"""

from __future__ import annotations

from calendar import month_name
from contextlib import suppress
from datetime import date

from engine.connectors.google.contacts.card import Card
from engine.connectors.google.contacts.person import own
from engine.connectors.google.reading.values import line
from engine.connectors.google.rest.asking import Json

FIRST_YEAR = 1602


def put_days(card: Card, person: Json) -> None:
    """Gives a contact its birthday and its anniversary; any other day goes into the notes."""
    for one in own(person, "birthdays"):
        _put(card, "Birthday", one, "Birthday", "")
    for one in own(person, "events"):
        kind = line(one, "type")
        _put(card, "WeddingAnniversary" if kind == "anniversary" else "", one, "Event", kind)


def _put(card: Card, field: str, of: Json, what: str, kind: str) -> None:
    found = _whole(of.get("date") or {})
    if found is None or not field or not card.put(field, f"{found.isoformat()}T11:59:00Z"):
        card.keep(what, words(of.get("date") or {}) or line(of, "text"), kind)


def _whole(of: Json) -> date | None:
    """The day; None where a part of it is not told, or Exchange cannot hold it."""
    with suppress(ValueError):
        found = date(*(int(of.get(part) or 0) for part in ("year", "month", "day")))
        return found if found.year >= FIRST_YEAR else None
    return None


def words(of: Json) -> str:
    """A day, or as much of it as is told: 1 June 1975, 1 June, June 1975, 1975."""
    year, month, day = (int(of.get(part) or 0) for part in ("year", "month", "day"))
    named = month_name[month] if 0 < month < 13 else ""
    return " ".join(filter(None, (str(day) if day and named else "", named, str(year) if year else "")))
