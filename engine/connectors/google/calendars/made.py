"""An event with its exceptions, made into the appointment that it becomes, or into several."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.digests import DIGEST
from engine.connectors.exchange.typed.fields import INVITED
from engine.connectors.exchange.typed.made import made as made_of
from engine.connectors.exchange.typed.properties import put_property
from engine.connectors.exchange.typed.whole import Occurrence, Whole
from engine.connectors.google.calendars.event import PARTLY, Calendar, Event, appointment, event_of
from engine.connectors.google.calendars.events import CANCELLED, OF_DAYS
from engine.connectors.google.calendars.planning import Own, Plan, Run, plan
from engine.connectors.google.calendars.rules import Recurrence, recurrence
from engine.connectors.google.calendars.skipped import in_rules, with_skipped
from engine.connectors.google.calendars.times import UNREADABLE as UNREADABLE_TIME
from engine.connectors.google.calendars.times import When, to_utc, to_wall, when
from engine.connectors.google.calendars.zone_rules import year_of
from engine.connectors.google.calendars.zones import ENDLESS
from engine.connectors.google.reading.items import At, Found
from engine.connectors.google.rest.asking import Json
from engine.errors import RefusedError
from engine.messages.envelope import plain
from engine.ports.typed import TypedItem

GROUP = "@group.calendar.google.com"    # ends the id of a calendar that is no person's own
YEARS = 5       # how far from now single appointments go, of what recurs without an end
SPLIT = "Exchange cannot hold how it recurs in one series: it is {} now"
OVER_A_CHANGE = "occurrences during which clocks change end at the same hour as all others from {:%Y-%m-%d} on"
NOTHING_LEFT = "All that its rules have is taken out of it again."
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
    lengths: Mapping[datetime, timedelta] = field(default_factory=dict)

    def at(self, start: datetime) -> tuple[When, When]:
        """When the occurrence is that begins then: it lasts as long as the first one (RFC 5545 3.8.5.3)."""
        first, zone, length = self.event.start, self.event.start.zone, self.lengths.get(start, _length(self.event))
        end = start + length if first.all_day else to_wall(to_utc(start, zone) + length, zone)
        return replace(first, wall=start), replace(first, wall=end)

    def usually_at(self, start: datetime) -> tuple[When, When]:
        """The same, but that it ends at the hour of all others: so an Exchange has it of a series."""
        begin, end = self.at(start)
        usual = start + _length(self.event)
        return begin, end if end.wall == usual else replace(end, wall=usual)

    def can_be_first(self, start: datetime) -> bool:
        """True: clocks show the hours of a series when it begins; else all of it would stand at other hours."""
        return all(to_wall(one.utc, one.zone) == one.wall for one in self.usually_at(start))


def made(uid: int, found: Found, at: At) -> TypedItem:
    """The item, ready to be written but for its tag and its key. Raises RefusedError."""
    try:
        return _made(uid, found, at)
    except OverflowError as error:      # at the very ends of the years
        raise RefusedError(UNREADABLE_TIME) from error


def _made(uid: int, found: Found, at: At) -> TypedItem:
    calendar = replace(calendar_of(found.parts[-1]), now=at.now)
    event, untold = event_of(found.item, calendar), list[str]()
    told = _recurrence(event, untold)
    if told is None:
        wholes = [_single(event, calendar, untold)]
    else:
        held = _held(event, calendar, told, found.parts[1:-1], untold)
        wholes = list(_wholes(held, _planned(held, told, at.now), at.now))
    if not wholes:
        raise RefusedError(NOTHING_LEFT)
    first, *others = [made_of(uid, whole, at) for whole in wholes]
    words = [*untold, *(one.untold for one in (first, *others) if one.untold)]
    return replace(
        first, theirs=_theirs(found.parts, calendar), further=tuple(others), untold="; ".join(dict.fromkeys(words)),
        size=sum(one.size for one in (first, *others)),
    )


def is_void(parts: Sequence[Json], now: datetime) -> bool:
    """True: all occurrences of an event were deleted, so that Google shows nothing of it.

    Raises RefusedError, OverflowError.
    """
    calendar = calendar_of(parts[-1])
    event = event_of(parts[0], calendar)
    told = _recurrence(event, [])
    if told is None or (any(rule.is_endless for rule in told.rules) and not told.but):
        return False
    return not _planned(_held(event, calendar, told, parts[1:-1], []), told, now).is_something


def calendar_of(entry: Json) -> Calendar:
    """What a CalendarListEntry says that events need."""
    others = not entry.get("primary") and not str(entry.get("id") or "").endswith(GROUP)
    return Calendar(
        str(entry.get("timeZone") or ""), tuple(entry.get("defaultReminders") or ()),
        of_days=str(entry.get(OF_DAYS) or ""), is_others=others,
        is_partly_told=entry.get("accessRole") == PARTLY,
    )


def _theirs(parts: Sequence[Json], calendar: Calendar) -> str:
    """The digest of what Google says of an event, with the reminders that it has of its calendar.

    Whoever moves to another zone has changed none.
    """
    usual = (parts[0].get("reminders") or {}).get("useDefault")
    own = [{name: _plain(value) for name, value in one.items() if name in _CARRIED} for one in parts[:-1]]
    told = [own, _plain(list(calendar.reminders)) if usual else []]
    return hashlib.sha256(_written(told).encode()).hexdigest()[:DIGEST]


def _plain(told: object) -> object:
    """The same, whatever order Google tells it in, and with moments in UTC: it tells them as the calendar's clocks."""
    if isinstance(told, dict):
        return {name: _in_utc(value) if name == "dateTime" else _plain(value)
                for name, value in told.items() if name not in _BESIDE}
    return sorted(map(_plain, told), key=_written) if isinstance(told, list) else told


