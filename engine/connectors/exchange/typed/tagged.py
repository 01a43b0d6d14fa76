"""A tag put into an element that is ready to be written."""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.elements import tag_property
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.allow_lists import FIELDS

_FIRST = b"<t:ExtendedProperty>"


def tagged(element: bytes, tag: str, *, beside: bytes = b"") -> bytes:
    """The element with that tag, in the schema's order: among its properties, or where they would stand.

    `beside` are further properties of ours.
    """
    found = tag_property(tag).encode() + beside
    if _FIRST in element:       # in a text it would be escaped
        return element.replace(_FIRST, found + _FIRST, 1)
    whole = etree.fromstring(element)
    order = FIELDS[etree.QName(whole).localname].order
    place = order[f"{TYPES}ExtendedProperty"]
    holder = etree.fromstring(b'<x xmlns:t="%s">%s</x>' % (TYPES[1:-1].encode(), found))
    at = sum(order[one.tag] < place for one in whole)
    whole[at:at] = list(holder)
    return xml.written(whole)
