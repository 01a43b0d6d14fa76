"""What a zone of the tz database does over some years, as Exchange has a zone of its owner's ([MS-OXWSGTZ] 2.2.4.12).

Years whose clocks change by the same rules are one group; in a year that follows no rule each change stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.google.calendars.patterns import DAYS
from engine.connectors.google.calendars.times import zone_named

CUSTOM = "Customized Time Zone"
_LAST = -1


@dataclass(frozen=True, slots=True)
class Change:
    """A change of clocks: what they show before it, and how far they are from UTC after it.

    `numbers` are those of its weekday in the month, -1 the last, that fit all years of a group.
    """

    wall: datetime
    after: timedelta
    numbers: frozenset[int]

    @property
    def kind(self) -> tuple[object, ...]:
        """What a rule says of it, but for the number."""
        return self.wall.month, self.wall.weekday(), self.wall.time(), self.after


@dataclass(frozen=True, slots=True)
class Year:
    """A year, or several from that one on: how far clocks are from UTC when it begins, and its changes."""

    number: int
    before: timedelta
    changes: tuple[Change, ...]

    @property
    def is_regular(self) -> bool:
        """True: rules can say it, as it ends as it began."""
        return not self.changes or self.changes[-1].after == self.before

    def with_next(self, other: Year) -> Year | None:
        """Both together; None where the same rules do not make them."""
        kinds = [[one.kind for one in each.changes] for each in (self, other)]
        if not (self.is_regular and other.is_regular) or self.before != other.before or kinds[0] != kinds[1]:
            return None
        both = [mine.numbers & its.numbers for mine, its in zip(self.changes, other.changes, strict=True)]
        changes = (replace(one, numbers=fit) for one, fit in zip(self.changes, both, strict=True))
        return replace(self, changes=tuple(changes)) if all(both) else None


def offset(zone: str, moment: datetime) -> timedelta:
    """How far clocks of a zone are from UTC at a moment."""
    return moment.astimezone(zone_named(zone) or UTC).utcoffset() or timedelta()


@lru_cache(maxsize=1024)
def year_of(zone: str, number: int) -> Year:
    """One year of a zone, by the offset of each of its days."""
    first = datetime(number, 1, 1, tzinfo=UTC) - offset(zone, datetime(number, 1, 1, tzinfo=UTC))
    before, changes, day = offset(zone, first), list[Change](), first
    for _ in range(366):
        following = day + timedelta(days=1)
        if offset(zone, day) != offset(zone, following):
            moment = _moment_between(zone, day, following)
            wall = (moment + offset(zone, day)).replace(tzinfo=None)
            if wall.year == number:
                changes.append(Change(wall, offset(zone, following), _numbers(wall)))
        day = following
    return Year(number, before, tuple(changes))


def _moment_between(zone: str, low: datetime, high: datetime) -> datetime:
    """The first second of the new offset."""
    before = offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
    return high


def _numbers(wall: datetime) -> frozenset[int]:
    number = (wall.day - 1) // 7 + 1
    is_last = (wall + timedelta(days=7)).month != wall.month
    return frozenset({*([number] if number < 5 else []), *([_LAST] if is_last else [])})


@dataclass(slots=True)
class _Writer:
    """A definition that is being written."""

    periods: dict[timedelta, str] = field(default_factory=dict)
    groups: list[etree._Element] = field(default_factory=list)
    transitions: list[etree._Element] = field(default_factory=list)

    def add(self, year: Year) -> None:
        """Adds years of the same rules, or one."""
        group = xml.new("TransitionsGroup")
        group.set("Id", str(len(self.groups)))
        if year.is_regular and year.changes:
            for one in year.changes:
                self._rule(group, one)
        else:
            self._to(xml.add(group, "Transition"), "Period", self._period(year.before))
        self._begin(group, year.number)
        for one in () if year.is_regular else year.changes:
            self._at(one.wall, "Period", self._period(one.after))

    def _begin(self, group: etree._Element, year: int) -> None:
        if self.groups:
            self._at(datetime(year, 1, 1), "Group", str(len(self.groups)))      # noqa: DTZ001 - as clocks show it
        else:
            first = xml.new("Transition")
            self._to(first, "Group", "0")
            self.transitions.append(first)
        self.groups.append(group)

    def _at(self, wall: datetime, kind: str, name: str) -> None:
        made = xml.new("AbsoluteDateTransition")
        self._to(made, kind, name)
        xml.add(made, "DateTime", wall.isoformat(timespec="seconds"))
        self.transitions.append(made)

    def _rule(self, group: etree._Element, one: Change) -> None:
        made = xml.add(group, "RecurringDayTransition")
        self._to(made, "Period", self._period(one.after))
        clock = one.wall.time()
        span = timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)
        xml.add(made, "TimeOffset", _duration(span))
        xml.add(made, "Month", str(one.wall.month))
        xml.add(made, "DayOfWeek", DAYS[one.wall.weekday()])
        xml.add(made, "Occurrence", str(min(one.numbers)))

    def _to(self, transition: etree._Element, kind: str, name: str) -> None:
        xml.add(transition, "To", name, Kind=kind)

    def _period(self, after: timedelta) -> str:
        return self.periods.setdefault(after, f"P{len(self.periods)}")


def _duration(span: timedelta) -> str:
    """As xs:duration (XML Schema Part 2, 3.2.6)."""
    seconds = abs(int(span.total_seconds()))
    sign = "-" if span < timedelta() else ""
    return f"{sign}PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S"


def write_definition(parent: etree._Element, zone: str, first: int, last: int) -> None:
    """Puts the definition of a zone, as it is in those years, into a StartTimeZone or EndTimeZone."""
    writer = _Writer()
    for one in _stretches(zone, first, last):
        writer.add(one)
    periods = xml.add(parent, "Periods")
    for after, name in writer.periods.items():
        xml.add(periods, "Period", Bias=_duration(-after), Name=name, Id=name)
    xml.add(parent, "TransitionsGroups").extend(writer.groups)
    xml.add(parent, "Transitions").extend(writer.transitions)


def _stretches(zone: str, first: int, last: int) -> Iterator[Year]:
    held = year_of(zone, first)
    for number in range(first + 1, last + 1):
        following = year_of(zone, number)
        both = held.with_next(following)
        if both is None:
            yield held
        held = both or following
    yield held
