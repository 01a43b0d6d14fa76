"""The one named property that carries our tags. Its GUID and name are fixed for ever.

A mailbox has a limited number of named properties, and every tag ever written is found by this one alone.
"""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.soap import TYPES

PROPERTY_SET = "6f2d1a52-7c3e-4b37-9d0a-3d6f3f0e7a11"
PROPERTY_NAME = "OmmItemTag"
TAG_FIELD = f'<t:ExtendedFieldURI PropertySetId="{PROPERTY_SET}" PropertyName="{PROPERTY_NAME}" PropertyType="String"/>'


def tag_of(item: etree._Element) -> str:
    """The tag of an item that was asked for it; "" where it has none."""
    for one in item.iterfind(f"{TYPES}ExtendedProperty"):
        if len(one) and one[0].get("PropertyName") == PROPERTY_NAME:
            return one.findtext(f"{TYPES}Value") or ""
    return ""
