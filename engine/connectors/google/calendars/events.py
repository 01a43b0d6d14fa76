"""The events of a calendar, as Google gives them: events.list of calendar.v3."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.interfaces import Interface

MOST_AT_ONCE = 2500     # "The page size can never be larger than 2500 events"
CANCELLED = "cancelled"
PRIMARY = "primary"     # stands for the calendar of the account (calendar.v3, calendarList.get, calendarId)
OF_DAYS = "of days"     # no name of Google's


def every_event(asking: Asking, calendar: str, **query: object) -> Iterator[Json]:
    """Every event of a calendar as it is kept: series whole, and the cancelled occurrences of them, in any order."""
    return asking.pages(
        Interface.CALENDAR, f"/calendars/{quote(calendar, safe='')}/events", "items",
        maxResults=MOST_AT_ONCE, singleEvents="false", **query,
    )


def entry_of(asking: Asking, calendar: str) -> Json:
    """What calendarList says of a calendar: its zone, and the reminders that its events have by default.

    OF_DAYS in it is the zone of its whole days, which is its owner's: Outlook would show those of another zone, such as
    UTC, on two days.
    """
    entry = _entry(asking, calendar)
    owners = entry if entry.get("primary") else _entry(asking, PRIMARY)
    return {**entry, OF_DAYS: owners.get("timeZone")}


def _entry(asking: Asking, calendar: str) -> Json:
    return asking.one(Interface.CALENDAR, f"/users/me/calendarList/{quote(calendar, safe='')}")
