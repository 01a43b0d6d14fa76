"""Patterns and ranges of recurring tasks, counted in days (MS-OXWSTASK 2.2.7.1, MS-OXWSCDATA).

A day that a month does not have is its last one (MS-OXOCAL 2.2.1.44.1.3).
"""

import calendar
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

from lxml import etree

from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import fragment, parsed, written
from emulators.exchange.soap import local, t

_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS = {**{name: frozenset({number}) for number, name in enumerate(_WEEK)}, "Day": frozenset(range(7)),
         "Weekday": frozenset(range(5)), "WeekendDay": frozenset({5, 6})}
_INDEXES = {"First": 0, "Second": 1, "Third": 2, "Fourth": 3, "Last": -1}
_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_REGENERATING = {"DailyRegeneration": (1, 0), "WeeklyRegeneration": (7, 0), "MonthlyRegeneration": (0, 1),
                 "YearlyRegeneration": (0, 12)}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A pattern from a day on, to a day or for a number of times."""

    pattern: etree._Element
    start: date
    end: date | None
    count: int | None

    @property
    def regenerates(self) -> bool:
        """Whether the next task counts from the completion of this one."""
        return local(self.pattern) in _REGENERATING

    @property
    def interval(self) -> int:
        """Every how many days, weeks, months or years."""
        return int(self.pattern.findtext(t("Interval"), "1"))

    def first(self) -> date:
        """The first day of the pattern on or after the start; raises ItemError where there is none."""
        found = self.start if self.regenerates else next(self._days(), None)
        if found is None or (self.end is not None and found > self.end):
            raise ItemError("ErrorRecurrenceHasNoOccurrence")
        return found

    def following(self, day: date, completed: date) -> date | None:
        """The day after `day` (or, when it regenerates, after the completion), or None behind the last one."""
        if self.count is not None and self.count <= 1:
            return None
        if self.regenerates:
            days, months = _REGENERATING[local(self.pattern)]
            found: date | None = _month_on(completed + timedelta(days * self.interval), months * self.interval)
        else:
            found = next((one for one in self._days() if one > day), None)
        return None if found is None or (self.end is not None and found > self.end) else found

    def _days(self) -> Iterator[date]:
        return (one for one in _PATTERNS[local(self.pattern)](self) if one >= self.start)

    def moved(self, start: date) -> "Recurrence":
        """The rest of it, from another day on."""
        return Recurrence(self.pattern, start, self.end, None if self.count is None else self.count - 1)

    def beginning(self, start: date) -> "Recurrence":
        """The same from another day on."""
        return Recurrence(self.pattern, start, self.end, self.count)

    def kept(self) -> str:
        """The Recurrence element."""
        begin = written("StartDate", f"{self.start.isoformat()}Z")
        if self.end is not None:
            end = written("EndDate", f"{self.end.isoformat()}Z")
            inner = f"<t:EndDateRecurrence>{begin}{end}</t:EndDateRecurrence>"
        elif self.count is not None:
            number = written("NumberOfOccurrences", str(self.count))
            inner = f"<t:NumberedRecurrence>{begin}{number}</t:NumberedRecurrence>"
        else:
            inner = f"<t:NoEndRecurrence>{begin}</t:NoEndRecurrence>"
        return f"<t:Recurrence>{fragment(self.pattern)}{inner}</t:Recurrence>"


def read(kept: str) -> Recurrence:
    """A Recurrence element; raises ItemError ErrorCalendarInvalidRecurrence, ErrorRecurrenceHasNoOccurrence."""
    pattern, limits = parsed(kept)
    _check(pattern)
    count = limits.findtext(t("NumberOfOccurrences"))
    if count is not None and not 0 < int(count) < 1000:
        raise ItemError("ErrorCalendarInvalidRecurrence")
    found = Recurrence(pattern, _date(limits.findtext(t("StartDate"), "")),
                       None if limits.find(t("EndDate")) is None else _date(limits.findtext(t("EndDate"), "")),
                       None if count is None else int(count))
    if found.end is not None and found.end < found.start:
        raise ItemError("ErrorRecurrenceHasNoOccurrence")
    return found


def _date(value: str) -> date:
    """An xs:date; its zone says nothing about the day."""
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError as error:
        raise ItemError("ErrorCalendarInvalidRecurrence") from error


def _check(pattern: etree._Element) -> None:
    """Refuse numbers that mean nothing. Assumption: Outlook's limits, 1 to 999."""
    interval, day = pattern.findtext(t("Interval"), "1"), pattern.findtext(t("DayOfMonth"), "1")
    days = pattern.findtext(t("DaysOfWeek"))
    if not 0 < int(interval) < 1000 or not 0 < int(day) <= 31 or (days is not None and not days.split()):
        raise ItemError("ErrorCalendarInvalidRecurrence")


def _month_on(day: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return _on(year, month + 1, day.day)


def _on(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _daily(one: Recurrence) -> Iterator[date]:
    return (one.start + timedelta(step * one.interval) for step in itertools.count())


def _weekly(one: Recurrence) -> Iterator[date]:
    """Weeks begin on FirstDayOfWeek, else on Sunday."""
    wanted = frozenset[int]().union(*(_DAYS[name] for name in one.pattern.findtext(t("DaysOfWeek"), "").split()))
    begins = _WEEK.index(one.pattern.findtext(t("FirstDayOfWeek"), "Sunday"))
    week = one.start - timedelta((one.start.weekday() - begins) % 7)
    for step in itertools.count():
        for day in range(7):
            found = week + timedelta(7 * one.interval * step + day)
            if found.weekday() in wanted:
                yield found


def _months(one: Recurrence, step: int, first: int) -> Iterator[tuple[int, int]]:
    """Every so many months from a month (1 to 12) of the first year on."""
    for count in itertools.count(one.start.year * 12 + first - 1, step):
        if count // 12 > MAXYEAR:
            return
        yield count // 12, count % 12 + 1


def _monthly(one: Recurrence) -> Iterator[date]:
    day = int(one.pattern.findtext(t("DayOfMonth"), "1"))
    return (_on(year, month, day) for year, month in _months(one, one.interval, one.start.month))


def _yearly(one: Recurrence) -> Iterator[date]:
    day, month = int(one.pattern.findtext(t("DayOfMonth"), "1")), _MONTHS[one.pattern.findtext(t("Month"), "")]
    return (_on(year, found, day) for year, found in _months(one, 12, month))


def _nth(one: Recurrence, year: int, month: int) -> date:
    """The first, second, ... or last of some days of the week in a month."""
    wanted = _DAYS[one.pattern.findtext(t("DaysOfWeek"), "").strip()]
    days = [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]
    fitting = [day for day in days if day.weekday() in wanted]
    return fitting[_INDEXES[one.pattern.findtext(t("DayOfWeekIndex"), "First")]]


def _relative_monthly(one: Recurrence) -> Iterator[date]:
    return (_nth(one, *month) for month in _months(one, one.interval, one.start.month))


def _relative_yearly(one: Recurrence) -> Iterator[date]:
    return (_nth(one, *month) for month in _months(one, 12, _MONTHS[one.pattern.findtext(t("Month"), "")]))


_PATTERNS: dict[str, Callable[[Recurrence], Iterator[date]]] = {
    "DailyRecurrence": _daily, "WeeklyRecurrence": _weekly,
    "AbsoluteMonthlyRecurrence": _monthly, "RelativeMonthlyRecurrence": _relative_monthly,
    "AbsoluteYearlyRecurrence": _yearly, "RelativeYearlyRecurrence": _relative_yearly,
}
