"""The occurrences of a new series: which of them begins when, by their indexes.

An index counts what the pattern has, from 1; an occurrence that was deleted keeps its own (Microsoft's pages on the
element OccurrenceItemId and on the code ErrorCalendarOccurrenceIsDeletedFromRecurrence).
Nobody computes a pattern here: the server is asked for a few indexes, and then for those near where the times that are
looked for must lie between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.soap import TYPES, attribute
from engine.connectors.exchange.writing.further import Further, refused

FIRST = (1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256, 512)
AROUND = 2              # indexes on either side of a guess
AT_ONCE = 200           # indexes in one request
BEYOND = "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"
SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="calendar:Start"/></t:AdditionalProperties></m:ItemShape>'
)


def by_index(series_id: str, index: int) -> str:
    """The element that names an occurrence."""
    return f"<t:OccurrenceItemId RecurringMasterId={attribute(series_id)} InstanceIndex=\"{index}\"/>"


def moment(text: str) -> datetime:
    """A time of the service, UTC where it names no offset."""
    found = datetime.fromisoformat(text.strip())
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def indexes(further: Further, series_id: str, wanted: Collection[datetime]) -> dict[datetime, int]:
    """The indexes of the occurrences that begin at those times; a time at which none begins is left out."""
    known: dict[int, datetime | None] = {}
    found: dict[datetime, int] = {}
    left = set(wanted)
    asked: Sequence[int] = FIRST if left else ()
    while asked:
        known |= _starts(further, series_id, asked)
        found |= {start: index for index, start in known.items() if start in left}
        left -= found.keys()
        asked = sorted({index for when in left for index in _near(known, when)} - known.keys())
    return found


def _starts(further: Further, series_id: str, asked: Sequence[int]) -> Iterator[tuple[int, datetime | None]]:
    """When those occurrences begin; None for one that is beyond the last."""
    for at in range(0, len(asked), AT_ONCE):
        some = asked[at : at + AT_ONCE]
        ids = "".join(by_index(series_id, index) for index in some)
        answers = further.read(f"<m:GetItem>{SHAPE}<m:ItemIds>{ids}</m:ItemIds></m:GetItem>", len(some))
        for index, answer in zip(some, answers, strict=True):
            if not isinstance(answer, CodeError):
                yield index, moment(next(answer.iter(f"{TYPES}Start")).text or "")
            elif answer.code == BEYOND:
                yield index, None
            else:
                raise refused(answer)


def _near(known: Mapping[int, datetime | None], when: datetime) -> Iterator[int]:
    """The indexes to ask for next in search of an occurrence; none when there is no such occurrence."""
    before = sorted((index, start) for index, start in known.items() if start is not None and start < when)
    if not before:
        return
    low, since = before[-1]
    high = min((index for index in known if index > low), default=None)
    until = None if high is None else known[high]
    if high is not None and until is not None:
        steps = (when - since) / (until - since) * (high - low)
    else:           # as far from one another as the last ones that are known
        first, began = before[-2] if len(before) > 1 else (low - 1, since)
        steps = (when - since) * (low - first) / (since - began) if since > began else 1.0
    guess = low + max(1, round(steps))
    if high is not None:
        guess = min(guess, high - 1)
        yield from {(low + high) // 2} - {low}
    around = range(guess - AROUND, guess + AROUND + 1)
    yield from (index for index in around if index > low and (high is None or index < high))
