"""An item reduced to what CreateItem takes of it: its allow-list, in the order of the schema."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import OBJECT_ID, PEOPLE, ZONES, Fields
from engine.connectors.exchange.typed.identity import names_the_same
from engine.connectors.exchange.typed.properties import EXTENDED
from engine.connectors.exchange.typed.shown import Shown

# What CreateItem refuses when nothing is in it ([MS-OXWSMTGS]: NonEmptyArrayOf…), or an id that is none.
_NEVER_EMPTY = frozenset(f"{TYPES}{name}" for name in ("UID", "Categories", *PEOPLE, *ZONES))
_LOOKED_AT = tuple(f"{TYPES}{name}" for name in ("Body", *ZONES, "UID", "EnhancedLocation", "Recurrence"))


def reduced(shown: Shown, fields: Fields) -> etree._Element:
    """A new element with what may be written of the item, whose fields move into it."""
    order = fields.order
    place = order[EXTENDED]
    found = [(place, at, one) for at, one in enumerate(shown.carried(fields.carried))]
    found += [
        (order[tag], at, one) for at, one in enumerate(shown.item)
        if (tag := one.tag) in order and tag != EXTENDED and not (tag in _NEVER_EMPTY and _is_void(one))
    ]
    found.sort()
    made = xml.new(fields.element)
    for _, _, one in found:
        one.tail = None
        made.append(one)
    _drop_needless(made, {one.tag: one for _, _, one in reversed(found)}, shown.value(OBJECT_ID))
    return made


def _is_void(one: etree._Element) -> bool:
    return not len(one) and not one.text and not one.get("Id")


def _drop_needless(made: etree._Element, placed: Mapping[str, etree._Element], object_id: str) -> None:
    """Takes away what says again, or otherwise, what another field says. `placed` are its fields, by their tags."""
    body, start, end, uid, place, recurrence = (placed.get(one) for one in _LOOKED_AT)
    if body is not None and body.get("IsTruncated") is not None:
        del body.attrib["IsTruncated"]
    if start is not None and end is not None and _same(start, end):
        made.remove(end)
    if uid is not None and not names_the_same(uid.text or "", object_id):
        made.remove(uid)
    if place is not None and not _has_address(place):
        made.remove(place)
    for part in () if recurrence is None else recurrence.iterchildren("*"):
        for one in part.iterchildren(f"{TYPES}StartDate", f"{TYPES}EndDate"):
            one.text = (one.text or "").strip()[:10]       # as days of the local calendar, whatever zone stands behind


def _same(start: etree._Element, end: etree._Element) -> bool:
    if start.get("Id") != end.get("Id") or not (len(start) or len(end)):
        return start.items() == end.items() and start.text == end.text
    return xml.written(start).replace(b"StartTimeZone", b"EndTimeZone") == xml.written(end)


def _has_address(place: etree._Element) -> bool:
    """True: it tells more than the words of Location."""
    told = {"Type", "LocationSource", "FormattedAddress"}
    address = place.find(f"{TYPES}PostalAddress")
    return address is not None and any(
        one.text and etree.QName(one).localname not in told for one in address
    )
