"""The patterns of Exchange that together have the dates of one rule, as far as there are any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import lcm

from engine.connectors.google.calendars.patterns import INDEXES, LONGEST, SETS, Pattern
from engine.connectors.google.calendars.rules import Rule

SHORTEST_MONTH = 28
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LEAP_DAY = 29


class NotFittingError(Exception):
    """No patterns have these dates."""


def patterns(rule: Rule) -> list[Pattern]:
    """Those of a rule that was completed. [] where Exchange has none for it."""
    if rule.weeks or rule.year_days:
        return []
    try:
        found = list(_FITTING[rule.frequency](rule)) if rule.frequency in _FITTING else []
    except NotFittingError:
        return []
    return found if all(one.interval <= LONGEST.get(one.kind, 1) for one in found) else []


def _need(holds: object) -> None:
    if not holds:
        raise NotFittingError


def _daily(rule: Rule) -> Iterator[Pattern]:
    _need(not (rule.months or rule.month_days or rule.positions) and all(not number for _, number in rule.days))
    if not rule.days:
        yield Pattern("Daily", rule.interval)
        return
    if rule.interval == 1:
        yield Pattern("Weekly", 1, _weekdays(rule), rule.week_start)
        return
    for day in _weekdays(rule):     # each comes round when so many days are whole weeks
        yield Pattern("Weekly", lcm(rule.interval, 7) // 7, (day,), rule.week_start)


def _weekly(rule: Rule) -> Iterator[Pattern]:
    _need(not (rule.months or rule.month_days or rule.positions) and all(not number for _, number in rule.days))
    yield Pattern("Weekly", rule.interval, _weekdays(rule), rule.week_start)


def _monthly(rule: Rule) -> Iterator[Pattern]:
    if _is_weekly(rule):
        yield Pattern("Weekly", 1, _weekdays(rule), rule.week_start)
        return
    if not rule.months:
        yield from _in_months(rule, rule.interval)
        return
    _need(rule.interval == 1)
    for month in rule.months:
        for one in _in_months(rule, 12):
            yield from _in_one_month(one, month, 1)


def _yearly(rule: Rule) -> Iterator[Pattern]:
    """Of a month each; every second year and so on are so many months apart."""
    if _is_weekly(rule):
        yield Pattern("Weekly", 1, _weekdays(rule), rule.week_start)
        return
    if not rule.months:     # a day of every month, of every year
        _need(rule.interval == 1 and rule.month_days and not rule.days and not rule.positions)
        yield from _in_months(rule, 1)
        return
    _need(len(rule.months) == 1 or not rule.positions)
    for month in rule.months:
        for one in _in_months(rule, 12 * rule.interval):
            yield from _in_one_month(one, month, rule.interval)


def _is_weekly(rule: Rule) -> bool:
    """True: it is on the same weekdays of every week."""
    beside = rule.months or rule.month_days or rule.positions
    return rule.interval == 1 and bool(rule.days) and not beside and not any(number for _, number in rule.days)


def _in_one_month(one: Pattern, month: int, years: int) -> Iterator[Pattern]:
    """The pattern, of that month in every so many years."""
    if one.day > LENGTHS[month - 1]:
        if not one.is_exact:        # no year has that day
            return
        one = replace(one, day=LENGTHS[month - 1])
    if one.day == LEAP_DAY and month == 2 and not one.is_exact:
        _need(years in (1, 2, 4, 8))
        yield replace(one, interval=max(4, years) * 12, anchor=month, is_exact=True)
    elif years == 1 and (one.day or len(one.days) == 1):
        kind = "AbsoluteYearly" if one.day else "RelativeYearly"
        yield replace(one, kind=kind, interval=1, month=month, is_exact=True)
    else:
        yield replace(one, anchor=month, is_exact=True)


def _in_months(rule: Rule, interval: int) -> Iterator[Pattern]:
    """Patterns of a day in each month that counts."""
    if rule.days:
        _need(not rule.month_days)
        yield from _by_weekday(rule, interval)
    elif rule.positions:
        yield _last_of(rule, interval)
    else:
        _need(all(one > 0 or one == -1 for one in rule.month_days))
        for day in rule.month_days:
            last = day == -1
            yield Pattern("AbsoluteMonthly", interval, day=31 if last else day, is_exact=last or day <= SHORTEST_MONTH)


def _last_of(rule: Rule, interval: int) -> Pattern:
    """The last of the days from 28 on to another one: that one, or the last of a shorter month."""
    days = rule.month_days
    _need(rule.positions == (-1,) and days == tuple(range(SHORTEST_MONTH, SHORTEST_MONTH + len(days))))
    return Pattern("AbsoluteMonthly", interval, day=days[-1])


def _by_weekday(rule: Rule, interval: int) -> Iterator[Pattern]:
    if rule.positions:
        days = _weekdays(rule)
        _need(all(not number for _, number in rule.days) and (len(days) == 1 or days in SETS))
        places = list(product((days,), rule.positions))
    else:
        places = [((day,), number) for day, number in rule.days]
    for days, place in places:
        _need(place in INDEXES)
        yield Pattern("RelativeMonthly", interval, days, place=place)


def _weekdays(rule: Rule) -> tuple[int, ...]:
    return tuple(sorted({day for day, _ in rule.days}))


_FITTING = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}
