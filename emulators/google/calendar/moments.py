"""When events are: the EventDateTime of the reference, and an instant or a day made of it.

developers.google.com/workspace/calendar/api/v3/reference/events: `date` is for all-day events, `dateTime` is a
date-time of RFC 3339 whose offset may be missing only beside a `timeZone`. Answers tell instants in the zone of the
calendar or of the parameter timeZone, while `timeZone` stays the event's own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from emulators.google.calendar.refusals import wrong, wrong_parameter

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?")
_FIRST, _LAST = 1000, 9900


@cache
def zone_of(name: str) -> ZoneInfo | None:
    """A zone of the IANA database by its name; None when there is none."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return None


@dataclass(frozen=True, slots=True)
class Moment:
    """A day of an all-day event, or an instant (UTC) with the zone that it was said in, "" for none."""

    day: date | None = None
    instant: datetime | None = None
    zone: str = ""

    @property
    def key(self) -> str:
        """What stands behind the underscore in the id of an instance that begins then."""
        if self.day is not None:
            return f"{self.day:%Y%m%d}"
        return f"{self.at():%Y%m%dT%H%M%SZ}"

    @property
    def wall(self) -> str:
        """The day, or the wall time in its own zone, as digits: 20260105T090000."""
        return f"{self.local():%Y%m%d}" if self.day is not None else f"{self.local():%Y%m%dT%H%M%S}"

    def at(self, zone: str = "UTC") -> datetime:
        """The instant in UTC; a day begins at midnight in `zone`."""
        if self.instant is not None:
            return self.instant
        assert self.day is not None
        return datetime.combine(self.day, time(), zone_of(zone)).astimezone(UTC)

    def local(self) -> datetime:
        """The wall time in its own zone, naive; midnight of a day."""
        if self.day is not None:
            return datetime.combine(self.day, time())
        return self.at().astimezone(zone_of(self.zone or "UTC")).replace(tzinfo=None)

    def moved(self, by: timedelta) -> "Moment":
        """So much later; a day by whole days."""
        if self.day is not None:
            return Moment(day=self.day + by)
        return Moment(instant=self.at() + by, zone=self.zone)

    def said(self, zone: str) -> dict[str, str]:
        """The EventDateTime of an answer that tells instants in `zone`."""
        if self.day is not None:
            return {"date": self.day.isoformat()}
        there = self.at().astimezone(zone_of(zone))
        told = {"dateTime": there.isoformat().replace("+00:00", "Z")}
        return told | ({"timeZone": self.zone} if self.zone else {})


def from_local(wall: datetime, zone: str, *, all_day: bool) -> Moment:
    """The moment of a naive wall time; all_day: only its day counts.

    A time that a change of clocks skips has the offset from before the gap (RFC 5545, 3.3.5).
    """
    if all_day:
        return Moment(day=wall.date())
    return Moment(instant=wall.replace(tzinfo=zone_of(zone)).astimezone(UTC), zone=zone)


def taken(given: Mapping[str, Any], name: str) -> Moment:
    """The moment of an EventDateTime in a request; `name` is start or end. Raises CalendarError."""
    day, instant, zone = given.get("date"), given.get("dateTime"), given.get("timeZone") or ""
    if (day is None) == (instant is None):
        raise wrong(f"Invalid {name} time.")
    if zone and zone_of(zone) is None:
        raise wrong(f"Invalid time zone definition for {name} time.")
    if day is not None:
        return Moment(day=_day(str(day), name))
    return Moment(instant=_instant(str(instant), zone, name), zone=zone)


def bound(given: str, name: str) -> datetime:
    """The instant of a parameter, whose offset is mandatory; raises CalendarError."""
    found = _DATE_TIME.fullmatch(given)
    if found is None or found[2] is None:
        raise wrong_parameter(name, "Bad Request")
    try:
        return _in_range(datetime.fromisoformat(found[1] + found[2]).astimezone(UTC))
    except (ValueError, OverflowError):
        raise wrong_parameter(name, "Bad Request") from None


def stamp(seconds: float) -> str:
    """A time of the clock as `created` and `updated` have it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{int(seconds * 1000) % 1000:03d}Z"


def _day(given: str, name: str) -> date:
    try:
        if _DATE.fullmatch(given) and _FIRST <= int(given[:4]) <= _LAST:
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise wrong(f"Invalid {name} time.")


def _instant(given: str, zone: str, name: str) -> datetime:
    found = _DATE_TIME.fullmatch(given)
    if found is None:
        raise wrong(f"Invalid {name} time.")
    if found[2] is None and not zone:
        raise wrong(f"Missing time zone definition for {name} time.")
    try:
        read = datetime.fromisoformat(found[1] + (found[2] or ""))
        return _in_range((read if read.tzinfo else read.replace(tzinfo=zone_of(zone))).astimezone(UTC))
    except (ValueError, OverflowError):
        raise wrong(f"Invalid {name} time.") from None


def _in_range(instant: datetime) -> datetime:
    """The instant; raises ValueError where zones or a horizon could lead out of the years that there are."""
    if not _FIRST <= instant.year <= _LAST:
        raise ValueError(instant)
    return instant
