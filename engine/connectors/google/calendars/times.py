"""When an event is: EventDateTime of Google's Calendar API (discovery document calendar.v3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.connectors.google.rest.asking import Json
from engine.errors import RefusedError

UTC_NAME = "UTC"
UNREADABLE = "Google tells a time of this event that cannot be read."


@dataclass(frozen=True, slots=True)
class When:
    """A time as clocks show it in a zone of the tz database; of a whole day its first moment.

    `known` is False where the name that Google gives is no zone: the time is in UTC then.
    """

    wall: datetime
    zone: str
    all_day: bool = False
    known: bool = True

    @property
    def utc(self) -> datetime:
        """The same moment in UTC."""
        return to_utc(self.wall, self.zone)


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo | None:
    """The zone of that name; None: there is none."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None


def to_utc(wall: datetime, zone: str) -> datetime:
    """The moment at which clocks of a zone show that; of two the first, of none the one that far behind the gap.

    So RFC 5545 3.3.5 has it.
    """
    return wall.replace(tzinfo=zone_named(zone) or UTC).astimezone(UTC)


def to_wall(moment: datetime, zone: str) -> datetime:
    """What clocks of a zone show at a moment."""
    return moment.astimezone(zone_named(zone) or UTC).replace(tzinfo=None)


def when(told: Json, usual: str, of_days: str = "") -> When:
    """The time that Google tells; `usual` is the zone of the calendar, `of_days` that of whole days, if it is another.

    Raises RefusedError.
    """
    name = told.get("timeZone") or usual or UTC_NAME
    zone = name if zone_named(name) is not None else UTC_NAME
    try:
        if "date" in told:
            return When(datetime.fromisoformat(f"{told['date']}T00:00:00"), _of_days(of_days or usual), all_day=True)
        moment = datetime.fromisoformat(told["dateTime"])
        wall = to_wall(moment, zone) if moment.tzinfo else moment
        return When(wall, zone, known=zone == name)
    except (KeyError, ValueError, OverflowError) as error:
        raise RefusedError(UNREADABLE) from error


def _of_days(usual: str) -> str:
    """That zone, if it is one: a date is the same one to everybody (calendar.v3, EventDateTime.date)."""
    return usual if usual and zone_named(usual) is not None else UTC_NAME
