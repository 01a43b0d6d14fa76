"""The flag for follow-up of an item: one element where it has all that the element wants, else its MAPI properties.

The element goes with both dates of a flag that is to be done, or with the one of a flag that is done ([MS-OXWSCORE]
R2002, R2005, R2008). Servers before 2013 do not know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import COMMON, Property
from engine.connectors.exchange.typed.properties import drop_property, time_of, value_of

TASK = "Task"
# What the element holds: PidTagFlagStatus, PidTagFlagCompleteTime, PidLidTaskStartDate, PidLidTaskDueDate.
HELD = (
    Property("0x1090", "Integer"), Property("0x1091", "SystemTime"),
    Property("0x8104", "SystemTime", TASK), Property("0x8105", "SystemTime", TASK),
)
REQUEST = Property("0x8530", "String", COMMON)      # PidLidFlagRequest
FLAG = (*HELD, REQUEST)                             # [MS-OXOFLAG] 2.2
_STATES: Mapping[str, str] = MappingProxyType({"1": "Complete", "2": "Flagged"})    # PidTagFlagStatus
_HALF_A_DAY = timedelta(hours=12)
_WANTED: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "Flagged": ("StartDate", "DueDate"), "Complete": ("CompleteDate",),
})


def flag_fact(item: etree._Element) -> str:
    """Whether it is flagged, by which day and what for, in a line that is equal for the element and the properties."""
    flag = xml.field(item, "Flag")
    status = "" if flag is None else xml.words(flag, "FlagStatus").removeprefix("NotFlagged")
    status = status or _STATES.get(value_of(item, HELD[0].number), "")
    if not status:      # without a flag nobody sees what it asks for
        return "Flag"
    due = (None if flag is None else moment(flag, "DueDate")) or time_of(item, HELD[-1].number)
    day = "" if due is None else (due + _HALF_A_DAY).date()
    return f"Flag {status} {day} {value_of(item, REQUEST.number)}"


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
