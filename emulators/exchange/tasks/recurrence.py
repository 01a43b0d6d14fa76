"""Recurring tasks: which day comes after a completion (MS-OXWSTASK 2.2.7.1)."""

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta

from lxml import etree

from emulators.exchange import recurrence
from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import fragment, parsed, written

_REGENERATING = {"DailyRegeneration": (1, 0), "WeeklyRegeneration": (7, 0), "MonthlyRegeneration": (0, 1),
                 "YearlyRegeneration": (0, 12)}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The rest of a task's series, the present task included; `pattern` is its element."""

    pattern: etree._Element
    series: recurrence.Series

    @property
    def start(self) -> date:
        """The day from which on it counts."""
        return self.series.start

    @property
    def regenerates(self) -> bool:
        """Whether the next task counts from the completion of this one."""
        return self.series.pattern in _REGENERATING

    def first(self) -> date:
        """The first day of the pattern on or after the start; raises ItemError where there is none."""
        found = self.series.at(1)
        if found is None:
            raise ItemError("ErrorRecurrenceHasNoOccurrence")
        return found

    def following(self, day: date, completed: date) -> date | None:
        """The day after `day` (or, when it regenerates, after the completion), or None behind the last one."""
        if self.series.number is not None and self.series.number <= 1:
            return None
        if not self.regenerates:
            return next((one for one in replace(self.series, number=None).dates() if one > day), None)
        days, months = _REGENERATING[self.series.pattern]
        every, until = self.series.interval, self.series.until
        found = _month_on(completed + timedelta(days * every), months * every)
        return None if until is not None and found > until else found

    def moved(self, start: date) -> "Recurrence":
        """The rest of it, from another day on."""
        number = self.series.number
        return Recurrence(
            self.pattern, replace(self.series, start=start, number=None if number is None else number - 1)
        )

    def beginning(self, start: date) -> "Recurrence":
        """The same from another day on."""
        return Recurrence(self.pattern, replace(self.series, start=start))

    def kept(self) -> str:
        """The Recurrence element."""
        begin = written("StartDate", f"{self.start.isoformat()}Z")
        if self.series.until is not None:
            end = written("EndDate", f"{self.series.until.isoformat()}Z")
            inner = f"<t:EndDateRecurrence>{begin}{end}</t:EndDateRecurrence>"
        elif self.series.number is not None:
            number = written("NumberOfOccurrences", str(self.series.number))
            inner = f"<t:NumberedRecurrence>{begin}{number}</t:NumberedRecurrence>"
        else:
            inner = f"<t:NoEndRecurrence>{begin}</t:NoEndRecurrence>"
        return f"<t:Recurrence>{fragment(self.pattern)}{inner}</t:Recurrence>"


def read(kept: str) -> Recurrence:
    """A Recurrence element; raises ItemError as `recurrence.read` does."""
    element = recurrence.with_plain_numbers(parsed(kept))
    return Recurrence(element[0], recurrence.read(element))


def _month_on(day: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
