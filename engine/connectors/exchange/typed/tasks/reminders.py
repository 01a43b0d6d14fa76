"""Reminders of tasks: none of what is past rings when a task arrives.

A reminder rings once its signal time has come ([MS-OXORMDR] 2.2.1.2), also long after it. That of a task has a time of
its own, ReminderDueBy, and one that its owner has put off has another signal time.
"""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import SIGNAL
from engine.connectors.exchange.typed.properties import drop_property, value_of


def silence(item: etree._Element, now: datetime) -> None:
    """Turns off the reminder whose time has come, and takes away the signal time of one that is not set."""
    rings = _signal(item) or moment(item, "ReminderDueBy")
    if xml.words(item, "ReminderIsSet") == "true" and rings is not None and rings <= now:
        xml.put(item, "ReminderIsSet", "false")
    if xml.words(item, "ReminderIsSet") != "true":
        drop_property(item, SIGNAL.number)


def _signal(item: etree._Element) -> datetime | None:
    try:
        found = datetime.fromisoformat(value_of(item, SIGNAL.number))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
