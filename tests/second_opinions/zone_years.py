"""Whether clocks of a zone change by the same rules in two years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

NOON = 12       # by when clocks have changed on a day on which they do
LAST = 5        # of a month's days of a name, whether it is the fourth or the fifth


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the clocks. `numbers`: which of the Sundays of its month it is on, if it is on a Sunday; or LAST."""

    month: int
    weekday: int
    before: timedelta
    after: timedelta
    numbers: frozenset[int]

    def is_like(self, other: Change) -> bool:
        """True: one rule has both."""
        mine, theirs = ((one.month, one.weekday, one.before, one.after) for one in (self, other))
        return mine == theirs and bool(self.numbers & other.numbers)


@lru_cache(maxsize=4096)
def changes(zone: str, year: int) -> tuple[Change, ...]:
    """The changes of a year, by the days behind the nights in which they are."""
    days = [date(year, 1, 1) + timedelta(days=number - 1) for number in range(367)]
    return tuple(_change(day, *pair) for day, pair in zip(days[1:], pairwise(_offset(zone, one) for one in days),
                                                          strict=True) if pair[0] != pair[1])


def _offset(zone: str, day: date) -> timedelta:
    found = datetime(day.year, day.month, day.day, NOON, tzinfo=ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


def _change(day: date, before: timedelta, after: timedelta) -> Change:
    numbers = {(day.day - 1) // 7 + 1, LAST if (day + timedelta(days=7)).month != day.month else 0} - {0}
    return Change(day.month, day.weekday(), before, after, frozenset(numbers))


def are_alike(zone: str, first: int, second: int) -> bool:
    """True: clocks of both years begin at the same offset, and go by the same rules."""
    mine, theirs = changes(zone, first), changes(zone, second)
    begins = [_offset(zone, date(year, 1, 1)) for year in (first, second)]
    return begins[0] == begins[1] and len(mine) == len(theirs) and all(
        one.is_like(other) for one, other in zip(mine, theirs, strict=True))
