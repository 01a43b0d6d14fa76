"""The MAPI properties of an item, as ExtendedProperty has them ([MS-OXWSXPROP])."""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import Property


def number_of(found: etree._Element) -> str:
    """The number of an ExtendedProperty, as Property has it; "" where it is named by words."""
    uri = found.find(f"{TYPES}ExtendedFieldURI")
    if uri is None:
        return ""
    known = uri.get("PropertyId") or ""
    return f"{int(known):#06x}" if known.isdecimal() else (uri.get("PropertyTag") or "").lower()


def value_of(item: etree._Element, number: str) -> str:
    """The value of a property of an item; "" where it has none."""
    found = (one for one in item.iterfind(f"{TYPES}ExtendedProperty") if number_of(one) == number)
    return next((one.findtext(f"{TYPES}Value") or "" for one in found), "")


def drop_property(item: etree._Element, number: str) -> None:
    """Takes a property away, if there is one."""
    for one in item.findall(f"{TYPES}ExtendedProperty"):
        if number_of(one) == number:
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
