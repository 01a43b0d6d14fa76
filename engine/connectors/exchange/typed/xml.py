"""Elements of Exchange's own vocabulary as bytes that stand by themselves, and the texts in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from lxml import etree

from engine.connectors.exchange.soap import TYPES

NAMES = {"t": TYPES[1:-1]}


def new(name: str) -> etree._Element:
    """An empty element."""
    return etree.Element(f"{TYPES}{name}", nsmap=NAMES)


def add(parent: etree._Element, name: str, value: str = "", **attributes: str) -> etree._Element:
    """A further element of another one, with that text."""
    made = etree.SubElement(parent, f"{TYPES}{name}", attributes)
    made.text = value or None
    return made


def field(item: etree._Element, name: str) -> etree._Element | None:
    """The first field of that name; None where there is none. Twice as fast as a path, fifty times an item."""
    for one in item.iterchildren(TYPES + name):
        return one
    return None


def inner(item: etree._Element, name: str, *names: str) -> Iterator[etree._Element]:
    """What is in an item's field of that name, of these `names` alone where there are any; nothing without a field."""
    for one in item.iterchildren(TYPES + name):
        yield from one.iterchildren(*(TYPES + each for each in names)) if names else one.iterchildren("*")


def put(item: etree._Element, name: str, value: str) -> None:
    """Gives an item's field that text; the field is added at the end where there is none."""
    found = field(item, name)
    if found is None:
        add(item, name, value)
    else:
        found.text = value


def drop(item: etree._Element, name: str) -> None:
    """Takes a field away, if there is one."""
    found = field(item, name)
    if found is not None:
        item.remove(found)


def written(element: etree._Element) -> bytes:
    """The element with what it needs to be read by itself: its names have the prefix t."""
    return etree.tostring(element, encoding="unicode", with_tail=False).encode()


def words(item: etree._Element, name: str) -> str:
    """The text of a field, "" where there is none."""
    for one in item.iterchildren(TYPES + name):
        return one.text or ""
    return ""


def utc(date: datetime) -> str:
    """A time in UTC as XML has it, to the second."""
    return f"{date.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
