"""Tasks as they are read. Flagged mail is none: the folder that shows both is a search folder, which never moves."""

from __future__ import annotations

from functools import partial

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.reading.folders import look_at
from engine.connectors.exchange.reading.listing import Sought
from engine.connectors.exchange.reading.typed import Reading
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import SEARCH_KEY, Property
from engine.connectors.exchange.typed.identity import search_key_of
from engine.connectors.exchange.typed.tasks.fields import TASK
from engine.connectors.exchange.typed.tasks.made import made
from engine.messages.envelope import plain
from engine.migration.content import Content
from engine.ports.items import Envelope

SOUGHT = Sought(
    frozenset({f"{TYPES}{TASK.element}"}),
    '<t:FieldURI FieldURI="item:LastModifiedTime"/>' + Property(SEARCH_KEY, "Binary").uri, search_key_of,
)
_NAMING = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="task:DueDate"/><t:FieldURI FieldURI="task:StartDate"/>'
    "</t:AdditionalProperties></m:ItemShape>"
)


def _naming(_since_2013: bool) -> str:  # noqa: FBT001 - the shape of a Reading
    return _NAMING


def _envelope(item: etree._Element) -> Envelope:
    """Subject, and the day on which it is due, or else begins."""
    day = moment(item, "DueDate") or moment(item, "StartDate")
    return Envelope(plain(item.findtext(f"{TYPES}Subject") or ""), "" if day is None else f"{day:%Y-%m-%d}", "")


TASKS = Reading(TASK.element, SOUGHT, partial(look_at, content=Content.TASKS), made, _naming, _envelope)
