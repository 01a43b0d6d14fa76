"""Time zones: those a server knows by id, and those a client defines (MS-OXWSGTZ 2.2.4.12, TimeZoneDefinitionType).

Local times and UTC are datetimes without tzinfo here. Of a local time that comes twice the first is meant, and one
that never comes is moved on by the length of the gap (RFC 5545 3.3.5). Assumption: Microsoft says nothing of either.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from lxml import etree

from emulators.exchange.calendar.zone_table import ZONES
from emulators.exchange.errors import ItemError
from emulators.exchange.recurrence import DAYS, MONTHS
from emulators.exchange.soap import TYPES, local, t

_FARTHEST = timedelta(hours=14)      # what an xs:dateTime may be away from UTC, as StartWallClock tells it
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")


class Zone(Protocol):
    """A time zone with the id and the name that a server shows."""

    @property
    def id(self) -> str:
        """The id."""

    @property
    def name(self) -> str:
        """The display name."""

    def to_utc(self, local_time: datetime) -> datetime:
        """The moment of a local time."""

    def to_local(self, utc: datetime) -> datetime:
        """The local time of a moment."""


def duration(value: str) -> timedelta:
    """An xs:duration of days and less; raises ItemError ErrorTimeZone."""
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise ItemError("ErrorTimeZone")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -span if match[1] else span


@dataclass(frozen=True, slots=True)
class ServerZone:
    """A zone of the server's list."""

    id: str
    name: str
    info: ZoneInfo

    def to_utc(self, local_time: datetime) -> datetime:
        """The moment of a local time."""
        return local_time.replace(tzinfo=self.info).astimezone(UTC).replace(tzinfo=None)

    def to_local(self, utc: datetime) -> datetime:
        """The local time of a moment."""
        return utc.replace(tzinfo=UTC).astimezone(self.info).replace(tzinfo=None)


@lru_cache(maxsize=256)
def known(zone_id: str) -> ServerZone:
    """The server's zone with this id; raises ItemError ErrorTimeZone."""
    if zone_id not in ZONES:
        raise ItemError("ErrorTimeZone")
    name, key = ZONES[zone_id]
    return ServerZone(zone_id, name, ZoneInfo(key))


@dataclass(frozen=True, slots=True)
class Rule:
    """When a year's clock changes: on the nth weekday of a month (-1: the last), or on a day of it."""

    month: int
    weekday: int | None
    number: int
    offset: timedelta       # from midnight, in the local time before the change
    bias: timedelta         # UTC minus local time after it

    def wall(self, year: int) -> datetime:
        """The change of one year, as clocks show it before."""
        return datetime.combine(self._day(year), time()) + self.offset

    def _day(self, year: int) -> date:
        if self.weekday is None:
            return date(year, self.month, self.number)
        if self.number < 0:
            after = date(year + self.month // 12, self.month % 12 + 1, 1)
            return after - timedelta(days=(after.weekday() - 1 - self.weekday) % 7 + 1)
        first = date(year, self.month, 1)
        return first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.number - 1))


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that hold together; without rules one bias holds."""

    bias: timedelta
    rules: tuple[Rule, ...]

    def bias_at(self, wall: datetime) -> timedelta:
        """The bias after the last change up to a local time."""
        past = [(rule.wall(year), rule.bias) for year in (wall.year - 1, wall.year) for rule in self.rules]
        return max(((when, bias) for when, bias in past if when <= wall), default=(wall, self.bias))[1]


@dataclass(frozen=True, slots=True)
class DefinedZone:
    """A zone by its definition; `groups` hold from a local time on, the first one always before."""

    id: str
    name: str
    groups: tuple[tuple[datetime, Group], ...]
    _years: dict[int, list[tuple[datetime, timedelta]]] = field(default_factory=dict, compare=False)
    _starts: dict[int, timedelta] = field(default_factory=dict, compare=False)

    def to_local(self, utc: datetime) -> datetime:
        """The local time of a moment."""
        bias = self._start(utc.year - 1)
        for when, after in self._changes(utc.year - 1) + self._changes(utc.year) + self._changes(utc.year + 1):
            if when <= utc:
                bias = after
        return utc - bias

    def to_utc(self, local_time: datetime) -> datetime:
        """The moment of a local time."""
        near = [timedelta()] + [bias for year in (-1, 0, 1) for _, bias in self._changes(local_time.year + year)]
        near += [self._start(local_time.year + year) for year in (-1, 0, 1)]
        biases = sorted(set(near[1:]))
        for bias in biases:
            if self.to_local(local_time + bias) == local_time:
                return local_time + bias
        before = [bias for bias in biases if self.to_local(local_time + bias) >= local_time]
        return local_time + (before[0] if before else biases[-1])

    def _start(self, year: int) -> timedelta:
        """The bias before a year's first moment."""
        if year not in self._starts:
            wall = datetime.combine(date(year, 1, 1), time())
            self._starts[year] = self._group(wall).bias_at(wall - timedelta(microseconds=1))
        return self._starts[year]

    def _group(self, wall: datetime) -> Group:
        return next((group for since, group in reversed(self.groups[1:]) if since <= wall), self.groups[0][1])

    def _changes(self, year: int) -> list[tuple[datetime, timedelta]]:
        """The moments of a year at which the bias changes, with what it becomes."""
        if year not in self._years:
            bias, found = self._start(year), []
            for wall, after in sorted(self._walls(year)):
                found.append((wall + bias, after))
                bias = after
            self._years[year] = found
        return self._years[year]

    def _walls(self, year: int) -> Iterator[tuple[datetime, timedelta]]:
        for since, group in self.groups[1:]:
            if since.year == year:
                yield since, group.bias_at(since)
        for _, group in self.groups:
            for rule in group.rules:
                if self._group(wall := rule.wall(year)) is group:
                    yield wall, rule.bias


