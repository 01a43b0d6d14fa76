"""A series at the destination gets the occurrences of the source's: what was deleted goes, what was changed is changed.

An occurrence may not pass its neighbours, not even for a moment (ErrorOccurrenceCrossingBoundary of Microsoft's page
"ResponseCode"). So the deleted ones go first; then those that moved to later are moved, the last one first, and those
that moved to earlier, the first one first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.connectors.exchange.soap import attribute
from engine.connectors.exchange.writing.answers import not_kept
from engine.connectors.exchange.writing.detaching import BACK, detach, lost
from engine.connectors.exchange.writing.fields import updates
from engine.connectors.exchange.writing.further import Further, NotDoneError
from engine.connectors.exchange.writing.meetings import of_one_day
from engine.connectors.exchange.writing.occurrence import Occurrence
from engine.connectors.exchange.writing.occurrences import find
from engine.connectors.exchange.writing.parts import DELETE, UPDATE
from engine.ports.items import Verdict
from engine.ports.typed import Changed, TypedItem

UNKNOWN = "its deleted occurrence of {:%Y-%m-%d %H:%M} UTC is none that the series has at the destination"
STAYS = "its occurrence of {:%Y-%m-%d %H:%M} UTC, which was deleted, is there again: {}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A changed occurrence that the destination does not take, and why. `there`: it stands as the series has it."""

    changed: Changed
    error: Exception | None = None
    there: Occurrence | None = None


def settle(further: Further, series_id: str, item: TypedItem) -> list[Refusal]:
    """Deletes and changes occurrences, with what is attached to them. What was refused of these changes.

    The words for the report say what could not be deleted or taken away, and who stands as invited without having
    been. Raises NotDoneError.
    """
    told = further.told
    item = replace(item, changed=tuple(_invited(item, told)))
    there = find(further, series_id, item.element, {*item.deleted, *(one.original for one in item.changed)})
    told += list(_deleted(further, there, sorted(item.deleted)))
    refusals = [Refusal(one) for one in item.changed if one.original not in there]
    ids, refused = _changed(further, there, [one for one in in_order(item.changed) if one.original in there])
    more: dict[datetime, str] | None = None
    while refused and (more is None or more):       # what was in their way may have moved meanwhile, or passed
        more, refused = _changed(further, there, [one.changed for one in refused])
        ids |= more
    for one in item.changed:
        if one.original in ids:
            item_id = ids[one.original]
            if one.without:
                item_id, kept = detach(further, replace(there[one.original], id=item_id), one, item.attachments)
                told += kept
            attach(further, item_id, one.attachments)
    if any(one.without for one in item.changed) and (gone := lost(further, series_id, item.attachments)):
        attach(further, series_id, gone)
        told.append(BACK)
    told += not_kept(further, ids, item.changed)
    return refusals + refused


def _invited(item: TypedItem, told: list[str]) -> Iterator[Changed]:
    """The changed occurrences; the people of one alone count as invited, as those of a whole series do."""
    for one in item.changed:
        element, words = of_one_day(one, item.element)
        told += [words] if words else []
        yield replace(one, element=element)


def _deleted(further: Further, there: Mapping[datetime, Occurrence], wanted: Sequence[datetime]) -> Iterator[str]:
    yield from (UNKNOWN.format(when) for when in wanted if when not in there)
    known = [when for when in wanted if when in there]
    outcomes = further.write(DELETE[0], [there[when].name.encode() for when in known], DELETE[1])
    for when, outcome in zip(known, outcomes, strict=True):
        if outcome.verdict is not Verdict.DONE:
            yield STAYS.format(when, outcome.error)


def _changed(
    further: Further, there: Mapping[datetime, Occurrence], changed: Sequence[Changed]
) -> tuple[dict[datetime, str], list[Refusal]]:
    """Changes occurrences in that order. The ids of those that are as they should be, and what was refused."""
    ids = {one.original: there[one.original].id for one in changed}
    changes = [(one, what) for one in changed if (what := updates(one.element))]
    outcomes = further.write(
        UPDATE[0],
        [f"<t:ItemChange>{there[one.original].name}<t:Updates>{what}</t:Updates></t:ItemChange>".encode()
         for one, what in changes],
        UPDATE[1],
    )
    refusals = []
    for (one, _), outcome in zip(changes, outcomes, strict=True):
        if outcome.verdict is Verdict.DONE:     # it may have another id as an exception than it had before
            ids[one.original] = outcome.id or ids[one.original]
        else:
            del ids[one.original]
            refusals.append(Refusal(one, outcome.error, there[one.original]))
    return ids, refusals


def in_order(changed: Sequence[Changed]) -> list[Changed]:
    """Those that moved to later from the last to the first, then all others from the first to the last."""
    later = [one for one in changed if one.start > one.original]
    others = [one for one in changed if one.start <= one.original]
    return sorted(later, key=lambda one: one.original, reverse=True) + sorted(others, key=lambda one: one.original)


def attach(further: Further, item_id: str, attachments: Sequence[bytes]) -> None:
    """CreateAttachment. Raises NotDoneError when one is not taken."""
    head = f"<m:CreateAttachment><m:ParentItemId Id={attribute(item_id)}/><m:Attachments>"
    outcomes = further.write(head, attachments, "</m:Attachments></m:CreateAttachment>")
    for outcome in outcomes:
        if outcome.verdict is not Verdict.DONE:
            raise NotDoneError(outcome)
