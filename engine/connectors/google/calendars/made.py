"""An event with its exceptions, made into the appointment that it becomes, or into several."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.digests import DIGEST
from engine.connectors.exchange.typed.fields import INVITED
from engine.connectors.exchange.typed.made import made as made_of
from engine.connectors.exchange.typed.properties import put_property
from engine.connectors.exchange.typed.whole import Occurrence, Whole
from engine.connectors.google.asking import Json
from engine.connectors.google.calendars.event import Calendar, Event, appointment, event_of
from engine.connectors.google.calendars.events import CANCELLED
from engine.connectors.google.calendars.planning import Own, Plan, Run, plan
from engine.connectors.google.calendars.rules import Recurrence, recurrence
from engine.connectors.google.calendars.skipped import in_rules, with_skipped
from engine.connectors.google.calendars.times import When, to_utc, to_wall, when
from engine.connectors.google.calendars.zones import ENDLESS
from engine.connectors.google.items import At, Found
from engine.ports.typed import TypedItem

YEARS = 5       # how far from now single appointments go, of what recurs without an end
SPLIT = "Exchange cannot hold how it recurs in one series: it is {} now"
UNREADABLE = "how it recurs cannot be read, and it stands once: {}"
# What an appointment is made of, for the digest; new fields of Google's change none.
_CARRIED = frozenset({
    "attachments", "attendees", "attendeesOmitted", "conferenceData", "description", "end", "endTimeUnspecified",
    "eventType", "guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests", "hangoutLink", "iCalUID",
    "location", "organizer", "originalStartTime", "recurrence", "reminders", "sequence", "source", "start", "status",
    "summary", "transparency", "visibility",
})
_BESIDE = frozenset({"iconLink", "iconUri", "signature", "createRequest", "parameters"})


@dataclass(frozen=True, slots=True)
class Held:
    """A series with what Google says of single occurrences, by when its rules have them, as its clocks show it."""

    event: Event
    calendar: Calendar
    changed: dict[datetime, Json]
    cancelled: frozenset[datetime]
    untold: list[str]


def made(uid: int, found: Found, at: At) -> TypedItem:
    """The item, ready to be written but for its tag and its key. Raises RefusedError."""
    calendar = replace(calendar_of(found.parts[-1]), now=at.now)
    event, untold = event_of(found.item, calendar), list[str]()
    told = _recurrence(event, untold)
    if told is None:
        wholes = [_single(event, calendar, untold)]
    else:
        held = _held(event, calendar, told, found.parts[1:-1], untold)
        wholes = list(_wholes(held, _planned(held, told, at.now), at.now))
    first, *others = [made_of(uid, whole, at) for whole in wholes]
    words = [*untold, *(one.untold for one in (first, *others) if one.untold)]
    return replace(
        first, theirs=_theirs(found.parts, calendar), further=tuple(others), untold="; ".join(dict.fromkeys(words)),
        size=sum(one.size for one in (first, *others)),
    )


def is_void(parts: Sequence[Json], now: datetime) -> bool:
    """True: all occurrences of an event were deleted, so that Google shows nothing of it. Raises RefusedError."""
    calendar = calendar_of(parts[-1])
    event = event_of(parts[0], calendar)
    told = _recurrence(event, [])
    if told is None or any(rule.is_endless for rule in told.rules):
        return False
    planned = _planned(_held(event, calendar, told, parts[1:-1], []), told, now)
    return not (planned.runs or planned.singles or planned.stray)


def calendar_of(entry: Json) -> Calendar:
    """What a CalendarListEntry says that events need."""
    return Calendar(str(entry.get("timeZone") or ""), tuple(entry.get("defaultReminders") or ()))


def _theirs(parts: Sequence[Json], calendar: Calendar) -> str:
    """The digest of what Google says of an event, with the reminders and the zone that it has of its calendar."""
    usual = (parts[0].get("reminders") or {}).get("useDefault")
    own = [{name: _plain(value) for name, value in one.items() if name in _CARRIED} for one in parts[:-1]]
    zone = calendar.zone if any("date" in (one.get("start") or {}) for one in parts[:-1]) else ""
    told = [own, list(calendar.reminders) if usual else [], zone]
    return hashlib.sha256(_written(told).encode()).hexdigest()[:DIGEST]


def _plain(told: object) -> object:
    """The same, whatever order Google tells it in."""
    if isinstance(told, dict):
        return {name: _plain(value) for name, value in told.items() if name not in _BESIDE}
    return sorted(map(_plain, told), key=_written) if isinstance(told, list) else told


def _written(told: object) -> str:
    return json.dumps(told, sort_keys=True)


def _recurrence(event: Event, untold: list[str]) -> Recurrence | None:
    """How it recurs; None: not at all."""
    lines = event.told.get("recurrence") or ()
    try:
        found = recurrence(lines, event.start)
    except (ValueError, KeyError, OverflowError):
        untold.append(UNREADABLE.format("; ".join(map(str, lines))[:200]))
        return None
    return with_skipped(found, event.start) if found.rules or found.dates else None


def _held(
    event: Event, calendar: Calendar, recurring: Recurrence, exceptions: Sequence[Json], untold: list[str],
) -> Held:
    own = replace(calendar, zone=event.start.zone)
    changed, cancelled = dict[datetime, Json](), set[datetime]()
    for one in exceptions:
        original = in_rules(recurring, event.start, _original(one, event.start.zone))
        if one.get("status") == CANCELLED:
            cancelled.add(original)
        else:
            changed[original] = one
    return Held(event, own, changed, frozenset(cancelled), untold)


def _original(told: Json, zone: str) -> datetime:
    """When an occurrence would be, as clocks of the zone show it; a day is that day, whatever clocks do on it."""
    found = when(told.get("originalStartTime") or {}, zone)
    return found.wall if found.all_day else to_wall(found.utc, zone)


def _planned(held: Held, told: Recurrence, now: datetime) -> Plan:
    here, start = to_wall(now, held.event.start.zone), held.event.start.wall
    own = Own(frozenset(held.changed), held.cancelled)
    found = plan(told, start, _length(held.event), own, now=here, horizon=_horizon(held.event, now))
    held.untold.extend(found.untold)
    return found


def _horizon(event: Event, now: datetime) -> datetime:
    """Up to when clocks show it what recurs without an end is looked at one by one."""
    return datetime(to_wall(now, event.start.zone).year + YEARS + 1, 1, 1)      # noqa: DTZ001 - as clocks show it


def _length(event: Event) -> timedelta:
    """How long each occurrence lasts: the same time as the first one (RFC 5545 3.8.5.3), or as many days."""
    if event.start.all_day:
        return event.end.wall - event.start.wall
    return event.end.utc - event.start.utc


def _single(event: Event, calendar: Calendar, untold: list[str]) -> Whole:
    on = _original(event.told, event.start.zone).date() if event.told.get("originalStartTime") else None
    return Whole(appointment(event, calendar, untold, on=on))


def _wholes(held: Held, planned: Plan, now: datetime) -> Iterator[Whole]:
    """All appointments that it becomes, series first; the first of them is the one that has its UID."""
    untold, alone = held.untold, [*planned.singles, *planned.stray]
    if len(planned.runs) + len(alone) > 1:
        kinds = ((len(planned.runs), "series"), (len(alone), "single appointment"))
        untold.append(SPLIT.format(" and ".join(_number(*one) for one in kinds if one[0])))
    for number, run in enumerate(planned.runs):
        yield _series(held, run, now, named=not number)
    for original in alone:
        yield _alone(held, original)


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 and noun != 'series' else ''}"


def _alone(held: Held, original: datetime) -> Whole:
    """An occurrence that stands by itself, as it was changed if it was."""
    told = held.changed.get(original)
    if told is not None:
        return Whole(appointment(event_of(told, held.calendar), held.calendar, held.untold, on=original.date()))
    return Whole(appointment(
        held.event, held.calendar, held.untold, on=original.date(), at=_at(held.event, original)
    ))


def _at(event: Event, start: datetime) -> tuple[When, When]:
    """When an occurrence is that begins then."""
    zone, length = event.start.zone, _length(event)
    end = start + length if event.start.all_day else to_wall(to_utc(start, zone) + length, zone)
    return replace(event.start, wall=start), replace(event.start, wall=end)


def _usually_at(event: Event, start: datetime) -> tuple[When, When]:
    """The same, but that it ends as it would without a change of clocks: so an Exchange has all of a series."""
    return replace(event.start, wall=start), replace(event.start, wall=start + _length(event))


def _over_a_change(held: Held, run: Run, last: datetime) -> list[datetime]:
    """Those of a series up to `last` that end at another hour than the others, as clocks change meanwhile."""
    event, gone = held.event, {*run.deleted, *held.changed}
    return [
        one for one in run.all(last)
        if one not in gone and _at(event, one)[1].wall != one + _length(event)
    ] if not event.start.all_day else []


def _series(held: Held, run: Run, now: datetime, *, named: bool) -> Whole:
    zone, final = held.event.start.zone, run.final()
    last = None if final is None else to_utc(final, zone)
    span = run.first.year, last or ENDLESS
    item = appointment(
        held.event, held.calendar, held.untold, span=span, named=named, at=_usually_at(held.event, run.first)
    )
    _put_recurrence(item, run)
    if last is not None:
        xml.add(xml.add(item, "LastOccurrence"), "Start", xml.utc(last))
    due = run.after(to_wall(now, zone))
    if due is not None:
        xml.add(item, "ReminderDueBy", xml.utc(to_utc(due, zone)))
    own = [original for original in sorted(held.changed) if original in run.live]
    if any(held.changed[original].get("attendees") for original in own):
        put_property(item, INVITED, "true")
    changed = [_occurrence(held, original, span) for original in own]
    changed += [_longer_or_shorter(held, one, span) for one in _over_a_change(held, run, _horizon(held.event, now))]
    changed.sort(key=lambda one: one.original)
    return Whole(item, changed=tuple(changed), deleted=tuple(to_utc(one, zone) for one in run.deleted))


def _longer_or_shorter(held: Held, start: datetime, span: tuple[int, datetime]) -> Occurrence:
    """One during which clocks change: it ends when Google ends it."""
    at = begin, end = _at(held.event, start)
    item = appointment(held.event, held.calendar, held.untold, span=span, named=False, at=at)
    return Occurrence(begin.utc, begin.utc, end.utc, item)


def _occurrence(held: Held, original: datetime, span: tuple[int, datetime]) -> Occurrence:
    """A changed occurrence, in the zone of its series as that says it."""
    event = event_of(held.changed[original], held.calendar)
    item = appointment(event, held.calendar, held.untold, span=span, named=False)
    return Occurrence(to_utc(original, held.event.start.zone), event.start.utc, event.end.utc, item)


def _put_recurrence(item: etree._Element, run: Run) -> None:
    """The pattern and its end (types.xsd, RecurrenceType)."""
    made = xml.add(item, "Recurrence")
    run.pattern.write(made)
    if run.is_endless:
        span = xml.add(made, "NoEndRecurrence")
    else:
        span = xml.add(made, "NumberedRecurrence" if run.count is not None else "EndDateRecurrence")
    xml.add(span, "StartDate", run.first.date().isoformat())
    if run.count is not None:
        xml.add(span, "NumberOfOccurrences", str(run.count))
    elif run.until is not None:
        xml.add(span, "EndDate", run.until.isoformat())
