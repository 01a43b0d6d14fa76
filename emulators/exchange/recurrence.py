"""A recurrence of an appointment or a task: its pattern, its end, and the dates that it has.

MS-OXOCAL 2.2.1.44.1, MS-OXWSCDATA 2.2.7.1, 2.2.7.2.

Day 31 of a shorter month, and 29 February of a common year, is the last day of the month (MS-OXOCAL 2.2.1.44.1.3).
"""

import calendar
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, islice

from lxml import etree

from emulators.exchange.errors import ItemError
from emulators.exchange.soap import local, t

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = tuple(calendar.month_name)[1:]
_EVERY = {"Day": tuple(range(7)), "Weekday": tuple(range(5)), "WeekendDay": (5, 6)}
_INDEXES = {"First": 0, "Second": 1, "Third": 2, "Fourth": 3, "Last": -1}
_FIRST_YEAR = 1601
_LAST_YEAR = 4500       # MS-OXOCAL: a series without an end is stored as one that ends on 31 August 4500
_LAST_END = date(4500, 9, 1)
_LONGEST = 999          # what Interval may be at most; Assumption: as Outlook's dialog has it


def with_plain_numbers(element: etree._Element) -> etree._Element:
    """The same Recurrence, its numbers as servers write them: 1, where a client wrote +01."""
    for one in element.iter():
        if local(one) in ("Interval", "DayOfMonth", "NumberOfOccurrences"):
            one.text = str(int(one.text or ""))
    return element


@dataclass(frozen=True, slots=True)
class Series:
    """One recurrence. `days` are weekdays, Monday 0; `place` is the index among them in a month, -1 the last."""

    pattern: str
    start: date
    interval: int = 1
    days: tuple[int, ...] = ()
    first_day: int = 6
    day: int = 0
    month: int = 0
    place: int = 0
    number: int | None = None
    until: date | None = None

    def dates(self) -> Iterator[date]:
        """All dates in order; without end when the series has none."""
        found = (day for day in self._pattern() if day >= self.start)
        if self.number is not None:
            yield from islice(found, self.number)
            return
        for day in found:
            if self.until is not None and day > self.until:
                return
            yield day

    def at(self, index: int) -> date | None:
        """The date with an index that begins with 1, or None past the end."""
        return next(islice(self.dates(), index - 1, index), None)

    def index(self, wanted: date) -> int | None:
        """The index of a date, or None when the series does not have it."""
        for position, day in enumerate(self.dates(), 1):
            if day >= wanted:
                return position if day == wanted else None
        return None

    def last(self) -> date | None:
        """The last date, or None without end."""
        if self.number is None and self.until is None:
            return None
        return next(iter(deque(self.dates(), maxlen=1)), None)

    def _pattern(self) -> Iterator[date]:
        """The dates of the pattern, from somewhere before the start on."""
        match self.pattern:
            case "DailyRecurrence":
                return self._daily()
            case "WeeklyRecurrence":
                return self._weekly()
            case name if name.endswith("Regeneration"):     # of a task: the others depend on when it is completed
                return iter((self.start,))
            case _:
                return (self._in_month(year, month) for year, month in self._months())

    def _daily(self) -> Iterator[date]:
        day = self.start
        while day.year <= _LAST_YEAR:
            yield day
            day += timedelta(days=self.interval)

    def _weekly(self) -> Iterator[date]:
        week = self.start - timedelta(days=(self.start.weekday() - self.first_day) % 7)
        offsets = sorted((day - self.first_day) % 7 for day in self.days)
        while week.year <= _LAST_YEAR:
            yield from (week + timedelta(days=offset) for offset in offsets)
            week += timedelta(days=7 * self.interval)

    def _months(self) -> Iterator[tuple[int, int]]:
        if self.month:
            yield from ((year, self.month) for year in range(self.start.year, _LAST_YEAR + 1))
            return
        for total in count(self.start.year * 12 + self.start.month - 1, self.interval):
            if total // 12 > _LAST_YEAR:
                return
            yield total // 12, total % 12 + 1

    def _in_month(self, year: int, month: int) -> date:
        length = calendar.monthrange(year, month)[1]
        if self.day:
            return date(year, month, min(self.day, length))
        fitting = [day for day in range(1, length + 1) if date(year, month, day).weekday() in self.days]
        return date(year, month, fitting[self.place])


def read(element: etree._Element) -> Series:
    """Read a Recurrence element.

    Raises ItemError: ErrorCalendarInvalidRecurrence, ErrorCalendarOutOfRange for numbers that nothing can have,
    ErrorCalendarInvalidDayForWeeklyRecurrence, ErrorRecurrenceHasNoOccurrence for an end before the first date,
    ErrorRecurrenceEndDateTooBig for one after 1 September 4500.
    """
    pattern, span = element
    number, until = span.findtext(t("NumberOfOccurrences")), span.findtext(t("EndDate"))
    month, place = pattern.findtext(t("Month")), pattern.findtext(t("DayOfWeekIndex"))
    found = Series(
        pattern=local(pattern), start=day_of(span.findtext(t("StartDate")) or ""),
        interval=int(pattern.findtext(t("Interval")) or 1),
        days=_days(local(pattern), pattern.findtext(t("DaysOfWeek"))),
        first_day=DAYS.index(pattern.findtext(t("FirstDayOfWeek"), "Sunday")),
        day=int(pattern.findtext(t("DayOfMonth")) or 0), month=MONTHS.index(month) + 1 if month else 0,
        place=_INDEXES[place] if place else 0, number=None if number is None else int(number),
        until=None if until is None else day_of(until))
    _check(found, monthly=pattern.find(t("DayOfMonth")) is not None)
    return found


def day_of(value: str) -> date:
    """An xs:date, which may carry a zone; raises ItemError ErrorCalendarInvalidRecurrence.

    The store counts the days of a recurrence from the beginning of 1601 (MS-OXOCAL 2.2.1.44.1).
    """
    try:
        found = date.fromisoformat(value.strip()[:10])
    except ValueError as error:
        raise ItemError("ErrorCalendarInvalidRecurrence") from error
    if found.year < _FIRST_YEAR:
        raise ItemError("ErrorCalendarInvalidRecurrence")
    return found


def _days(pattern: str, words: str | None) -> tuple[int, ...]:
    """The weekdays of a pattern, Monday 0. Day is not for weeks (MS-OXWSCDATA_R2110), nor are Day, Weekday and
    WeekendDay for years (R1491 to R1493).
    """
    names = (words or "").split()
    if "Day" in names and pattern == "WeeklyRecurrence":
        raise ItemError("ErrorCalendarInvalidDayForWeeklyRecurrence")
    if pattern == "RelativeYearlyRecurrence" and any(name in _EVERY for name in names):
        raise ItemError("ErrorCalendarInvalidRecurrence")
    if words is not None and not names:
        raise ItemError("ErrorCalendarInvalidRecurrence")
    return tuple(sorted({day for name in names for day in _EVERY.get(name) or (DAYS.index(name),)}))


def _check(found: Series, *, monthly: bool) -> None:
    if not 1 <= found.interval <= _LONGEST or (monthly and not 1 <= found.day <= 31):
        raise ItemError("ErrorCalendarOutOfRange")
    if found.number is not None and found.number < 1:
        raise ItemError("ErrorCalendarOutOfRange")
    if found.until is not None and found.until > _LAST_END:      # page of ResponseCode, page of EndDate
        raise ItemError("ErrorRecurrenceEndDateTooBig")
    if found.until is not None and (found.until < found.start or found.at(1) is None):
        raise ItemError("ErrorRecurrenceHasNoOccurrence")
