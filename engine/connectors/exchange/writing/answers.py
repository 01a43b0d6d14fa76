"""What became of one occurrence alone, of a series that somebody else has sent: its guest's answer, a cancellation.

MyResponseType and IsCancelled are read-only ([MS-OXWSMTGS] 2.2.4.6); behind them are PidLidResponseStatus and
PidLidAppointmentStateFlags ([MS-OXOCAL] 2.2.1.11, 2.2.1.10), which an exception may have for itself. Whether a server
makes the ones of the others is not documented, so it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.soap import TYPES, attribute
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import RESPONSE, STATE
from engine.connectors.exchange.typed.organizer import is_cancelled
from engine.connectors.exchange.typed.properties import value_of
from engine.connectors.exchange.writing.fields import parsed
from engine.connectors.exchange.writing.further import Further
from engine.ports.typed import Changed

NOT_KEPT = "the destination does not keep what its owner answered to its occurrence of {:%Y-%m-%d %H:%M} UTC alone"
STANDS = "the destination does not show that its occurrence of {:%Y-%m-%d %H:%M} UTC was cancelled"
NAMES = ("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")
_NUMBERS = tuple(str(int(number, 16)).encode() for number in (RESPONSE, STATE))
_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="calendar:IsCancelled"/>'
    '<t:FieldURI FieldURI="calendar:MyResponseType"/></t:AdditionalProperties></m:ItemShape>'
)
AT_ONCE = 100


def not_kept(further: Further, ids: Mapping[datetime, str], changed: Iterable[Changed]) -> Iterator[str]:
    """Words on each answer to one of those occurrences, or cancellation of it, that the destination does not show.

    Raises NotDoneError.

    `ids` are those of the occurrences that were changed, by when the pattern has them.
    """
    written = [(one, wanted) for one in changed if one.original in ids and any(wanted := _written(one))]
    for start in range(0, len(written), AT_ONCE):
        some = written[start : start + AT_ONCE]
        names = "".join(f"<t:ItemId Id={attribute(ids[one.original])}/>" for one, _ in some)
        shown = further.read(f"<m:GetItem>{_SHAPE}<m:ItemIds>{names}</m:ItemIds></m:GetItem>", len(some))
        for (one, (answer, cancelled)), found in zip(some, shown, strict=True):
            item = None if isinstance(found, CodeError) else found.find(f".//{TYPES}CalendarItem")
            if answer and (item is None or xml.words(item, "MyResponseType") != answer):
                yield NOT_KEPT.format(one.original)
            if cancelled and (item is None or xml.words(item, "IsCancelled") != "true"):
                yield STANDS.format(one.original)


def _written(one: Changed) -> tuple[str, bool]:
    """The answer that it is written with, "" where it has none of its own. True: it is written as cancelled."""
    if not any(number in one.element for number in _NUMBERS):
        return "", False
    item = parsed(one.element)
    value = value_of(item, RESPONSE)
    return NAMES[int(value)] if value.isdecimal() and int(value) < len(NAMES) else "", is_cancelled(item)
