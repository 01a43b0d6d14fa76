"""The occurrences of a new series: which of them begins when, by their indexes.

An index counts what the pattern has, from 1; an occurrence that was deleted keeps its own (Microsoft's pages on the
element OccurrenceItemId and on the code ErrorCalendarOccurrenceIsDeletedFromRecurrence).
Nobody computes a pattern here: the server is asked for a few indexes, and then for those near where the times that are
looked for must lie between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.soap import MESSAGES, attribute
from engine.connectors.exchange.writing.beyond import find_in_view
from engine.connectors.exchange.writing.further import Further, refused
from engine.connectors.exchange.writing.occurrence import AT_ONCE, SHAPE, Occurrence, occurrence

FIRST = (1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256, 512)
AROUND = 2              # indexes on either side of a guess
BEYOND = "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"
FAR = 512            # an index up to which every server is taken to count


def find(further: Further, series_id: str, wanted: Collection[datetime]) -> dict[datetime, Occurrence]:
    """The occurrences that begin at those times; a time at which none begins is left out. Raises NotDoneError."""
    known: dict[int, Occurrence | None] = {}
    found: dict[datetime, Occurrence] = {}
    left = set(wanted)
    asked: Sequence[int] = FIRST if left else ()
    while asked:
        known |= _read(further, series_id, asked)
        found |= {one.start: one for one in known.values() if one is not None and one.start in left}
        left -= found.keys()
        asked = sorted({index for when in left for index in _near(known, when)} - known.keys())
    last = max((one for one in known.items() if one[1] is not None), default=None)
    beyond = {when for when in left if when > last[1].start} if last and last[1] and last[0] >= FAR else set()
    return found | find_in_view(further, series_id, beyond) if beyond else found


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
    around = range(guess - AROUND, guess + AROUND + 1)
    yield from (index for index in around if index > low and (high is None or index < high))
