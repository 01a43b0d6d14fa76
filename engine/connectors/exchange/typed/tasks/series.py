"""Recurring tasks: the day on which one stands.

A series stands for its next task. Whoever creates one gets it on the day on which its pattern begins ("CreateItem
operation (task)"), so that day has to be the one on which the task stands. East of Greenwich the midnight with which it
begins is of the day before, by UTC. A server that counts in UTC would move that to the day behind, so such a task is
written with the day's midnight in UTC, which is of the same day by its owner's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.tasks.facts import COMPLETED, status

MOVED = "its series begins on {}, and so does it: the destination moves it there from {}"
_DAY = 10                       # characters of a date
_EAST = timedelta(hours=14)     # the clocks that are most ahead of Greenwich


def stand_where_it_is(item: etree._Element) -> Iterator[str]:
    """Lets a series begin on the day of its task; words for the report where that would change how often it comes."""
    begins = item.find(f"{TYPES}Recurrence/*/{TYPES}StartDate")
    first = moment(item, "StartDate") or moment(item, "DueDate")
    if begins is None or first is None or status(item) == COMPLETED:
        return
    before, day = (begins.text or "").strip()[:_DAY], f"{first:%Y-%m-%d}"
    pattern = _midnight(before)
    if day == before or pattern is None:
        return
    if timedelta() < pattern - first <= _EAST:
        _shift(item, pattern - first)
    elif day < before or item.find(f"{TYPES}Recurrence/{TYPES}NumberedRecurrence") is not None:
        yield MOVED.format(before, day)
        _shift(item, pattern - first.replace(hour=0, minute=0, second=0, microsecond=0))
    else:
        begins.text = day


def _midnight(day: str) -> datetime | None:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        return None


def _shift(item: etree._Element, by: timedelta) -> None:
    for name in ("StartDate", "DueDate"):
        if (found := moment(item, name)) is not None:
            xml.put(item, name, xml.utc(found + by))
