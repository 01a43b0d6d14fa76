"""Reminders: none of what is past rings when an appointment arrives.

A reminder rings once its signal time has come ([MS-OXORMDR] 2.2.1.2), also long after it. One of an appointment that
has begun, or of a series that has ended, is turned off; that of a series that goes on waits for the next time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import REMINDS, SIGNAL
from engine.connectors.exchange.typed.properties import drop_property, put_property, taken, value_of


def silence(item: etree._Element, now: datetime) -> None:
    """Turns off the reminder of what is past, and gives that of a series its next time."""
    told = _time(taken(item, SIGNAL.number))
    if xml.words(item, "ReminderIsSet") != "true":
        return
    if not _goes_on(item, now):
        xml.put(item, "ReminderIsSet", "false")
        return
    signal = told if told is not None and told > now else _next(item, now)
    if signal is not None:
        put_property(item, SIGNAL, xml.utc(signal))


def silence_occurrence(own: etree._Element, *, before: str, series: etree._Element, now: datetime) -> None:
    """As `series` where its own is as the series' was `before`, which it has it from; else as what stands by itself."""
    if xml.words(own, "ReminderIsSet") == before:
        xml.put(own, "ReminderIsSet", xml.words(series, "ReminderIsSet"))
    elif (start := moment(own, "Start")) is not None and start <= now:
        xml.put(own, "ReminderIsSet", "false")


def silence_flag(item: etree._Element, now: datetime) -> None:
    """As `silence`, of an item that has its reminder with a flag: it rings once, at its signal time."""
    signal = _time(value_of(item, SIGNAL.number))
    if value_of(item, REMINDS.number) == "true" and (signal is None or signal <= now):
        put_property(item, REMINDS, "false")
        drop_property(item, SIGNAL.number)


def _goes_on(item: etree._Element, now: datetime) -> bool:
    if item.find(f"{TYPES}Recurrence") is None:
        start = moment(item, "Start")
        return start is None or start > now
    last = item.find(f"{TYPES}LastOccurrence")
    until = None if last is None else moment(last, "Start")
    return until is None or until > now


def _next(item: etree._Element, now: datetime) -> datetime | None:
    """When the reminder of a series rings next; None: the server is left to say so."""
    due, minutes = moment(item, "ReminderDueBy"), xml.words(item, "ReminderMinutesBeforeStart")
    if item.find(f"{TYPES}Recurrence") is None or due is None or due <= now or not minutes.isdecimal():
        return None
    return max(due - timedelta(minutes=int(minutes[:9])), now)


def _time(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
