"""When a rule recurs, by RFC 5545 3.3.10; times as clocks show them."""

from __future__ import annotations

import calendar
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import count, islice, product, takewhile

from engine.connectors.google.calendars.rules import Rule

LAST_YEAR = 9000
MOST_STEPS = 200_000    # of a rule that counts hours or less
_STEPS = {"HOURLY": timedelta(hours=1), "MINUTELY": timedelta(minutes=1), "SECONDLY": timedelta(seconds=1)}


def occurrences(rule: Rule, start: datetime, last: datetime, *, has_start: bool = True) -> Iterator[datetime]:
    """When it recurs, in order, up to `last`. `has_start`: the start is the first, whatever the rule says of it."""
    own = _all(completed(rule, start), start, last)
    found: Iterator[datetime] = (one for one in own if one > start or (one == start and not has_start))
    found = heapq.merge((start,), found) if has_start else found
    within = takewhile(lambda one: one <= last and (rule.until is None or one <= rule.until), found)
    return within if rule.count is None else islice(within, rule.count)


def completed(rule: Rule, start: datetime) -> Rule:
    """The same, with what it takes from when it begins."""
    if rule.weeks and not rule.days:
        return replace(rule, days=((start.weekday(), 0),))
    if rule.weeks or rule.year_days or rule.month_days or rule.days:
        return rule
    if rule.frequency == "YEARLY":
        return replace(rule, months=rule.months or (start.month,), month_days=(start.day,))
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=(start.day,))
    return replace(rule, days=((start.weekday(), 0),)) if rule.frequency == "WEEKLY" else rule


def _all(rule: Rule, start: datetime, last: datetime) -> Iterator[datetime]:
    """What the rule has from its first period on."""
    for some in _periods(rule, start, last):
        chosen = some
        if rule.positions:
            places = sorted({one - 1 if one > 0 else len(some) + one for one in rule.positions})
            chosen = [some[one] for one in places if 0 <= one < len(some)]
        yield from chosen


def _periods(rule: Rule, start: datetime, last: datetime) -> Iterator[Sequence[datetime]]:
    if rule.frequency in _STEPS:
        yield from _short_periods(rule, start, last)
        return
    times = times_of(rule, start)
    for days in _day_periods(rule, start.date(), last.date()):
        yield [datetime.combine(day, at) for day in days if fits(rule, day) for at in times]


def times_of(rule: Rule, start: datetime) -> list[time]:
    """At what times of a day it recurs, of a rule that counts days or more."""
    return [time(*one) for one in product(
        rule.hours or (start.hour,), rule.minutes or (start.minute,), rule.seconds or (start.second,)
    ) if one[2] < 60]


def _short_periods(rule: Rule, start: datetime, last: datetime) -> Iterator[Sequence[datetime]]:
    at, step = start, _STEPS[rule.frequency] * rule.interval
    minutes = rule.minutes if rule.frequency == "HOURLY" else ()
    seconds = rule.seconds if rule.frequency != "SECONDLY" else ()
    for _ in range(min(MOST_STEPS, (last - at) // step + 2)):
        if fits(rule, at.date()) and (not rule.hours or at.hour in rule.hours) and \
                (minutes or not rule.minutes or at.minute in rule.minutes):
            yield [at.replace(minute=one, second=other)
                   for one, other in product(minutes or (at.minute,), seconds or (at.second,))]
        at += step


def _day_periods(rule: Rule, start: date, last: date) -> Iterator[Sequence[date]]:
    """The days of each period that counts."""
    match rule.frequency:
        case "YEARLY":
            for year in range(start.year, min(last.year, LAST_YEAR) + 1, rule.interval):
                yield _days(date(year, 1, 1), 366 if calendar.isleap(year) else 365)
        case "MONTHLY":
            for number in count(start.year * 12 + start.month - 1, rule.interval):
                year, month = number // 12, number % 12 + 1
                if (year, month) > (last.year, last.month):
                    return
                yield _days(date(year, month, 1), calendar.monthrange(year, month)[1])
        case "WEEKLY":
            first = start - timedelta(days=(start.weekday() - rule.week_start) % 7)
            while first <= last:
                yield _days(first, 7)
                first += timedelta(days=7 * rule.interval)
        case _:
            while start <= last:
                yield (start,)
                start += timedelta(days=rule.interval)


def _days(first: date, number: int) -> list[date]:
    return [first + timedelta(days=one) for one in range(number)]


def fits(rule: Rule, day: date) -> bool:
    """True: the rule lets it be on that day, as far as one day tells."""
    length = calendar.monthrange(day.year, day.month)[1]
    of_year = day.timetuple().tm_yday
    year_length = 366 if calendar.isleap(day.year) else 365
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.month_days or day.day in rule.month_days or day.day - length - 1 in rule.month_days)
        and (not rule.year_days or of_year in rule.year_days or of_year - year_length - 1 in rule.year_days)
        and (not rule.weeks or _is_in_week(rule, day))
        and (not rule.days or any(_is_day(rule, day, *one) for one in rule.days))
    )


def _is_day(rule: Rule, day: date, weekday: int, number: int) -> bool:
    """True: it is that weekday, by its number in the month or the year, if there is one."""
    if day.weekday() != weekday or not number:
        return day.weekday() == weekday
    of_month = rule.frequency == "MONTHLY" or (rule.frequency == "YEARLY" and bool(rule.months))
    if of_month:
        at, length = day.day, calendar.monthrange(day.year, day.month)[1]
    else:
        at, length = day.timetuple().tm_yday, 366 if calendar.isleap(day.year) else 365
    return number == ((at - 1) // 7 + 1 if number > 0 else -((length - at) // 7 + 1))


def _is_in_week(rule: Rule, day: date) -> bool:
    """True: the day is in one of those weeks. The first of a year has four days or more of it, and may begin before."""
    year = next(one for one in (day.year + 1, day.year, day.year - 1) if _first_week(one, rule.week_start) <= day)
    first = _first_week(year, rule.week_start)
    number = (day - first).days // 7 + 1
    total = (_first_week(year + 1, rule.week_start) - first).days // 7
    return number in rule.weeks or number - total - 1 in rule.weeks


def _first_week(year: int, week_start: int) -> date:
    begin = date(year, 1, 1)
    past = (begin.weekday() - week_start) % 7
    return begin - timedelta(days=past) if past <= 3 else begin + timedelta(days=7 - past)
