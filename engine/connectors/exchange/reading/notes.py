"""Sticky notes as they are read: messages of their class, in folders for notes."""

from __future__ import annotations

from functools import partial

from lxml import etree

from engine.connectors.exchange.reading.folders import look_at
from engine.connectors.exchange.reading.listing import Sought
from engine.connectors.exchange.reading.typed import Reading
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import SEARCH_KEY, Property
from engine.connectors.exchange.typed.identity import search_key_of
from engine.connectors.exchange.typed.notes.fields import NOTE, NOTE_CLASS, NOTE_ELEMENTS
from engine.connectors.exchange.typed.notes.made import made
from engine.messages.envelope import plain
from engine.migration.content import Content
from engine.ports.items import Envelope

SOUGHT = Sought(
    frozenset(f"{TYPES}{name}" for name in NOTE_ELEMENTS),
    '<t:FieldURI FieldURI="item:LastModifiedTime"/><t:FieldURI FieldURI="item:ItemClass"/>'
    + Property(SEARCH_KEY, "Binary").uri,
    search_key_of,
    item_class=NOTE_CLASS,
)
_NAMING = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
)


def _naming(_since_2013: bool) -> str:  # noqa: FBT001 - the shape of a Reading
    return _NAMING


def _envelope(item: etree._Element) -> Envelope:
    """Its first line, which is its subject."""
    return Envelope(plain(item.findtext(f"{TYPES}Subject") or ""), "", "")


NOTES = Reading(NOTE.element, SOUGHT, partial(look_at, content=Content.NOTES), made, _naming, _envelope)
