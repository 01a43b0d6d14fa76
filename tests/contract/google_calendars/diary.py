"""An account's primary calendar, filled by Google's own methods, and what a new mailbox shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.migration.record import Migration
from tests.servers.google.arrived import windows
from tests.servers.google.moving import Moving
from tests.servers.google.truth.events import OWNER

BERLIN = "Europe/Berlin"


def at(moment: str, zone: str = BERLIN) -> dict[str, str]:
    """A time, or a day."""
    return {"dateTime": moment, "timeZone": zone} if "T" in moment else {"date": moment}


def insert(moving: Moving, calendar: str = "primary", **body: Any) -> str:
    """Makes an event; its id."""
    return str(moving.google.call("calendar.events.insert", OWNER, body=body, calendarId=calendar)["id"])


def calendar(moving: Moving, name: str, zone: str = BERLIN) -> str:
    """Makes a calendar; its id."""
    body = {"summary": name, "timeZone": zone}
    return str(moving.google.call("calendar.calendars.insert", OWNER, body=body)["id"])


def instance(moving: Moving, event: str, day: str, calendar: str = "primary") -> str:
    """The id of the instance of that day, YYYYMMDD."""
    some = moving.google.call("calendar.events.instances", OWNER, calendarId=calendar, eventId=event)["items"]
    return next(str(one["id"]) for one in some if f"_{day}" in one["id"])


def shows(moving: Moving, path: str = "Calendar", years: Sequence[int] = (2026,)) -> list[tuple[str, str, str]]:
    """Title, begin and end of all that a calendar shows, in order of time; UTC."""
    folder = moving.here.of_class("IPF.Appointment")[path]
    return sorted((
        (one.subject, f"{one.start:%Y-%m-%d %H:%M}", f"{one.end:%Y-%m-%d %H:%M}")
        for one in moving.here.view(folder, windows(*years))
    ), key=lambda one: (one[1], one[0]))


def google_shows(moving: Moving, until: str, calendar: str = "primary") -> Any:
    """All that Google itself shows."""
    return moving.google.act("calendar.expanded", OWNER, until=until, calendar=calendar)


def said_of(moving: Moving, done: Migration, title: str) -> list[str]:
    """What the report says of an item."""
    return [one.reason for one in moving.lines(done) if one.item.startswith(title)]