def read(element: etree._Element) -> tuple[Zone, str]:
    """The zone of a StartTimeZone, EndTimeZone or TimeZoneDefinition, and the text it is kept as.

    With an Id alone it is one of the server's; a definition is taken as it is given, whatever its id.
    Raises ItemError ErrorTimeZone.
    """
    if element.find(t("Periods")) is None:
        zone_id = element.get("Id", "")
        return known(zone_id), zone_id
    kept = etree.tostring(element, encoding="unicode", with_tail=False)
    return of(kept), kept


def of(kept: str) -> Zone:
    """The zone that `read` kept."""
    return _defined(kept) if kept.startswith("<") else known(kept)


@lru_cache(maxsize=256)
def _defined(kept: str) -> DefinedZone:
    element = etree.fromstring(kept)
    zone_id = element.get("Id") or "Customized Time Zone"
    try:
        return DefinedZone(zone_id, element.get("Name") or zone_id, _groups(element))
    except (KeyError, ValueError, IndexError, OverflowError) as error:
        raise ItemError("ErrorTimeZone") from error


def _groups(element: etree._Element) -> tuple[tuple[datetime, Group], ...]:
    biases = {one.get("Id", ""): duration(one.get("Bias") or "") for one in element.iterfind(f"{t('Periods')}/*")}
    if any(abs(bias) > _FARTHEST for bias in biases.values()):
        raise ValueError
    groups = {one.get("Id", ""): _group(one, biases) for one in element.iterfind(f"{t('TransitionsGroups')}/*")}
    found = []
    for one in element.iterfind(f"{t('Transitions')}/*"):
        to = one[0]
        group = groups[to.text or ""] if to.get("Kind") == "Group" else Group(biases[to.text or ""], ())
        found.append((_since(one), group))
    if not found:       # one period, and nothing that says when it holds
        (bias,) = biases.values()
        found.append((_since(None), Group(bias, ())))
    return (found[0], *sorted(found[1:], key=lambda pair: pair[0]))


def _since(transition: etree._Element | None) -> datetime:
    if transition is None or local(transition) != "AbsoluteDateTransition":
        return datetime.combine(date.min, time())
    return datetime.fromisoformat((transition.findtext(t("DateTime")) or "").rstrip("Z")[:19])


