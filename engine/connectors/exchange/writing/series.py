"""A series at the destination gets the occurrences of the source's: what was deleted goes, what was changed is changed.

An occurrence may not pass its neighbours, not even for a moment (ErrorOccurrenceCrossingBoundary of Microsoft's page
"ResponseCode"). So the deleted ones go first; then those that moved to later are moved, the last one first, and those
that moved to earlier, the first one first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.writing.fields import parsed, updates
from engine.connectors.exchange.writing.further import Further
from engine.connectors.exchange.writing.occurrences import by_index, indexes, moment
from engine.ports.items import Outcome, Verdict
from engine.ports.typed import Changed, TypedItem

DELETE = (
    '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"'
    ' AffectedTaskOccurrences="SpecifiedOccurrenceOnly" SuppressReadReceipts="true"><m:ItemIds>',
    "</m:ItemIds></m:DeleteItem>",
)
UPDATE = (
    '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"'
    ' SendMeetingInvitationsOrCancellations="SendToNone" SuppressReadReceipts="true"><m:ItemChanges>',
    "</m:ItemChanges></m:UpdateItem>",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An occurrence that is not as it was at the source, and why not."""

    changed: Changed
    error: Exception | None


def settle(further: Further, series_id: str, item: TypedItem) -> list[Refusal]:
    """Deletes and changes occurrences. Returns what was refused; raises NotDoneError."""
    wanted = {*item.deleted, *(one.original for one in item.changed)}
    found = {when: by_index(series_id, index) for when, index in indexes(further, series_id, wanted).items()}
    _delete(further, [found[when] for when in sorted(item.deleted) if when in found])
    return _change(further, parsed(item.element), found, item.changed)


def _delete(further: Further, ids: Sequence[str]) -> None:
    further.write(DELETE[0], ids, DELETE[1])


def _change(
    further: Further, series: etree._Element, ids: Mapping[datetime, str], changed: Sequence[Changed]
) -> list[Refusal]:
    lost = [Refusal(one, None) for one in changed if one.original not in ids]
    changes = [
        (one, f"<t:ItemChange>{ids[one.original]}<t:Updates>{what}</t:Updates></t:ItemChange>")
        for one in in_order(changed)
        if one.original in ids and (what := updates(series, parsed(one.element), times=_is_moved(series, one)))
    ]
    outcomes = further.write(UPDATE[0], [change for _, change in changes], UPDATE[1])
    return lost + [
        Refusal(one, outcome.error) for (one, _), outcome in zip(changes, outcomes, strict=True) if _is_refused(outcome)
    ]


def _is_refused(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.REFUSED


def in_order(changed: Sequence[Changed]) -> list[Changed]:
    """Those that moved to later from the last to the first, then all others from the first to the last."""
    later = [one for one in changed if one.start > one.original]
    others = [one for one in changed if one.start <= one.original]
    return sorted(later, key=lambda one: one.original, reverse=True) + sorted(others, key=lambda one: one.original)


def _is_moved(series: etree._Element, one: Changed) -> bool:
    """True: it begins at another time than the pattern has, or is not as long as the series says."""
    start, end = (series.findtext(f"{TYPES}{name}") for name in ("Start", "End"))
    length = moment(end) - moment(start) if start and end else None
    return one.start != one.original or one.end - one.start != length
