"""What takes place in a calendar, computed from what is held: for whoever judges a copy of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from emulators.google.calendar.books import Calendar, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One of them. `start` and `end` are instants in UTC, or days of an all-day event, whose end is exclusive.

    `wall` and `wall_end` are the times on a clock in `zone`, the event's own, or the calendar's where it has none; of
    an all-day event both are "". `original` is when it would be by the rule, "" for what does not recur; `series` is
    the id of what recurs. `sequence` and `updated` are as in answers.
    """

    id: str
    uid: str
    series: str
    original: str
    start: str
    end: str
    all_day: bool
    wall: str
    wall_end: str
    zone: str
    summary: str
    location: str
    busy: bool
    status: str
    kind: str


def occurrences(calendar: Calendar, until: datetime) -> list[Occurrence]:
    """All that begin before an instant, by their starts; RDATE, EXDATE and exceptions are heeded."""
    found = [one for one in _living(calendar, until) if one.start.at(calendar.zone) < until]
    found.sort(key=lambda one: (one.start.at(calendar.zone), one.id))
    return [_told(calendar, one) for one in found]


def _living(calendar: Calendar, until: datetime) -> Iterator[Event]:
    for event in calendar.events.values():
        if event.cancelled or event.dropped:
            continue
        if event.recurrence is None:
            yield event
            continue
        yield from (one for one in calendar.instances(event, until) if one.id not in calendar.events)


def _told(calendar: Calendar, event: Event) -> Occurrence:
    all_day = event.start.day is not None
    zone = "" if all_day else event.start.zone or calendar.zone
    raw, original = event.raw, event.original
    return Occurrence(
        id=event.id, uid=raw.get("iCalUID", ""), series=event.series,
        original="" if original is None else _plain(original.said("UTC")),
        start=_plain(event.start.said("UTC")), end=_plain(event.end.said("UTC")), all_day=all_day,
        wall="" if all_day else _wall(event.start.said(zone)), wall_end="" if all_day else _wall(event.end.said(zone)),
        zone=zone, summary=raw.get("summary", ""), location=raw.get("location", ""),
        busy=raw.get("transparency", "opaque") == "opaque", status=raw.get("status", "confirmed"),
        kind=raw.get("eventType", "default"))


def _plain(said: dict[str, str]) -> str:
    return said.get("date") or said["dateTime"]


def _wall(said: dict[str, str]) -> str:
    return said["dateTime"][:19]
