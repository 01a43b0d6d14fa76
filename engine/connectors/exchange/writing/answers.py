"""What the owner of a mailbox has answered to one occurrence alone, of a series that somebody else has sent.

MyResponseType is read-only ([MS-OXWSMTGS] 2.2.4.6); behind it is PidLidResponseStatus ([MS-OXOCAL] 2.2.1.11), which an
exception may have for itself. Whether a server makes the one of the other is not documented, so it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.soap import TYPES, attribute
from engine.connectors.exchange.typed.fields import RESPONSE
from engine.connectors.exchange.typed.properties import value_of
from engine.connectors.exchange.writing.fields import parsed
from engine.connectors.exchange.writing.further import Further
from engine.ports.typed import Changed

NOT_KEPT = "the destination does not keep what its owner answered to its occurrence of {:%Y-%m-%d %H:%M} UTC alone"
NAMES = ("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")
_NUMBER = str(int(RESPONSE, 16)).encode()
_SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="calendar:MyResponseType"/></t:AdditionalProperties></m:ItemShape>'
)
AT_ONCE = 100


def not_kept(further: Further, ids: Mapping[datetime, str], changed: Iterable[Changed]) -> Iterator[str]:
    """Words on each answer to one of those occurrences that the destination does not show. Raises NotDoneError.

    `ids` are those of the occurrences that were changed, by when the pattern has them.
    """
    written = [(one, answer) for one in changed if one.original in ids and (answer := _answer(one))]
    for start in range(0, len(written), AT_ONCE):
        some = written[start : start + AT_ONCE]
        names = "".join(f"<t:ItemId Id={attribute(ids[one.original])}/>" for one, _ in some)
        shown = further.read(f"<m:GetItem>{_SHAPE}<m:ItemIds>{names}</m:ItemIds></m:GetItem>", len(some))
        for (one, answer), found in zip(some, shown, strict=True):
            if isinstance(found, CodeError) or found.findtext(f".//{TYPES}MyResponseType") != answer:
                yield NOT_KEPT.format(one.original)


def _answer(one: Changed) -> str:
    """What it is written with, as MyResponseType has it; "" where it has no answer of its own."""
    if _NUMBER not in one.element:
        return ""
    value = value_of(parsed(one.element), RESPONSE)
    return NAMES[int(value)] if value.isdecimal() and int(value) < len(NAMES) else ""
