"""The occurrences of a new series: which of them begins when, by their indexes.

An index counts what the pattern has, from 1; an occurrence that was deleted keeps its own (Microsoft's pages on the
element OccurrenceItemId and on the code ErrorCalendarOccurrenceIsDeletedFromRecurrence).
Nobody computes a pattern here: the server is asked for the indexes at which an occurrence should lie by the usual
distance of two of them, and then for those near where it must lie between what is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.connectors.exchange.writing.beyond import find_in_view
from engine.connectors.exchange.writing.fields import parsed
from engine.connectors.exchange.writing.further import Further, refused
from engine.connectors.exchange.writing.occurrence import AT_ONCE, SHAPE, Occurrence, occurrence

FIRST = (1, 2)
# Days between two occurrences, of every first day, week, month or year (types.xsd, RecurrencePatternTypes).
DISTANCES = {
    "DailyRecurrence": 1.0, "WeeklyRecurrence": 7.0, "AbsoluteMonthlyRecurrence": 30.437,
    "RelativeMonthlyRecurrence": 30.437, "AbsoluteYearlyRecurrence": 365.2425, "RelativeYearlyRecurrence": 365.2425,
}
BESIDE = 1              # indexes on either side of the first guess
AROUND = 2              # and of each further one
BEYOND = "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"
FAR = 512               # an index up to which every server is taken to count


def find(
    further: Further, series_id: str, series: bytes, wanted: Collection[datetime]
) -> dict[datetime, Occurrence]:
    """The occurrences of that series that begin at those times; a time at which none begins is left out.

    Raises NotDoneError.
    """
    known: dict[int, Occurrence | None] = {}
    found: dict[datetime, Occurrence] = {}
    left = set(wanted)
    guessed = _guessed(parsed(series), left)
    first = {*FIRST, *(index for guess in guessed.values() for index in around(guess, BESIDE))}
    asked = sorted(first) if left else []
    while asked:
        known |= _read(further, series_id, asked)
        found |= {one.start: one for one in known.values() if one is not None and one.start in left}
        left -= found.keys()
        far = {when for when in left if guessed[when] > FAR and known[guessed[when]] is None}
        if far:
            found |= find_in_view(further, series_id, far)
            left -= far
        asked = sorted({index for when in left for index in _near(known, when)} - known.keys())
    return found


def _guessed(series: etree._Element, wanted: Collection[datetime]) -> dict[datetime, int]:
    """At which index an occurrence that begins then should be, give or take a few."""
    start = moment(series, "Start")
    pattern = series.find(f"{TYPES}Recurrence/*")
    if start is None or pattern is None:
        return dict.fromkeys(wanted, 1)
    interval = pattern.findtext(f"{TYPES}Interval") or "1"
    days = DISTANCES.get(etree.QName(pattern).localname, 1.0) * int(interval)
    if pattern.tag == f"{TYPES}WeeklyRecurrence":
        days /= len((pattern.findtext(f"{TYPES}DaysOfWeek") or "Monday").split())
    return {when: max(1, 1 + round((when - start) / timedelta(days=days))) for when in wanted}


def around(index: int, width: int) -> range:
    """The indexes on either side of one, and itself."""
    return range(max(1, index - width), index + width + 1)


def _read(
    further: Further, series_id: str, asked: Sequence[int]
) -> Iterator[tuple[int, Occurrence | None]]:
    """Those occurrences; None for one that is beyond the last."""
    for at in range(0, len(asked), AT_ONCE):
        some = asked[at : at + AT_ONCE]
        names = [f'<t:OccurrenceItemId RecurringMasterId={attribute(series_id)} InstanceIndex="{i}"/>' for i in some]
        request = f"<m:GetItem>{SHAPE}<m:ItemIds>{''.join(names)}</m:ItemIds></m:GetItem>"
        for index, name, answer in zip(some, names, further.read(request, len(some)), strict=True):
            if not isinstance(answer, CodeError):
                yield index, occurrence(answer.find(f"{MESSAGES}Items/*"), name)
            elif answer.code == BEYOND:
                yield index, None
            else:
                raise refused(answer)


def _near(known: Mapping[int, Occurrence | None], when: datetime) -> Iterator[int]:
    """The indexes to ask for next in search of an occurrence; none when there is no such occurrence."""
    before = sorted((index, one.start) for index, one in known.items() if one is not None and one.start < when)
    if not before:
        return
    low, since = before[-1]
    high = min((index for index in known if index > low), default=None)
    after = None if high is None else known[high]
    if high is not None and after is not None:
        steps = (when - since) / (after.start - since) * (high - low)
    else:           # as far from one another as the last ones that are known
        first, began = before[-2] if len(before) > 1 else (low - 1, since)
        steps = (when - since) * (low - first) / (since - began) if since > began else 1.0
    guess = low + max(1, round(steps))
    if high is not None:
        guess = min(guess, high - 1)
        yield from {(low + high) // 2} - {low}
    yield from (index for index in around(guess, AROUND) if index > low and (high is None or index < high))
