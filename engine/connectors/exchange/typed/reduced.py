"""An item reduced to what CreateItem takes of it: its allow-list, in the order of the schema."""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import OBJECT_ID, PEOPLE, ZONES, Fields
from engine.connectors.exchange.typed.identity import names_the_same
from engine.connectors.exchange.typed.properties import EXTENDED, is_one_of, is_user_field, value_of

# What CreateItem refuses when nothing is in it ([MS-OXWSMTGS]: NonEmptyArrayOf…), or an id that is none.
_NEVER_EMPTY = frozenset(f"{TYPES}{name}" for name in ("UID", "Categories", *PEOPLE, *ZONES))


def reduced(item: etree._Element, fields: Fields) -> etree._Element:
    """A new element with what may be written of the item, whose fields move into it."""
    found = [
        one for one in item
        if one.tag in fields.order and not _is_void(one)
        and (one.tag != EXTENDED or is_one_of(one, fields.carried) or (fields.has_user_fields and is_user_field(one)))
    ]
    made = xml.new(fields.element)
    for one in sorted(found, key=lambda each: fields.order[each.tag]):
        one.tail = None
        made.append(one)
    _drop_needless(made)
    return made


def _is_void(one: etree._Element) -> bool:
    return one.tag in _NEVER_EMPTY and not len(one) and not one.text and not one.get("Id")


def _drop_needless(made: etree._Element) -> None:
    """Takes away what says again, or otherwise, what another field says."""
    body = made.find(f"{TYPES}Body")
    if body is not None:
        body.attrib.pop("IsTruncated", "")
    start, end = (made.find(f"{TYPES}{name}") for name in ZONES)
    if start is not None and end is not None and _same(start, end):
        made.remove(end)
    if not names_the_same(xml.words(made, "UID"), value_of(made, OBJECT_ID)):
        xml.drop(made, "UID")
    place = made.find(f"{TYPES}EnhancedLocation")
    if place is not None and not _has_address(place):
        made.remove(place)
    for name in ("Start", "End"):
        for one in made.iterfind(f"{TYPES}Recurrence/*/{TYPES}{name}Date"):
            one.text = (one.text or "").strip()[:10]       # as days of the local calendar, whatever zone stands behind


def _same(start: etree._Element, end: etree._Element) -> bool:
    return xml.written(start).replace(b"StartTimeZone", b"EndTimeZone") == xml.written(end)


def _has_address(place: etree._Element) -> bool:
    """True: it tells more than the words of Location."""
    told = {"Type", "LocationSource", "FormattedAddress"}
    address = place.find(f"{TYPES}PostalAddress")
    return address is not None and any(
        one.text and etree.QName(one).localname not in told for one in address
    )