def _group(element: etree._Element, biases: dict[str, timedelta]) -> Group:
    rules, bias = [], next(iter(biases.values()))
    for one in element:
        after = biases[one[0].text or ""]
        if local(one) == "Transition":
            bias = after
        else:
            rules.append(_rule(one, after))
    return Group(rules[-1].bias if rules else bias, tuple(rules))


def _rule(one: etree._Element, bias: timedelta) -> Rule:
    month, offset = int(one.findtext(t("Month")) or 0), duration(one.findtext(t("TimeOffset")) or "")
    if local(one) == "RecurringDateTransition":
        rule = Rule(month, None, int(one.findtext(t("Day")) or 0), offset, bias)
    else:
        rule = Rule(month, DAYS.index(one.findtext(t("DayOfWeek")) or ""), int(one.findtext(t("Occurrence")) or 0),
                    offset, bias)
        if rule.number not in (-1, 1, 2, 3, 4):
            raise ValueError(rule.number)
    rule.wall(2000)     # a month or a day that no year has
    return rule


_INDEXES = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}


def read_meeting_zone(element: etree._Element) -> tuple[Zone, str]:
    """The zone of a MeetingTimeZone, as Exchange 2007 has it: a name that the server knows, or rules.

    Raises ItemError ErrorTimeZone.
    """
    base = element.findtext(t("BaseOffset"))
    if base is None:
        zone_id = element.get("TimeZoneName", "")
        return known(zone_id), zone_id
    name = element.get("TimeZoneName") or "Customized Time Zone"
    changes = [one for one in element if local(one) in ("Standard", "Daylight")]
    root = etree.Element(t("StartTimeZone"), {"Id": name, "Name": name}, nsmap={"t": TYPES})
    periods, groups = etree.SubElement(root, t("Periods")), etree.SubElement(root, t("TransitionsGroups"))
    group = etree.SubElement(groups, t("TransitionsGroup"), Id="0")
    for one in changes:
        _add_period(periods, local(one), duration(base) + duration(one.findtext(t("Offset")) or ""))
        _add_change(group, one)
    if not changes:
        _add_period(periods, "Standard", duration(base))
        _target(etree.SubElement(group, t("Transition")), "Period", "Standard")
    transitions = etree.SubElement(root, t("Transitions"))
    _target(etree.SubElement(transitions, t("Transition")), "Group", "0")
    kept = etree.tostring(root, encoding="unicode")
    return of(kept), kept


def _add_period(periods: etree._Element, name: str, bias: timedelta) -> None:
    etree.SubElement(periods, t("Period"), {"Bias": written(bias), "Name": name, "Id": name})


def _target(transition: etree._Element, kind: str, name: str) -> None:
    etree.SubElement(transition, t("To"), Kind=kind).text = name


def _add_change(group: etree._Element, change: etree._Element) -> None:
    pattern, name = change.find(t("RelativeYearlyRecurrence")), local(change)
    if pattern is None:     # Assumption: an AbsoluteDate, or none, is no rule that a server could keep
        raise ItemError("ErrorTimeZone")
    one = etree.SubElement(group, t("RecurringDayTransition"))
    _target(one, "Period", name)
    hours, minutes, seconds = (int(part) for part in (change.findtext(t("Time")) or "")[:8].split(":"))
    month = MONTHS.index(pattern.findtext(t("Month")) or "") + 1
    for field_name, value in (
            ("TimeOffset", written(timedelta(hours=hours, minutes=minutes, seconds=seconds))), ("Month", str(month)),
            ("DayOfWeek", pattern.findtext(t("DaysOfWeek")) or ""),
            ("Occurrence", str(_INDEXES[pattern.findtext(t("DayOfWeekIndex")) or ""]))):
        etree.SubElement(one, t(field_name)).text = value


def written(span: timedelta) -> str:
    """A span as xs:duration, as Exchange writes it: PT1H, PT44M51S, P1D."""
    sign, seconds = ("-" if span < timedelta() else ""), abs(int(span.total_seconds()))
    days, seconds = divmod(seconds, 86400)
    parts = [(seconds // 3600, "H"), (seconds // 60 % 60, "M"), (seconds % 60, "S")]
    clock = "".join(f"{number}{unit}" for number, unit in parts if number)
    whole = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{whole}" if whole else "PT0S"
