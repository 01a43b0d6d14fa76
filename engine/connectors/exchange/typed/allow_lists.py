"""The allow-list of each element that is read whole and written again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.connectors.exchange.typed.contact.fields import CONTACT
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, Fields
from engine.connectors.exchange.typed.group.fields import GROUP
from engine.connectors.exchange.typed.notes.fields import NOTE
from engine.connectors.exchange.typed.tasks.fields import TASK

FIELDS: Mapping[str, Fields] = MappingProxyType({
    fields.element: fields for fields in (CALENDAR_ITEM, CONTACT, GROUP, TASK, NOTE)
})
