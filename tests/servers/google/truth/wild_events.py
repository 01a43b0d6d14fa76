"""Draws series by rules that nobody would think of, in any zone, with exceptions of every kind."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr

from tests.servers.google.truth.draw_events import OWN
from tests.servers.google.truth.events import DAY, HOUR, Change, Event, Text, clock

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MONTH_DAYS = (1, 2, 13, 15, 28, 29, 30, 31, -1, -2, -5)
PLACES = tuple(sorted(one for one in available_timezones() if one.partition("/")[0] in (
    "Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")))
SETS = (DAYS[:5], DAYS[5:], DAYS)
LAST = clock(2029, 1, 1)
_UNTIL = "UNTIL"


def rule(chance: random.Random) -> str:
    """An RRULE of RFC 5545; one that is to end by a day says so by the word UNTIL alone."""
    frequency = chance.choice(("DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY"))
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.4:
        parts.append(f"INTERVAL={chance.choice((2, 2, 3, 4, 5, 6, 12))}")
    if chance.random() < 0.3:
        parts.append(f"WKST={chance.choice(DAYS)}")
    parts += _BY[frequency](chance)
    end = chance.random()
    return ";".join([*parts, *([f"COUNT={chance.randrange(1, 40)}"] if end < 0.4 else [_UNTIL] if end < 0.7 else [])])


def _weekdays(chance: random.Random, often: float) -> list[str]:
    return [f"BYDAY={','.join(chance.sample(DAYS, chance.randrange(1, 5)))}"] if chance.random() < often else []


def _month(chance: random.Random, *, ordinals: bool = True) -> list[str]:
    kind = chance.random()
    if kind < 0.3:
        days = chance.sample(MONTH_DAYS, chance.choice((1, 1, 2, 3)))
        return [f"BYMONTHDAY={','.join(map(str, days))}"]
    if kind < 0.6 and ordinals:
        some = chance.sample(DAYS, chance.choice((1, 1, 2)))
        return ["BYDAY=" + ",".join(f"{chance.choice((1, 2, 3, 4, 5, -1, -2))}{day}" for day in some)]
    if kind < 0.8:
        positions = chance.choice(("1", "2", "4", "-1", "-2", "1,-1"))
        return [f"BYDAY={','.join(chance.choice(SETS))}", f"BYSETPOS={positions}"]
    return []


def _year(chance: random.Random) -> list[str]:
    if chance.random() < 0.2:
        return _month(chance, ordinals=False)
    months = sorted(chance.sample(range(1, 13), chance.choice((1, 1, 1, 2, 3))))
    return [f"BYMONTH={','.join(map(str, months))}", *_month(chance)]


_BY: dict[str, Callable[[random.Random], list[str]]] = {
    "DAILY": lambda chance: _weekdays(chance, 0.3), "WEEKLY": lambda chance: _weekdays(chance, 0.7),
    "MONTHLY": _month, "YEARLY": _year}


def _series(chance: random.Random, number: int) -> Event | None:
    """A series; None where such a rule has no date, or shows an hour that clocks leave out or have twice."""
    all_day, told = chance.random() < 0.25, rule(chance)
    wanted, ends = told.removesuffix(f";{_UNTIL}"), told.endswith(_UNTIL)
    hour = 0 if all_day else chance.choice((0, 1, 2, 3, 5, 8, 9, 12, 17, 20, 22, 23))
    start = next(iter(rrulestr(wanted, dtstart=clock(
        chance.choice((2021, 2023, 2024, 2025, 2026, 2027)), chance.randrange(1, 13), chance.randrange(1, 29), hour,
        0 if all_day else chance.choice((0, 0, 30, 59))))), None)
    if start is None:
        return None
    first = list(islice(rrulestr(wanted, dtstart=start), 60))
    if first[:1] != [start]:
        return None
    until = chance.choice(first) + timedelta(minutes=0 if all_day else chance.choice((0, 0, 30, 600))) if ends else None
    event = Event(name=f"wild {number} {told}", start=start, calendar=chance.choice(OWN), zone=chance.choice(PLACES),
                  all_day=all_day, span=DAY if all_day else chance.choice((HOUR, timedelta(minutes=45), 3 * HOUR)),
                  rule=wanted, until=until)
    return event if all_day or not any(_is_odd(event, one) for one in event.walls(LAST)) else None


def _is_odd(event: Event, wall: datetime) -> bool:
    """True: clocks change about then, so that the hour or the length of an occurrence is a matter of opinion."""
    there = wall.replace(tzinfo=ZoneInfo(event.zone))
    return len({(there + number * HOUR).utcoffset() for number in range(-4, 5)}) > 1


def _with_exceptions(chance: random.Random, event: Event) -> Event:
    walls = event.walls(event.start + 900 * DAY)[:25]
    changes, without = [], []
    for wall in sorted(chance.sample(walls, min(len(walls) - 1, chance.choice((0, 0, 1, 2, 4))))):
        kind = chance.randrange(5)
        if kind == 0 and wall != event.start:
            without.append(wall)
        else:
            changes.append(_change(chance, event, wall, kind))
    return replace(event, changes=tuple(changes), without=tuple(without))


def _change(chance: random.Random, event: Event, wall: datetime, kind: int) -> Change:
    if kind == 1:
        return Change(at=wall, gone=True)
    if kind == 2:
        by = DAY if event.all_day else chance.choice((HOUR, 5 * HOUR, DAY, 3 * DAY))
        return Change(at=wall, start=wall + chance.choice((-1, 1)) * by)
    if kind == 3:
        return Change(at=wall, span=2 * event.span)
    return Change(at=wall, text=Text(title=f"changed on {wall:%Y-%m-%d}", place="Hall"))


def wild(chance: random.Random, many: int) -> Iterator[Event]:
    """So many series."""
    number, found = 0, 0
    while found < many:
        number += 1
        event = _series(chance, number)
        if event is not None:
            found += 1
            yield _with_exceptions(chance, event)
