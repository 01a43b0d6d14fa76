"""What is read of each kind of item, by the name of its element."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, Fields
from engine.connectors.exchange.typed.group.fields import GROUP

FIELDS: Mapping[str, Fields] = MappingProxyType({fields.element: fields for fields in (CALENDAR_ITEM, GROUP)})
