"""Reminders of tasks: none of what is past rings when a task arrives.

A reminder rings once its signal time has come ([MS-OXORMDR] 2.2.1.2), also long after it. That of a task has a time of
its own, ReminderDueBy, and one that its owner has put off has another signal time.
"""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import SIGNAL
from engine.connectors.exchange.typed.properties import drop_property, time_of


def silence(item: etree._Element, now: datetime) -> None:
    """Turns off a reminder whose time has come, or that has none, for a server might give it one.

    Takes away the signal time of one that is not set.
    """
    rings = time_of(item, SIGNAL.number) or moment(item, "ReminderDueBy")
    if xml.words(item, "ReminderIsSet") == "true" and (rings is None or rings <= now):
        xml.put(item, "ReminderIsSet", "false")
    if xml.words(item, "ReminderIsSet") != "true":
        drop_property(item, SIGNAL.number)
