"""The fields of an appointment's element: where the tag stands, and how an occurrence differs from its series.

Updates are those of an UpdateItem ([MS-OXWSCORE] 3.1.4.9): one field each, in the order of the schema.
"""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.elements import tag_property
from engine.connectors.exchange.soap import TYPES

_XMLNS = f' xmlns:t="{TYPES[1:-1]}"'
_EXTENDED = f"{TYPES}ExtendedProperty"
# What an ItemType has before its extended properties, and behind them, of what may be written (types.xsd).
_BEFORE = frozenset({
    "MimeContent", "ItemClass", "Subject", "Sensitivity", "Body", "Attachments", "DateTimeReceived", "Categories",
    "Importance", "InReplyTo", "InternetMessageHeaders", "ReminderDueBy", "ReminderIsSet", "ReminderNextTime",
    "ReminderMinutesBeforeStart", "ExtendedProperty",
})
_ITEM = _BEFORE | {"Culture", "Flag", "PolicyTag", "ArchiveTag"}
# What an occurrence has from its series alone, or gets from its times (MS-OXOCAL 2.2.1.27, 2.2.10.1).
_OF_THE_SERIES = frozenset({"ItemClass", "UID", "Recurrence", "ReminderDueBy", "Start", "End"})
_OBJECT_IDS = frozenset({"3", "35"})        # PidLidGlobalObjectId, PidLidCleanGlobalObjectId
# What its owner can take away from one occurrence.
_CAN_GO = frozenset({
    "Subject", "Body", "Categories", "Location", "RequiredAttendees", "OptionalAttendees", "Resources",
})


def parsed(element: bytes) -> etree._Element:
    """The element of an item."""
    return etree.fromstring(element, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def written(element: etree._Element) -> str:
    """An element as it stands in a request, which has bound the prefix `t`."""
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    name, bound, rest = text.partition(_XMLNS)
    return name + rest if bound and "<" not in name[1:] else text


def tagged(element: bytes, tag: str) -> str:
    """The element with a tag of ours where its extended properties stand."""
    root = parsed(element)
    before = sum(_name(child) in _BEFORE for child in root)
    root.insert(before, etree.fromstring(f"<x{_XMLNS}>{tag_property(tag)}</x>")[0])
    return written(root)


def updates(series: etree._Element, one: etree._Element, *, times: bool) -> str:
    """What makes an occurrence of the series that one; "" where nothing differs. `times`: they differ."""
    common, own = _fields(series), _fields(one)
    changed = "".join(
        f"<t:SetItemField>{path}<t:CalendarItem>{written(child)}</t:CalendarItem></t:SetItemField>"
        for path, child in own.items()
        if (times and _name(child) in ("Start", "End"))
        or (not _is_of_the_series(child) and _content(child) != _content(common.get(path)))
    )
    gone = (path for path, child in common.items() if path not in own and _name(child) in _CAN_GO)
    return changed + "".join(f"<t:DeleteItemField>{path}</t:DeleteItemField>" for path in gone)


def _fields(element: etree._Element) -> dict[str, etree._Element]:
    return {_path(child): child for child in element}


def _path(child: etree._Element) -> str:
    """What an update names a field by."""
    if child.tag == _EXTENDED:
        return written(child[0])
    name = _name(child)
    return f'<t:FieldURI FieldURI="{"item" if name in _ITEM else "calendar"}:{name}"/>'


def _is_of_the_series(child: etree._Element) -> bool:
    if child.tag == _EXTENDED:
        return child[0].get("PropertyId") in _OBJECT_IDS and child[0].get("PropertyType") == "Binary"
    return _name(child) in _OF_THE_SERIES


def _content(element: etree._Element | None) -> object:
    """What an element says, however it is written."""
    if element is None:
        return None
    inside = [_content(child) for child in element]
    return (element.tag, sorted(element.attrib.items()), (element.text or "").strip(), inside)


def _name(child: etree._Element) -> str:
    return str(child.tag).rpartition("}")[2]
