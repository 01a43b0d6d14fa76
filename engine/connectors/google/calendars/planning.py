"""A recurrence of Google's as Exchange can hold it: series of one pattern each, and what stands alone beside them.

Google's dates are kept: where a pattern has others, these are deleted occurrences of it; what no pattern has becomes
single appointments, without an end to a horizon.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import chain, islice, pairwise, product

from engine.connectors.google.calendars.expansion import completed, occurrences, times_of
from engine.connectors.google.calendars.fitting import patterns
from engine.connectors.google.calendars.patterns import Pattern
from engine.connectors.google.calendars.rules import Recurrence, Rule

FAR = datetime(4500, 1, 1)      # noqa: DTZ001 - as clocks show it; MS-OXOCAL 2.2.1.44.1 has nothing behind it
FURTHER = timedelta(days=10 * 366)      # behind the horizon, to find the first one that is left
MOST = 1000                     # appointments that one event becomes
LIFETIME = timedelta(days=200 * 365)
LONGEST_WAIT = timedelta(days=9 * 366)      # for the first date of a pattern: 99 months, of 29 February eight years
LOOKED_AT = 60                  # distances of a series
SHORT_MONTHS = "in months that have no such day, it stands on their last day from {:%Y-%m-%d} on"
NOT_AFTER = "it recurs without an end in a way that Exchange has no series for: it is carried up to {:%Y-%m-%d}"
EXCEPT_RULE = "what a rule takes out of it is deleted up to {:%Y-%m-%d}"
BEYOND = "Exchange has no dates behind the year {}: what it has there is not carried"
TOO_MANY = "of its {} appointments the {} nearest to today are carried"


@dataclass(frozen=True, slots=True)
class Run:
    """A series: a pattern from `first` on. It has an end by `count` or by its last day, `until`, or none.

    `deleted` are those of its occurrences that Google does not have, `live` all others that were looked at.
    """

    pattern: Pattern
    first: datetime
    count: int | None = None
    until: date | None = None
    deleted: tuple[datetime, ...] = ()
    live: frozenset[datetime] = field(default_factory=frozenset)

    @property
    def is_endless(self) -> bool:
        """True: it has no end."""
        return self.count is None and self.until is None

    def all(self, last: datetime) -> Iterator[datetime]:
        """Its occurrences up to `last`, deleted ones too."""
        end = min(last.date(), self.until or date.max)
        at = self.first.time().replace(fold=0)      # the first may be in the second of two hours that clocks show
        found = (datetime.combine(day, at) for day in self.pattern.dates(self.first.date(), end))
        within = (self.first if one == self.first else one for one in found if one <= last)
        return within if self.count is None else islice(within, self.count)

    def without_first(self) -> Run | None:
        """The same without its first occurrence; None where there is no other."""
        second = next(islice(self.all(FAR), 1, None), None)
        return None if second is None else replace(
            self, first=second, count=None if self.count is None else self.count - 1,
            deleted=tuple(one for one in self.deleted if one != self.first), live=self.live - {self.first},
        )

    def final(self) -> datetime | None:
        """The last that is not deleted; None without an end."""
        if self.is_endless:
            return None
        gone = set(self.deleted)
        return next(iter(deque((one for one in self.all(FAR) if one not in gone), maxlen=1)), self.first)

    def after(self, moment: datetime, *, but: Collection[datetime] = ()) -> datetime | None:
        """The first behind that time that is not deleted, and none of `but`; None: there is none."""
        gone = {*self.deleted, *but}
        return next((one for one in self.all(FAR) if one > moment and one not in gone), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event becomes. `stray` are changed occurrences of which its rules have none at that time."""

    runs: tuple[Run, ...] = ()
    singles: tuple[datetime, ...] = ()
    stray: tuple[datetime, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def is_something(self) -> bool:
        """True: something is left of the event."""
        return bool(self.runs or self.singles or self.stray)


@dataclass(frozen=True, slots=True)
class Own:
    """What Google says of single occurrences, by when its rules have them."""

    changed: Collection[datetime] = ()
    cancelled: Collection[datetime] = ()


def plan(told: Recurrence, start: datetime, length: timedelta, own: Own, *, now: datetime, horizon: datetime) -> Plan:
    """What an event that begins then and lasts as long becomes; `now` and `horizon` are as clocks show them."""
    simple = _simple(told, start, length, own)
    if simple is not None:
        return Plan((simple,))
    kept = replace(told, dates=tuple(one for one in told.dates if one < FAR))
    at, further = horizon, FURTHER
    found = _planned(kept, start, length, own, (now, at))
    while not found.is_something and any(rule.is_endless for rule in told.rules) and further < LIFETIME:
        at, further = min(FAR, at + further), further * 2
        found = _planned(kept, start, length, own, (now, at))
    untold = [BEYOND.format(FAR.year)] if kept.dates != told.dates else []
    return replace(found, untold=(*found.untold, *untold))


def _planned(
    told: Recurrence, start: datetime, length: timedelta, own: Own, times: tuple[datetime, datetime]
) -> Plan:
    """What it becomes, looked at up to a horizon."""
    now, horizon = times
    ends = [_end(rule, start) for rule in told.rules if not rule.is_endless]
    last = min(FAR, max((horizon, start, *ends, *told.dates, *told.excluded, *own.changed, *own.cancelled)))
    raw = [sorted(set(occurrences(rule, start, last))) for rule in told.rules]
    known = {start, *told.dates, *(one for some in raw for one in some)}
    out = {one for rule in told.but for one in occurrences(rule, start, last, has_start=False)}
    there = (known - told.excluded - set(own.cancelled) - out) | (known & set(own.changed))
    claimed, runs, untold, stops = set[datetime](), list[Run](), list[str](), False
    for rule, some in zip(told.rules, raw, strict=True):
        found = _runs(rule, some, there, claimed, (start, length, last))
        runs += found
        stops = stops or (rule.is_endless and bool(some) and not found)
        untold += [SHORT_MONTHS.format(horizon)] if _is_inexact(rule, found) else []
    untold += [EXCEPT_RULE.format(horizon)] if runs and any(rule.is_endless for rule in told.but) else []
    singles = sorted(there - claimed)
    kept = sorted(sorted(singles, key=lambda one: abs(one - now))[:MOST])
    untold += [TOO_MANY.format(len(singles), MOST)] if len(kept) < len(singles) else []
    untold += [NOT_AFTER.format(horizon if kept == singles else kept[-1])] if stops else []
    return Plan(tuple(runs), tuple(kept), tuple(sorted(set(own.changed) - known)), tuple(untold))


def _simple(told: Recurrence, start: datetime, length: timedelta, own: Own) -> Run | None:
    """The series, where it is one of a pattern that has exactly the dates of the one rule."""
    if len(told.rules) != 1 or told.but or told.dates or told.excluded or own.changed or own.cancelled:
        return None
    [rule] = told.rules
    found, times = patterns(completed(rule, start)), times_of(rule, start)
    if len(found) != 1 or times != [start.time()] or not found[0].is_exact or not found[0].has(start.date()):
        return None
    run = Run(found[0], start, rule.count, _last_day(rule, start.time()))
    return run if _is_long_enough(run, length) and not (run.until and run.until < start.date()) else None


def _last_day(rule: Rule, at: time) -> date | None:
    """The last day of a rule that has an end in time."""
    if rule.until is None:
        return None
    return min(FAR, rule.until).date() - timedelta(days=at > rule.until.time())


def _runs(
    rule: Rule, some: Sequence[datetime], there: set[datetime], claimed: set[datetime],
    span: tuple[datetime, timedelta, datetime],
) -> list[Run]:
    """The series that a rule becomes; what they have is put into `claimed`. [] where no patterns have its dates."""
    start, length, last = span
    fitting, times = patterns(completed(rule, start)), times_of(rule, start)
    ends = _end(rule, start) if rule.count is not None else None
    found: list[Run] = []
    for pattern, at in product(fitting, times):
        first = _first(rule, some, start, pattern, at)
        if first is None:
            continue
        is_alone = len(fitting) == len(times) == 1 and first == start and pattern.is_exact
        until = _last_day(rule, at) if ends is None else (ends.date() - timedelta(days=at > ends.time()))
        run = Run(pattern, first, rule.count if is_alone else None, None if is_alone and rule.count else until)
        if not _is_long_enough(run, length):
            continue
        covered = set(run.all(last))
        live = (covered & there) - claimed
        if live or run.is_endless:
            claimed |= live
            found.append(Run(pattern, run.first, run.count, run.until, tuple(sorted(covered - live)), frozenset(live)))
    return found


def _first(rule: Rule, some: Sequence[datetime], start: datetime, pattern: Pattern, at: time) -> datetime | None:
    """When the rule is first what a pattern stands for; of those that are years apart it may be behind all others."""
    later = occurrences(rule, start, start + LONGEST_WAIT)
    return next((one for one in chain(some, later) if one.time() == at and pattern.has(one.date())), None)


def _end(rule: Rule, start: datetime) -> datetime:
    """When a rule ends, within a lifetime and more."""
    if rule.until is not None:
        return min(rule.until, start + LIFETIME)
    return next(iter(deque(occurrences(rule, start, start + LIFETIME), maxlen=1)), start)


def _is_long_enough(run: Run, length: timedelta) -> bool:
    """True: an occurrence has ended before the next one begins (ErrorOccurrenceTimeSpanTooBig, page ResponseCode)."""
    return all(after - before >= length for before, after in pairwise(islice(run.all(FAR), LOOKED_AT)))


def _is_inexact(rule: Rule, found: Sequence[Run]) -> bool:
    """True: behind the horizon the series of an endless rule have dates that it does not have."""
    return rule.is_endless and any(not run.pattern.is_exact for run in found)
