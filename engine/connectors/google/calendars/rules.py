"""The lines of `recurrence` of an event: RRULE, RDATE, EXDATE and EXRULE (RFC 5545 3.8.5, 3.3.10; RFC 2445 4.8.5.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from engine.connectors.google.calendars.times import When, to_utc, to_wall, zone_named

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
_LISTS = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS")
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_DURATION = re.compile(r"\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
FAR = "2200"    # a year; what recurs until then or longer counts as without an end, which programs write so
_KNOWN = frozenset({*_LISTS, "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE. `days` are weekdays, Monday 0, each with its number in the month or year, 0: each of them.

    `until` is the last moment at which it may recur, as clocks show it in the zone of the series.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    days: tuple[tuple[int, int], ...] = ()
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()

    @property
    def is_endless(self) -> bool:
        """True: it has no end."""
        return self.count is None and self.until is None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """All that an event says of how it recurs; times as clocks show them in the zone of the series.

    `lengths` are those of dates that last another time than the series.
    """

    rules: tuple[Rule, ...] = ()
    but: tuple[Rule, ...] = ()
    dates: tuple[datetime, ...] = ()
    excluded: frozenset[datetime] = field(default_factory=frozenset)
    lengths: Mapping[datetime, timedelta] = field(default_factory=dict)


def recurrence(lines: Iterable[str], start: When) -> Recurrence:
    """What the lines of an event say that begins then. Raises ValueError."""
    rules, but, dates, excluded = list[Rule](), list[Rule](), list[datetime](), list[datetime]()
    lengths: dict[datetime, timedelta] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, *parameters = name.upper().split(";")
        if name in ("RRULE", "EXRULE"):
            (rules if name == "RRULE" else but).append(rule(value, start))
        elif name in ("RDATE", "EXDATE"):
            zone = _zone(line, parameters, start)
            (dates if name == "RDATE" else excluded).extend(_dates(value, zone, start))
            lengths.update(_lengths(value, zone, start) if name == "RDATE" else ())
    return Recurrence(tuple(rules), tuple(but), tuple(sorted(set(dates))), frozenset(excluded), lengths)


def rule(value: str, start: When) -> Rule:
    """One rule. Raises ValueError."""
    told = dict(part.upper().split("=", 1) for part in value.strip().split(";") if "=" in part)
    frequency = told.get("FREQ", "")
    if frequency not in FREQUENCIES or not _KNOWN.issuperset(told):
        raise ValueError(value)
    lists = {name: _numbers(told.get(name, "")) for name in _LISTS}
    until = _moment(told["UNTIL"], start, ends=True) if told.get("UNTIL", FAR) < FAR else None
    return Rule(
        frequency, max(1, int(told.get("INTERVAL", "1"))), int(told["COUNT"]) if "COUNT" in told else None,
        until, DAYS.index(told.get("WKST", "MO")),
        tuple(_day(one) for one in told.get("BYDAY", "").split(",") if one), lists["BYMONTH"], lists["BYWEEKNO"],
        lists["BYYEARDAY"], lists["BYMONTHDAY"], lists["BYHOUR"], lists["BYMINUTE"], lists["BYSECOND"],
        lists["BYSETPOS"],
    )


def _numbers(value: str) -> tuple[int, ...]:
    return tuple(sorted({int(one) for one in value.split(",") if one}))


def _day(value: str) -> tuple[int, int]:
    found = _DAY.fullmatch(value)
    if found is None:
        raise ValueError(value)
    return DAYS.index(found[2]), int(found[1] or 0)


def _zone(line: str, parameters: list[str], start: When) -> str:
    """The zone of a line: the one that it names, else that of the series."""
    named = any(one.startswith("TZID=") for one in parameters)
    zone = line.partition(":")[0].partition("TZID=")[2].partition(";")[0] if named else ""
    return zone if zone and zone_named(zone) is not None else start.zone


def _dates(value: str, zone: str, start: When) -> Iterator[datetime]:
    for one in value.split(","):
        if one.strip():
            yield _moment(one.partition("/")[0], start, zone)     # of a period, when it begins


def _lengths(value: str, zone: str, start: When) -> Iterator[tuple[datetime, timedelta]]:
    """How long each period lasts, by when it begins (RFC 5545 3.3.9). Raises ValueError."""
    for one in value.split(","):
        begins, _, ends = one.strip().partition("/")
        if ends and not start.all_day:
            begin = _moment(begins, start, zone)
            until = None if "P" in ends else _moment(ends, start, zone)
            yield begin, _span(ends) if until is None else to_utc(until, start.zone) - to_utc(begin, start.zone)


def _span(value: str) -> timedelta:
    """A duration (RFC 5545 3.3.6). Raises ValueError."""
    found = _DURATION.fullmatch(value)
    if found is None or not any(found.groups()):
        raise ValueError(value)
    weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _moment(value: str, start: When, zone: str = "", *, ends: bool = False) -> datetime:
    """A DATE or DATE-TIME as clocks of the series show it. A date alone: when the series begins on it, or that day's
    end.
    """
    value = value.strip()
    day = date.fromisoformat(value[:8])
    if "T" not in value:
        return datetime.combine(day, datetime.max.time().replace(microsecond=0) if ends else start.wall.time())
    found = datetime.strptime(value.rstrip("Z")[:15], "%Y%m%dT%H%M%S")      # noqa: DTZ007 - its zone follows
    if start.all_day:
        return datetime.combine(day, start.wall.time())
    if value.endswith("Z"):
        return to_wall(found.replace(tzinfo=UTC), start.zone)
    if zone and zone != start.zone and (there := zone_named(zone)) is not None:
        return to_wall(found.replace(tzinfo=there), start.zone)
    return found
