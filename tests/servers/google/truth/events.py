"""Events of calendars, and by dateutil the moments at which whoever reads a calendar has to see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

OWNER = "ann@example.org"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime.min.time()


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody at an event. `answer` is a responseStatus of Google's, `comment` what they wrote with it."""

    address: str
    name: str = ""
    answer: str = "needsAction"
    optional: bool = False
    resource: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What an event, or one occurrence of it, says besides its times. None: what its series says."""

    title: str | None = None
    description: str | None = None
    place: str | None = None
    guests: tuple[Guest, ...] | None = None
    free: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One occurrence that is otherwise than its series. `at` is when the series has it, by its own clocks."""

    at: datetime
    gone: bool = False
    start: datetime | None = None
    span: timedelta | None = None
    text: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder so many minutes before."""

    minutes: int
    method: str = "popup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event or a series. Its times are what clocks show in its zone; those of a whole day are midnights.

    `rule` is an RRULE without UNTIL, which is `until`: the last moment, by its own clocks. With `cut`, the series was
    made without end, and somebody changed "this and following" events later. `reminders` None: the calendar's own.
    `foreign` is who invited the owner; with `orphan`, to one occurrence alone. `kind` is an eventType of Google's.
    """

    name: str
    start: datetime
    calendar: str = ""
    zone: str = "Europe/Berlin"
    span: timedelta = HOUR
    all_day: bool = False
    rule: str = ""
    until: datetime | None = None
    cut: bool = False
    more: tuple[datetime, ...] = ()
    without: tuple[datetime, ...] = ()
    changes: tuple[Change, ...] = ()
    text: Text = field(default_factory=Text)
    status: str = "confirmed"
    visibility: str = "default"
    reminders: tuple[Reminder, ...] | None = None
    foreign: Guest | None = None
    answer: str = ""
    orphan: bool = False
    kind: str = "default"
    conference: str = ""
    files: tuple[tuple[str, str], ...] = ()
    source: tuple[str, str] = ("", "")      # where it was made: a title and a link

    @property
    def is_series(self) -> bool:
        """True: it has a rule, or further dates."""
        return bool(self.rule or self.more)

    def walls(self, last: datetime) -> list[datetime]:
        """When its occurrences begin if nobody changed one, until then; what was taken out apart."""
        if not self.is_series:
            return [self.start]
        found = {self.start, *self.more}
        if self.rule:
            end = last if self.until is None else min(last, self.until)
            by_rule = rrulestr(self.rule, dtstart=self.start)
            for one in by_rule:
                if one > end:
                    break
                found.add(one)
        return sorted(found - set(self.without))

    def utc(self, wall: datetime, zone: str = "") -> datetime:
        """The moment at which clocks of its zone show that; `zone` is its calendar's, which days go by."""
        return wall.replace(tzinfo=ZoneInfo(zone if self.all_day else self.zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """An occurrence as a calendar has to show it; its times are UTC. `change` is what somebody made of it."""

    event: Event
    title: str
    start: datetime
    end: datetime
    change: Change | None = None

    def told(self, field_: str) -> object:
        """What it says in a field of Text."""
        own = None if self.change is None else getattr(self.change.text, field_)
        return getattr(self.event.text, field_) if own is None else own


def seen(event: Event, zone: str, last: datetime) -> Iterator[Seen]:
    """The occurrences of an event until then, in a calendar of that zone; none of one that was cancelled.

    One without length lasts a minute, as no server takes it otherwise (docs/fidelity.md).
    """
    if event.status == "cancelled":
        return
    by_time = {one.at: one for one in event.changes}
    title = event.name if event.text.title is None else event.text.title
    for wall in event.walls(last):
        change = by_time.get(wall)
        if change is not None and change.gone:
            continue
        start, span, name = wall, event.span, title
        if change is not None:
            start, span = change.start or wall, change.span or event.span
            name = title if change.text.title is None else change.text.title
        begin = event.utc(start, zone)
        end = event.utc(start + span, zone) if event.all_day else begin + (span or MINUTE)
        yield Seen(event, name, begin, end, change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A calendar of somebody's list. `role` is an accessRole; `moves` says whether its events come along."""

    name: str
    zone: str = "Europe/Berlin"
    role: str = "owner"
    primary: bool = False
    hidden: bool = False
    kind: str = ""          # "holiday" or "birthdays": a calendar of Google's own
    reminders: tuple[Reminder, ...] = (Reminder(10),)

    @property
    def moves(self) -> bool:
        """True: OMM carries it without being asked to."""
        return self.role in ("owner", "writer") and not self.hidden and not self.kind


def clock(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """What clocks show."""
    return datetime.combine(date(year, month, day), MIDNIGHT).replace(hour=hour, minute=minute)


def until(event: Event, last: datetime, zone: str) -> Sequence[Seen]:
    """The same as a list, in the order of their begins."""
    return sorted(seen(event, zone, last), key=lambda one: one.start)
