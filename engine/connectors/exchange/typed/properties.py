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
    uri = found[0] if len(found) else found       # [MS-OXWSXPROP] 2.1.5: before its value
    known = uri.get("PropertyId")
    return known == _decimal(number) if known is not None else (uri.get("PropertyTag") or "").lower() == number


def is_user_field(found: etree._Element) -> bool:
    """True: the ExtendedProperty is named by words."""
    return bool((found[0] if len(found) else found).get("PropertyName"))


def is_one_of(found: etree._Element, numbers: Collection[str]) -> bool:
    """True: the ExtendedProperty is one of those; one that is named by words is none."""
    uri = found[0] if len(found) else found
    known = uri.get("PropertyId")
    return (_hexadecimal(known) if known is not None else (uri.get("PropertyTag") or "").lower()) in numbers


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
            return one.findtext(f"{TYPES}Value") or ""
    return ""


def drop_property(item: etree._Element, number: str) -> None:
    """Takes a property away, if there is one."""
    for one in list(item.iterchildren(EXTENDED)):
        if is_property(one, number):
            item.remove(one)


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
