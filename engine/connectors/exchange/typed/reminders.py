"""Reminders: none of what is past rings when an appointment arrives.

A reminder rings once its signal time has come ([MS-OXORMDR] 2.2.1.2), also long after it. One of an appointment that
has begun, or of a series that has ended, is turned off; that of a series that goes on waits for the next time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lxml import etree

from engine.connectors.exchange.read import instant, moment
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import REMINDS, SIGNAL
from engine.connectors.exchange.typed.properties import drop_property, put_property, value_of
from engine.connectors.exchange.typed.shown import Shown


def silence(shown: Shown, now: datetime) -> None:
    """Turns off the reminder of what is past, and gives that of a series its next time."""
    told = _time(shown.take(SIGNAL.number))
    if shown.words("ReminderIsSet") != "true":
        return
    if not _goes_on(shown, now):
        shown.put("ReminderIsSet", "false")
        return
    signal = told if told is not None and told > now else _next(shown, now)
    if signal is not None:
        shown.give(SIGNAL, xml.utc(signal))


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


def _goes_on(shown: Shown, now: datetime) -> bool:
    if shown.field("Recurrence") is None:
        start = instant(shown.words("Start"))
        return start is None or start > now
    last = shown.field("LastOccurrence")
    until = None if last is None else moment(last, "Start")
    return until is None or until > now


def _next(shown: Shown, now: datetime) -> datetime | None:
    """When the reminder of a series rings next; None: the server is left to say so."""
    due, minutes = instant(shown.words("ReminderDueBy")), shown.words("ReminderMinutesBeforeStart")
    if shown.field("Recurrence") is None or due is None or due <= now or not minutes.isdecimal():
        return None
    return max(due - timedelta(minutes=int(minutes[:9])), now)


def _time(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