def _in_utc(told: object) -> str:
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(str(told))
        return found.astimezone(UTC).isoformat() if found.tzinfo else str(told)
    return str(told)


def _written(told: object) -> str:
    return json.dumps(told, sort_keys=True)


def _recurrence(event: Event, untold: list[str]) -> Recurrence | None:
    """How it recurs; None: not at all."""
    lines = event.told.get("recurrence") or ()
    try:
        found = recurrence(lines, event.start)
    except (ValueError, KeyError, OverflowError):
        untold.append(UNREADABLE.format(plain("; ".join(map(str, lines)))))
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
    return Held(event, own, changed, frozenset(cancelled), untold, recurring.lengths)


def _original(told: Json, zone: str) -> datetime:
    """When an occurrence would be, as clocks of the zone show it; a day is that day, whatever clocks do on it."""
    found = when(told.get("originalStartTime") or {}, zone)
    return found.wall if found.all_day else to_wall(found.utc, zone)


def _planned(held: Held, told: Recurrence, now: datetime) -> Plan:
    here, start = to_wall(now, held.event.start.zone), held.event.start.wall
    own = Own(frozenset(held.changed), held.cancelled)
    found = plan(told, start, _length(held.event), own, now=here, horizon=_horizon(held.event, now))
    held.untold.extend(found.untold)
    return _sayable(held, found)


def _sayable(held: Held, planned: Plan) -> Plan:
    """The same with series that begin when clocks show their hours; what is before that stands alone."""
    runs, singles = list[Run](), list(planned.singles)
    for run in planned.runs:
        left: Run | None = run
        while left is not None and not held.can_be_first(left.first):
            singles += [left.first] if left.first not in left.deleted else []
            left = left.without_first()
        runs += [left] if left is not None else []
    return replace(planned, runs=tuple(runs), singles=tuple(sorted(singles)))


def _horizon(event: Event, now: datetime) -> datetime:
    """Up to when clocks show it what recurs without an end is looked at one by one."""
    return datetime(to_wall(now, event.start.zone).year + YEARS + 1, 1, 1)      # noqa: DTZ001 - as clocks show it


def _length(event: Event) -> timedelta:
    """How long it lasts: of whole days, as many days."""
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
        held.event, held.calendar, held.untold, on=original.date(), at=held.at(original)
    ))


def _lasting_otherwise(held: Held, run: Run, last: datetime) -> list[datetime]:
    """Those of a series up to `last` that end at another hour than the others: clocks change during most of them."""
    gone, days = {*run.deleted, *held.changed}, _days_of_changes(held.event, run.first.year, last.year)
    return [
        one for one in run.all(last)
        if (one.date() in days or one in held.lengths) and one not in gone
        and held.at(one)[1].wall != held.usually_at(one)[1].wall
    ]


def _days_of_changes(event: Event, first: int, last: int) -> frozenset[date]:
    """The days on which an occurrence may begin during which clocks change, in those years."""
    if event.start.all_day:
        return frozenset()
    changes = [one.wall.date() for year in range(first, last + 1) for one in year_of(event.start.zone, year).changes]
    before = range(_length(event).days + 3)
    return frozenset(day - timedelta(days=one - 1) for day in changes for one in before)


def _series(held: Held, run: Run, now: datetime, *, named: bool) -> Whole:
    zone, final = held.event.start.zone, run.final()
    moved = [event_of(held.changed[one], held.calendar) for one in held.changed if one in run.live]
    last = None if final is None else max((to_utc(final, zone), *(one.start.utc for one in moved)))
    span = run.first.year, max((last or ENDLESS, *(one.end.utc for one in moved)))
    item = appointment(
        held.event, held.calendar, held.untold, span=span, named=named, at=held.usually_at(run.first)
    )
    _put_recurrence(item, run)
    if last is not None:
        xml.add(xml.add(item, "LastOccurrence"), "Start", xml.utc(last))
    due = _due(held, run, [one.start.utc for one in moved], now)
    if due is not None:
        xml.add(item, "ReminderDueBy", xml.utc(due))
    own = [original for original in sorted(held.changed) if original in run.live]
    if any(held.changed[original].get("attendees") for original in own):
        put_property(item, INVITED, "true")
    changed = [_occurrence(held, original, span) for original in own]
    horizon = _horizon(held.event, now)
    others = _lasting_otherwise(held, run, horizon)
    if others and (final is None or final > horizon):
        held.untold.append(OVER_A_CHANGE.format(horizon))
    changed += [_longer_or_shorter(held, one, span) for one in others]
    changed.sort(key=lambda one: one.original)
    return Whole(item, changed=tuple(changed), deleted=tuple(to_utc(one, zone) for one in run.deleted))


def _due(held: Held, run: Run, moved: Sequence[datetime], now: datetime) -> datetime | None:
    """When the next occurrence is, UTC, changed ones as they are now; None: all are over."""
    zone = held.event.start.zone
    pattern = run.after(to_wall(now, zone), but=held.changed)
    later = [one for one in moved if one > now]
    return min((*later, *([to_utc(pattern, zone)] if pattern is not None else [])), default=None)


def _longer_or_shorter(held: Held, start: datetime, span: tuple[int, datetime]) -> Occurrence:
    """One during which clocks change: it ends when Google ends it."""
    at = begin, end = held.at(start)
    item = appointment(held.event, held.calendar, held.untold, span=span, named=False, at=at)
    return Occurrence(begin.utc, begin.utc, end.utc, item, timed=True)


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
