"""The MAPI properties of an item, as ExtendedProperty has them ([MS-OXWSXPROP])."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import Property

EXTENDED = f"{TYPES}ExtendedProperty"


def is_property(found: etree._Element, number: str) -> bool:
    """True: the ExtendedProperty is the one of that number, as Property has it."""
    uri = _uri(found)
    known = uri.get("PropertyId")
    return known == _decimal(number) if known is not None else (uri.get("PropertyTag") or "").lower() == number


def is_one_of(found: etree._Element, numbers: Collection[str]) -> bool:
    """True: the ExtendedProperty is one of those; one that is named by words is none."""
    uri = _uri(found)
    known = uri.get("PropertyId")
    return (_hexadecimal(known) if known is not None else (uri.get("PropertyTag") or "").lower()) in numbers


def _uri(found: etree._Element) -> etree._Element:
    for one in found:
        return one      # [MS-OXWSXPROP] 2.1.5: before its value
    return found


@lru_cache(maxsize=256)
def _decimal(number: str) -> str:
    return str(int(number, 16))


@lru_cache(maxsize=256)
def _hexadecimal(known: str) -> str:
    return f"{int(known):#06x}" if known.isdecimal() else ""


def value_of(item: etree._Element, number: str) -> str:
    """The value of a property of an item; "" where it has none."""
    for one in item.iterchildren(EXTENDED):
        if is_property(one, number):
            return xml.words(one, "Value")
    return ""


def taken(item: etree._Element, number: str) -> str:
    """Takes a property away. Its value, "" where there is none."""
    value = ""
    for one in list(item.iterchildren(EXTENDED)):
        if is_property(one, number):
            value = value or xml.words(one, "Value")
            item.remove(one)
    return value


def drop_property(item: etree._Element, number: str) -> None:
    """Takes a property away, if there is one."""
    taken(item, number)


def put_property(item: etree._Element, what: Property, value: str) -> None:
    """Gives an item that value of a property, and no other."""
    drop_property(item, what.number)
    made = xml.add(item, "ExtendedProperty")
    where = (
        {"DistinguishedPropertySetId": what.where, "PropertyId": str(int(what.number, 16))} if what.where
        else {"PropertyTag": what.number}
    )
    xml.add(made, "ExtendedFieldURI", **where, PropertyType=what.kind)
    xml.add(made, "Value", value)


def replace_property(item: etree._Element, found: etree._Element) -> None:
    """Gives an item an ExtendedProperty in the place of the one that it has of the same name."""
    name = sorted(_uri(found).items())
    for one in list(item.iterchildren(EXTENDED)):
        if sorted(_uri(one).items()) == name:
            item.remove(one)
    item.append(found)
