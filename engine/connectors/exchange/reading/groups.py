"""Contact groups as they are read: from the folders of contacts, with what their members are."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.folders import look_at
from engine.connectors.exchange.reading.listing import Sought
from engine.connectors.exchange.reading.typed import Reading
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import SEARCH_KEY, Property
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.group.made import made
from engine.connectors.exchange.typed.group.members import look_ahead
from engine.connectors.exchange.typed.identity import search_key_of
from engine.messages.envelope import plain
from engine.migration.content import Content
from engine.ports.items import Envelope
from engine.ports.source import FolderList

SOUGHT = Sought(
    frozenset({f"{TYPES}{GROUP.element}"}),
    '<t:FieldURI FieldURI="item:LastModifiedTime"/>' + Property(SEARCH_KEY, "Binary").uri,
    search_key_of,
    beside=(f"{TYPES}Contact", Content.CONTACTS),
)
_NAMING = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="contacts:DisplayName"/></t:AdditionalProperties></m:ItemShape>'
)


def _folders(asking: Asking) -> FolderList:
    """The folders that contacts move from; those that stay are named with the contacts."""
    return replace(look_at(asking, content=Content.CONTACT_GROUPS), left=())


def _naming(_since_2013: bool) -> str:  # noqa: FBT001 - the shape of a Reading
    return _NAMING


def _envelope(item: etree._Element) -> Envelope:
    return Envelope(plain(item.findtext(f"{TYPES}DisplayName") or ""), "", "")


GROUPS = Reading(GROUP.element, SOUGHT, _folders, made, _naming, _envelope, look_ahead)
