"""What a task is, in lines that are equal whichever server shows it, and at whatever time: as in ../facts.py.

A task has days and no times, so the digest of *ours* holds days: a server may keep its own time of a day. When a task
was completed is not in it either: nobody has documented which time a server keeps of one that is created completed. One
that recurs is moved by a server to the day on which its pattern begins ("CreateItem operation (task)"): the digest
holds the days between its beginning and when it is due, and by how many days it stands elsewhere than its pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.facts import body_fact, recurrence_facts, strings
from engine.connectors.exchange.typed.properties import value_of
from engine.connectors.exchange.typed.tasks.fields import ASSIGNER, OWNERSHIP

_TEXTS = ("Subject", "BillingInformation", "Mileage")
_NUMBERS = ("ActualWork", "TotalWork")
_LISTS = ("Categories", "Companies", "Contacts")
_DEFAULTS = (("Sensitivity", "Normal"), ("Importance", "Normal"))
_DATE = 10                      # characters
_A_ZONE = timedelta(hours=38)   # a day begins somewhere, and a server may keep another time of it
COMPLETED, NOT_STARTED = "Completed", "NotStarted"


def item_facts(item: etree._Element, _owner: str) -> Iterator[str]:
    """What a task is, but for when, a line each."""
    for name in _TEXTS:
        yield f"{name} {' '.join(xml.words(item, name).split())}"
    for name in _NUMBERS:
        yield f"{name} {xml.words(item, name).strip().lstrip('0')}"
    for name in _LISTS:
        yield f"{name} {strings(item, name)}"
    for name, usual in _DEFAULTS:
        yield f"{name} {xml.words(item, name).strip() or usual}"
    yield f"Body {body_fact(item.find(f'{TYPES}Body'))}"
    yield f"Status {status(item)} {_done(item)}"
    yield f"Reminder {_text(moment(item, 'ReminderDueBy'), '%Y-%m-%d %H:%M')}"


def source_facts(item: etree._Element) -> Iterator[str]:
    """What else the same server tells in the same way each time."""
    yield f"Markup {''.join(xml.words(item, 'Body').split())}"
    for name in ("StartDate", "DueDate", "CompleteDate"):
        yield f"{name} {_text(moment(item, name), '%Y-%m-%d %H:%M:%S')}"
    yield f"Assigned {value_of(item, OWNERSHIP.number)} {value_of(item, ASSIGNER.number)} {xml.words(item, 'Owner')}"


def time_facts(item: etree._Element) -> Iterator[str]:
    """When it begins and is due, and how it recurs."""
    start, due = moment(item, "StartDate"), moment(item, "DueDate")
    if item.find(f"{TYPES}Recurrence") is None:
        yield f"Days {_text(start, '%Y-%m-%d')} {_text(due, '%Y-%m-%d')}"
    else:
        yield f"Days {'' if start is None or due is None else (due - start).days} {_put_off(item, start or due)}"
    yield f"Recurrence {sorted(recurrence_facts(item))}"


def _put_off(item: etree._Element, first: datetime | None) -> str:
    """By how many days one that recurs stands elsewhere than where its pattern begins; "": by no whole day."""
    begins = item.findtext(f"{TYPES}Recurrence/*/{TYPES}StartDate") or ""
    try:
        pattern = datetime.fromisoformat(begins.strip()[:_DATE]).replace(tzinfo=UTC)
    except ValueError:
        return ""
    off = 0 if first is None or status(item) == COMPLETED else (first - pattern) // timedelta(days=1)
    return str(off) if first is not None and abs(first - pattern) > _A_ZONE and off else ""


def status(item: etree._Element) -> str:
    """How far it has come, in the server's word."""
    return xml.words(item, "Status").strip() or NOT_STARTED


def percent(item: etree._Element) -> float:
    """How much of it is done, from 0 to 100; 0 where that is no number."""
    try:
        return float(xml.words(item, "PercentComplete") or 0)
    except ValueError:
        return 0.0


def _done(item: etree._Element) -> str:
    """By its status alone where that says it."""
    return "" if status(item) in (COMPLETED, NOT_STARTED) else f"{percent(item):.2f}"


def _text(found: datetime | None, form: str) -> str:
    return "" if found is None else found.astimezone(UTC).strftime(form)
