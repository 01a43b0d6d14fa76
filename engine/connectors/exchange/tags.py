"""The named property that carries our tags, and the one that a half-written item has besides. Both are fixed for ever.

A mailbox has a limited number of named properties, and every tag ever written is found by the first one alone.
"""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.soap import TYPES

PROPERTY_SET = "6f2d1a52-7c3e-4b37-9d0a-3d6f3f0e7a11"
PROPERTY_NAME = "OmmItemTag"
TAG_FIELD = f'<t:ExtendedFieldURI PropertySetId="{PROPERTY_SET}" PropertyName="{PROPERTY_NAME}" PropertyType="String"/>'

BEGUN_NAME = "OmmItemBegun"
BEGUN_FIELD = f'<t:ExtendedFieldURI PropertySetId="{PROPERTY_SET}" PropertyName="{BEGUN_NAME}" PropertyType="Binary"/>'


def tag_of(item: etree._Element) -> str:
    """The tag of an item that was asked for it; "" where it has none."""
    return value_named(item, PROPERTY_NAME)


def value_named(item: etree._Element, name: str) -> str:
    """The value of the property of that name; "" where an item has none."""
    for one in item.iterfind(f"{TYPES}ExtendedProperty"):
        if len(one) and one[0].get("PropertyName") == name:
            return one.findtext(f"{TYPES}Value") or ""
    return ""
