"""Which events a list has: events.list and events.instances of the discovery document.

"The default is an unspecified, stable order": here it is that of a hash, so that exceptions come before or after the
event that they belong to, and on other pages. How far a series without an end is expanded when nobody gives `timeMax`,
no page says; here it is `HORIZON` from now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain
from typing import Any

from emulators.google.calendar.bodies import Given
from emulators.google.calendar.books import Calendar, Event
from emulators.google.calendar.ids import of_instance
from emulators.google.calendar.moments import bound, taken, zone_of
from emulators.google.calendar.refusals import CalendarError, empty_range, too_long_ago, wrong_parameter

HORIZON = timedelta(days=2 * 366)
REMEMBERED = timedelta(days=28)     # how long deletions are known to updatedMin; no page says it
# "There are several query parameters that cannot be specified together with nextSyncToken"
NOT_SYNCED = ("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax",
              "updatedMin")
_SEARCHED = ("summary", "description", "location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The times of a list: events that end after `low` and begin before `high`; None is no bound."""

    low: datetime | None
    high: datetime | None
    last: datetime      # instances are made until then

    @classmethod
    def of(cls, parameters: Given, now: float) -> "Bounds":
        """Those of the parameters; raises CalendarError."""
        low, high = (bound(parameters[name], name) if name in parameters else None for name in ("timeMin", "timeMax"))
        if low is not None and high is not None and low >= high:
            raise empty_range("timeMax")
        return cls(low=low, high=high, last=high or max(_instant(now), low or _instant(0)) + HORIZON)

    def hold(self, event: Event, zone: str) -> bool:
        """True: the event is within them; a day begins and ends at midnight in `zone`."""
        if self.low is not None and event.end.at(zone) <= self.low:
            return False
        return self.high is None or event.start.at(zone) < self.high


def listed(calendar: Calendar, parameters: Given, now: float, since: int | None) -> list[Event]:
    """The events of a list in their order; `since` is the change that a sync token stands for. Raises CalendarError."""
    check(parameters, since)
    bounds = Bounds.of(parameters, now)
    single = bool(parameters.get("singleEvents"))
    found: Iterable[Event] = _expanded(calendar, bounds) if single else calendar.events.values()
    chosen = [one for one in found if _told(calendar, one, parameters, since) and _matches(one, parameters)
              and (_within(calendar, one, bounds, single=single))]
    if (oldest := _oldest(parameters, now)) is not None:
        chosen = [one for one in chosen if one.updated >= oldest]
    if since is not None:
        chosen = [one for one in chosen if one.change > since]
    return ordered(chosen, parameters.get("orderBy", ""), calendar.zone)


def instances(calendar: Calendar, master: Event, parameters: Given, now: float) -> list[Event]:
    """The instances of a recurring event, by their original starts; raises CalendarError."""
    _check_zone(parameters)
    bounds = Bounds.of(parameters, now)
    if bounds.low is not None:
        bounds = replace(bounds, low=bounds.low - timedelta(microseconds=1))       # "Lower bound (inclusive)"
    made = _instances(calendar, master, bounds)
    if "originalStart" in parameters:
        made = _original(calendar, master, parameters["originalStart"])
    found = [one for one in made if bounds.hold(one, calendar.zone)
             and (parameters.get("showDeleted") or not one.cancelled)]
    return sorted(found, key=lambda one: one.original.at() if one.original else one.start.at())


def check(parameters: Given, since: int | None) -> None:
    """Raises CalendarError for parameters that do not go together."""
    _check_zone(parameters)
    if parameters.get("orderBy") == "startTime" and not parameters.get("singleEvents"):
        raise wrong_parameter("orderBy", "The requested ordering is not available for the particular query.")
    alone = any(name in parameters for name in NOT_SYNCED) or parameters.get("showDeleted") is False
    if since is not None and alone:
        raise wrong_parameter("syncToken", "Sync token cannot be used with other query restrictions.")


def ordered(events: list[Event], by: str, zone: str) -> list[Event]:
    """Ascending by start or time of change, else in an order that is stable and nothing more."""
    keys: dict[str, Any] = {"startTime": lambda one: (one.start.at(zone), one.id),
                            "updated": lambda one: (one.updated, one.change),
                            "": lambda one: sha256(one.id.encode()).digest()}
    return sorted(events, key=keys[by])


def _check_zone(parameters: Given) -> None:
    if "timeZone" in parameters and zone_of(parameters["timeZone"]) is None:
        raise wrong_parameter("timeZone", "Invalid time zone.")


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _oldest(parameters: Given, now: float) -> float | None:
    if "updatedMin" not in parameters:
        return None
    oldest = bound(parameters["updatedMin"], "updatedMin")
    if oldest < _instant(now) - REMEMBERED:
        raise too_long_ago()
    return oldest.timestamp()


def _expanded(calendar: Calendar, bounds: Bounds) -> Iterator[Event]:
    """Single events, exceptions, and the instances that are as their series says; no series."""
    for event in list(calendar.events.values()):
        if event.recurrence is None:
            yield event
        else:
            yield from (one for one in calendar.instances(event, bounds.last) if one.id not in calendar.events)


def _instances(calendar: Calendar, master: Event, bounds: Bounds) -> Iterator[Event]:
    yield from calendar.exceptions(master.id)
    yield from (one for one in calendar.instances(master, bounds.last) if one.id not in calendar.events)


def _original(calendar: Calendar, master: Event, said: str) -> Iterator[Event]:
    key = taken({"dateTime" if "T" in said else "date": said}, "original").key
    found = calendar.find(of_instance(master.id, key))
    if found is not None and not found.dropped:
        yield found


def _told(calendar: Calendar, event: Event, parameters: Given, since: int | None) -> bool:
    """True: the list has it though it is cancelled, or it is not (`showDeleted`, `updatedMin`, `syncToken`)."""
    if not event.cancelled and not event.dropped:
        return True
    if parameters.get("showDeleted") or since is not None or "updatedMin" in parameters:
        return True
    living = event.series and not event.dropped and calendar.series_of(event) is not None
    return bool(living and not parameters.get("singleEvents"))


def _within(calendar: Calendar, event: Event, bounds: Bounds, *, single: bool) -> bool:
    """A series is within them when one of its instances is."""
    if event.recurrence is None or single or (bounds.low is None and bounds.high is None):
        return bounds.hold(event, calendar.zone)
    found = chain(calendar.exceptions(event.id), calendar.instances(event, bounds.last))
    return any(bounds.hold(one, calendar.zone) for one in found if not one.cancelled)


def _matches(event: Event, parameters: Given) -> bool:
    if parameters.get("iCalUID") not in (None, event.raw.get("iCalUID")):
        return False
    kinds = parameters.get("eventTypes")
    if kinds and event.raw.get("eventType", "default") not in kinds:
        return False
    for name in ("private", "shared"):
        has = event.raw.get("extendedProperties", {}).get(name, {})
        for one in parameters.get(f"{name}ExtendedProperty", []):
            key, equals, value = one.partition("=")
            if not equals:
                raise _bad_constraint(f"{name}ExtendedProperty")
            if has.get(key) != value:
                return False
    return all(word in _text(event) for word in parameters.get("q", "").casefold().split())


def _bad_constraint(name: str) -> CalendarError:
    return wrong_parameter(name, "Invalid extended property constraint.")


def _text(event: Event) -> str:
    people = [event.raw.get("organizer", {}), *event.raw.get("attendees", [])]
    words = [str(event.raw.get(name, "")) for name in _SEARCHED]
    return " ".join([*words, *(str(one.get(key, "")) for one in people for key in ("displayName", "email"))]).casefold()
