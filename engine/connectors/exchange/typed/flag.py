"""The flag for follow-up of an item: one element where it has all that the element wants, else its MAPI properties.

The element goes with both dates of a flag that is to be done, or with the one of a flag that is done ([MS-OXWSCORE]
R2002, R2005, R2008). Servers before 2013 do not know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import COMMON, Property
from engine.connectors.exchange.typed.properties import drop_property

TASK = "Task"
# What the element holds: PidTagFlagStatus, PidTagFlagCompleteTime, PidLidTaskStartDate, PidLidTaskDueDate.
HELD = (
    Property("0x1090", "Integer"), Property("0x1091", "SystemTime"),
    Property("0x8104", "SystemTime", TASK), Property("0x8105", "SystemTime", TASK),
)
FLAG = (*HELD, Property("0x8530", "String", COMMON))        # with PidLidFlagRequest [MS-OXOFLAG] 2.2
_WANTED: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "Flagged": ("StartDate", "DueDate"), "Complete": ("CompleteDate",),
})


def settle_flag(item: etree._Element) -> None:
    """Leaves an item either the element of its flag or the properties, so that none contradicts the other."""
    flag = item.find(f"{TYPES}Flag")
    if flag is None:
        return
    wanted = _WANTED.get(xml.words(flag, "FlagStatus"), ())
    if not wanted or not all(xml.words(flag, name) for name in wanted):
        item.remove(flag)
        return
    for each in HELD:
        drop_property(item, each.number)
