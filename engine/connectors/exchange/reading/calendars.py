"""Calendars as they are read: appointments, a series with all its occurrences as one item."""

from __future__ import annotations

from functools import partial

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.reading.folders import look_at
from engine.connectors.exchange.reading.listing import Sought
from engine.connectors.exchange.reading.typed import Reading
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, MEETING, OBJECT_ID, SEARCH_KEY, Property
from engine.connectors.exchange.typed.identity import key_of
from engine.connectors.exchange.typed.made import made
from engine.messages.envelope import plain
from engine.migration.content import Content
from engine.ports.items import Envelope

APPOINTMENTS = Sought(
    frozenset({f"{TYPES}{CALENDAR_ITEM.element}"}),
    '<t:FieldURI FieldURI="item:LastModifiedTime"/>'
    + Property(OBJECT_ID, "Binary", MEETING).uri + Property(SEARCH_KEY, "Binary").uri,
    key_of,
)
_NAMING = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="calendar:Start"/>'
    '<t:FieldURI FieldURI="calendar:Organizer"/>{}</t:AdditionalProperties></m:ItemShape>'
)
_CLOCK = '<t:FieldURI FieldURI="calendar:StartWallClock"/>'     # since 2013, MS-OXWSMTGS_R699


def _naming(since_2013: bool) -> str:  # noqa: FBT001 - the shape of a Reading
    return _NAMING.format(_CLOCK if since_2013 else "")


def _envelope(item: etree._Element) -> Envelope:
    """Subject, start by the clocks where it is or else by UTC, organizer."""
    by_clocks, start = moment(item, "StartWallClock"), moment(item, "Start")
    mailbox = item.find(f"{TYPES}Organizer/{TYPES}Mailbox")
    name = "" if mailbox is None else mailbox.findtext(f"{TYPES}Name") or mailbox.findtext(f"{TYPES}EmailAddress") or ""
    date = f"{by_clocks:%Y-%m-%d %H:%M}" if by_clocks else "" if start is None else f"{start:%Y-%m-%d %H:%M} UTC"
    return Envelope(plain(item.findtext(f"{TYPES}Subject") or ""), date, plain(name))


CALENDARS = Reading(
    CALENDAR_ITEM.element, APPOINTMENTS, partial(look_at, content=Content.CALENDARS), made, _naming, _envelope
)
