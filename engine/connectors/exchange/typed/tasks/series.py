"""Recurring tasks: the day on which one stands.

A series stands for its next task. Whoever creates one gets it on the day on which its pattern begins ("CreateItem
operation (task)"), so that day has to be the one on which the task stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.tasks.facts import COMPLETED, status

MOVED = "its series begins on {}, and so does it: the destination moves it there from {}"
_DAY = 10       # characters of a date


def stand_where_it_is(item: etree._Element) -> Iterator[str]:
    """Lets a series begin on the day of its task; words for the report where that would change how often it comes."""
    begins = item.find(f"{TYPES}Recurrence/*/{TYPES}StartDate")
    first = moment(item, "StartDate") or moment(item, "DueDate")
    if begins is None or first is None or status(item) == COMPLETED:
        return
    before, day = (begins.text or "").strip()[:_DAY], f"{first:%Y-%m-%d}"
    if day == before:
        return
    if day < before or item.find(f"{TYPES}Recurrence/{TYPES}NumberedRecurrence") is not None:
        yield MOVED.format(before, day)
    else:
        begins.text = day
