"""How far a task has come, as CreateItem takes it.

Of CompleteDate, PercentComplete and Status the one processed last decides (MS-OXWSTASK_R67002), and the order of the
schema puts CompleteDate first: with the others behind it a task would be completed now.
"""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.tasks.facts import COMPLETED, status


def say_once(item: etree._Element) -> None:
    """Leaves of a completion its time alone, and of what is not completed no such time."""
    if status(item) != COMPLETED:
        xml.drop(item, "CompleteDate")
        return
    xml.drop(item, "PercentComplete")
    if item.find(f"{TYPES}CompleteDate") is not None:
        xml.drop(item, "Status")
