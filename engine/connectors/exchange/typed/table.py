"""Which fields are read and written of each element."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, Fields
from engine.connectors.exchange.typed.notes.fields import NOTE
from engine.connectors.exchange.typed.tasks.fields import TASK

FIELDS: Mapping[str, Fields] = MappingProxyType({fields.element: fields for fields in (CALENDAR_ITEM, TASK, NOTE)})
