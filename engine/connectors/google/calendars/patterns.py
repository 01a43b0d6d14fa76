"""The patterns that Exchange has of a recurrence (MS-OXWSCDATA 2.2.7, RecurrencePatternTypes), and their dates.

Day 31 of a shorter month, and 29 February of a common year, is the last day of the month there (MS-OXOCAL
2.2.1.44.1.3).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lxml import etree

from engine.connectors.exchange.typed import xml

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = tuple(calendar.month_name)[1:]
INDEXES = {1: "First", 2: "Second", 3: "Third", 4: "Fourth", -1: "Last"}
SETS = {tuple(range(7)): "Day", tuple(range(5)): "Weekday", (5, 6): "WeekendDay"}
LONGEST = {"Daily": 999, "Weekly": 99, "AbsoluteMonthly": 99, "RelativeMonthly": 99}    # MS-OXOCAL 2.2.1.44.1, Period
LAST_YEAR = 4500        # MS-OXOCAL 2.2.1.44.1: a series without an end is stored as one that ends then


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern. `days` are weekdays, Monday 0; `place` is the number among them in a month, -1 the last.

    `is_exact`: its dates are those of the rule that it is made of; else it has further ones, in short months. `anchor`
    is the month that it begins in, where it counts months and they are years apart.
    """

    kind: str
    interval: int = 1
    days: tuple[int, ...] = ()
    first_day: int = 0
    day: int = 0
    month: int = 0
    place: int = 0
    anchor: int = 0
    is_exact: bool = True

    def has(self, day: date) -> bool:
        """True: a day on which the rule recurs is one that this pattern stands for."""
        if self.kind in ("Daily", "Weekly"):
            return not self.days or day.weekday() in self.days
        month = self.month or self.anchor
        return (not month or day.month == month) and day == self._in_month(day.year, day.month) and (
            self.is_exact or day.day == self.day
        )

    def dates(self, start: date, last: date) -> Iterator[date]:
        """Its dates from `start` on, up to `last`; the first period is the one that `start` is in."""
        return (day for day in self._all(start, last) if start <= day <= last)

    def _all(self, start: date, last: date) -> Iterator[date]:
        match self.kind:
            case "Daily":
                while start <= last:
                    yield start
                    start += timedelta(days=self.interval)
            case "Weekly":
                week = start - timedelta(days=(start.weekday() - self.first_day) % 7)
                offsets = sorted((day - self.first_day) % 7 for day in self.days)
                while week <= last:
                    yield from (week + timedelta(days=offset) for offset in offsets)
                    week += timedelta(days=7 * self.interval)
            case _:
                step = 12 if self.month else self.interval
                first = start.year * 12 + (self.month or start.month) - 1
                for number in range(first, last.year * 12 + last.month, step):
                    yield self._in_month(number // 12, number % 12 + 1)

    def _in_month(self, year: int, month: int) -> date:
        length = calendar.monthrange(year, month)[1]
        if self.day:
            return date(year, month, min(self.day, length))
        fitting = [day for day in range(1, length + 1) if date(year, month, day).weekday() in self.days]
        return date(year, month, fitting[self.place - 1 if self.place > 0 else -1])

    def write(self, parent: etree._Element) -> None:
        """Adds it, its fields in the order of the schema."""
        made = xml.add(parent, f"{self.kind}Recurrence")
        if not self.month:
            xml.add(made, "Interval", str(self.interval))
        if self.kind == "Weekly":
            xml.add(made, "DaysOfWeek", " ".join(DAYS[one] for one in sorted(self.days)))
            xml.add(made, "FirstDayOfWeek", DAYS[self.first_day])
        elif self.day:
            xml.add(made, "DayOfMonth", str(self.day))
        elif self.place:
            xml.add(made, "DaysOfWeek", SETS.get(self.days) or DAYS[self.days[0]])
            xml.add(made, "DayOfWeekIndex", INDEXES[self.place])
        if self.month:
            xml.add(made, "Month", MONTHS[self.month - 1])
