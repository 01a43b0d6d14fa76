"""Calendars: appointments and meetings with their folders. An item is an element of Exchange's own vocabulary."""

from __future__ import annotations

from engine.items.kind import Digests, ItemKind
from engine.items.way import ItemWay
from engine.migration.content import NOUNS, Content
from engine.ports.typed import TypedItem


def _key(event: TypedItem) -> bytes:
    return event.key


def _digests(event: TypedItem) -> Digests:
    return event.ours, event.theirs


KIND = ItemKind(
    Content.CALENDARS, noun=NOUNS[Content.CALENDARS], folder_class="IPF.Appointment", key=_key, digests=_digests,
    elements=frozenset({"CalendarItem"}),
)
CALENDARS = ItemWay(KIND)
