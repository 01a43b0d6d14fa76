"""The fields of an appointment as UpdateItem takes them: one change each, by the path that names it.

[MS-OXWSCORE] 3.1.4.9; the paths are those of UnindexedFieldURIType (types.xsd).
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.properties import EXTENDED

# What stands in an ItemType; all else that an appointment has is its own.
_OF_ITEMS = frozenset({
    "Subject", "Sensitivity", "Body", "Categories", "Importance", "ReminderIsSet", "ReminderMinutesBeforeStart",
    "Culture", "Flag",
})
# What an occurrence need not have. Of all other fields a server keeps a value, whatever is asked.
_CAN_GO = frozenset({
    "Subject", "Body", "Categories", "Location", "RequiredAttendees", "OptionalAttendees", "Resources", "When",
    "MeetingWorkspaceUrl", "NetShowUrl", "EnhancedLocation",
})
_BEFORE_ATTACHMENTS = frozenset({"MimeContent", "ItemClass", "Subject", "Sensitivity", "Body"})
_BOUND = f' xmlns:t="{TYPES[1:-1]}"'


def parsed(element: bytes) -> etree._Element:
    """The element of an item."""
    return etree.fromstring(element, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def written(element: etree._Element) -> str:
    """An element as it stands in a request, which has bound the prefix `t` already."""
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    name, bound, rest = text.partition(_BOUND)
    return name + rest if bound and "<" not in name[1:] else text


def holding(element: bytes, attachments: Sequence[bytes]) -> Sequence[bytes]:
    """The element of a new item with what is attached to it, file or item (page "Add attachments by using EWS").

    It comes in pieces, for an attachment may be large.
    """
    if not attachments:
        return (element,)
    root = parsed(element)
    root.insert(sum(_name(child) in _BEFORE_ATTACHMENTS for child in root), etree.Element(f"{TYPES}Attachments"))
    before, _, behind = etree.tostring(root).partition(b"<t:Attachments/>")      # in a text it would be escaped
    return (before, b"<t:Attachments>", *attachments, b"</t:Attachments>", behind)


def updates(element: bytes) -> str:
    """The Updates that give an occurrence these fields; an empty field is taken away from it."""
    return "".join(_update(child) for child in parsed(element))


def _update(child: etree._Element) -> str:
    name = _name(child)
    if child.tag == EXTENDED:
        return f"<t:SetItemField>{written(child[0])}<t:CalendarItem>{written(child)}</t:CalendarItem></t:SetItemField>"
    path = f'<t:FieldURI FieldURI="{"item" if name in _OF_ITEMS else "calendar"}:{name}"/>'
    if len(child) or child.text or child.attrib:
        return f"<t:SetItemField>{path}<t:CalendarItem>{written(child)}</t:CalendarItem></t:SetItemField>"
    return f"<t:DeleteItemField>{path}</t:DeleteItemField>" if name in _CAN_GO else ""


def _name(child: etree._Element) -> str:
    return str(child.tag).rpartition("}")[2]
