"""An occurrence of a series, as a server shows it before anything is done to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES, attribute
from engine.connectors.exchange.writing.further import put_off

AT_ONCE = 200       # occurrences in one request
SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="calendar:Start"/></t:AdditionalProperties></m:ItemShape>'
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What names it in a request, its id, and when it begins (UTC)."""

    name: str
    id: str
    start: datetime


def occurrence(item: etree._Element | None, name: str = "") -> Occurrence:
    """The occurrence in an answer, named by its id unless told otherwise. Raises NotDoneError where it is not there."""
    known = None if item is None else item.find(f"{TYPES}ItemId")
    start = None if item is None else moment(item, "Start")
    if known is None or start is None:
        raise put_off(AnswerLostError("The destination's answer lacks what was asked for."))
    item_id = known.get("Id") or ""
    return Occurrence(name or f"<t:ItemId Id={attribute(item_id)}/>", item_id, start)
