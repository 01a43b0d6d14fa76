"""The MAPI properties of an item, as ExtendedProperty has them ([MS-OXWSXPROP])."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import Property

PUBLIC_STRINGS = "00020329-0000-0000-c000-000000000046"      # PS_PUBLIC_STRINGS [MS-OXPROPS] 1.3.2
EXTENDED = f"{TYPES}ExtendedProperty"


def is_property(found: etree._Element, number: str) -> bool:
    """True: the ExtendedProperty is the one of that number, as Property has it."""
    return number_of(found) == number


def number_of(found: etree._Element) -> str:
    """The number of an ExtendedProperty, as Property has it; "" of one that is named by words."""
    return number_in(uri_of(found))


def uri_of(found: etree._Element) -> etree._Element:
    """The element that names an ExtendedProperty."""
    return found[0] if len(found) else found       # [MS-OXWSXPROP] 2.1.5: before its value


def number_in(uri: etree._Element) -> str:
    """As `number_of`, of the element that names the property."""
    known = uri.get("PropertyId")
    return _hexadecimal(known) if known is not None else _four_digits(uri.get("PropertyTag") or "")


def is_user_field(found: etree._Element) -> bool:
    """True: the ExtendedProperty is named by words, in the set of those that owners define (PS_PUBLIC_STRINGS)."""
    return names_user_field(uri_of(found))


def names_user_field(uri: etree._Element) -> bool:
    """As `is_user_field`, of the element that names the property."""
    if not uri.get("PropertyName"):
        return False
    named = uri.get("DistinguishedPropertySetId") == "PublicStrings"
    return named or (uri.get("PropertySetId") or "").lower() == PUBLIC_STRINGS


@lru_cache(maxsize=256)
def _four_digits(tag: str) -> str:
    """As Property has it: servers answer with 0xe07 to who asks for 0x0e07."""
    return f"0x{tag.lower().removeprefix('0x').zfill(4)}"


@lru_cache(maxsize=256)
def _hexadecimal(known: str) -> str:
    return f"{int(known):#06x}" if known.isdecimal() else ""


def value_of(item: etree._Element, number: str) -> str:
    """The value of a property of an item; "" where it has none."""
    for one in item.iterchildren(EXTENDED):
        if number_of(one) == number:
            return xml.words(one, "Value")
    return ""


def time_of(item: etree._Element, number: str) -> datetime | None:
    """The value of a property of an item as a time; None where it has none, or one that is no time."""
    try:
        found = datetime.fromisoformat(value_of(item, number))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def taken(item: etree._Element, number: str) -> str:
    """Takes a property away. Its value, "" where there is none."""
    found = [one for one in item.iterchildren(EXTENDED) if number_of(one) == number]
    for one in found:
        item.remove(one)
    return xml.words(found[0], "Value") if found else ""


def drop_property(item: etree._Element, number: str) -> None:
    """Takes a property away, if there is one."""
    taken(item, number)


def put_property(item: etree._Element, what: Property, value: str) -> None:
    """Gives an item that value of a property, and no other."""
    drop_property(item, what.number)
    add_property(item, what, value)


def add_property(item: etree._Element, what: Property, value: str) -> etree._Element:
    """Adds that value of a property, which the item has not, at its end; returns what it added."""
    made = xml.add(item, "ExtendedProperty")
    xml.add(made, "ExtendedFieldURI", **what.attributes)
    xml.add(made, "Value", value)
    return made


def replace_property(item: etree._Element, found: etree._Element) -> None:
    """Gives an item an ExtendedProperty in the place of the one that it has of the same number."""
    if is_user_field(found):
        for one in [one for one in item.iterchildren(EXTENDED) if _name(one) == _name(found)]:
            item.remove(one)
    else:
        drop_property(item, number_of(found))
    item.append(found)


def _name(found: etree._Element) -> str:
    return found[0].get("PropertyName") or "" if len(found) else ""
