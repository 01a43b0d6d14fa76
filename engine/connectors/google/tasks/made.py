"""A task of Google's, made into Exchange's element.

Exchange knows no sub-tasks: one stands as a task of its own, whose subject names what it is a part of. The interface
tells neither how a task recurs nor its time of day (tasks.v1, Task).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import Property
from engine.connectors.exchange.typed.properties import add_property
from engine.connectors.exchange.typed.subject import CUT, LONGEST_SUBJECT
from engine.connectors.exchange.typed.tasks.facts import COMPLETED, NOT_STARTED
from engine.connectors.exchange.typed.tasks.fields import TASK
from engine.connectors.exchange.typed.tasks.made import made as made_of_element
from engine.connectors.exchange.typed.whole import Whole
from engine.connectors.google.reading.items import At, Found, Reading
from engine.connectors.google.reading.pointed import circumstances
from engine.connectors.google.reading.values import day, line, lines, time
from engine.connectors.google.rest.asking import Json
from engine.connectors.google.tasks.listed import folders, listed
from engine.messages.envelope import plain
from engine.ports.items import Envelope
from engine.ports.source import Role
from engine.ports.typed import TypedItem

WITHIN, CUT_OFF = " › ", "… › "
LEAST = 10              # characters of what a sub-task is a part of
ORDINAL = Property("0x8123", "Integer", "Task")      # PidLidTaskOrdinal [MS-OXOTASK] 2.2.2.2.26
ASSIGNED = "it was assigned in {}; here it is a task of this mailbox alone, and nothing goes back there"
SURFACES = MappingProxyType({"DOCUMENT": "a document of Google Docs", "SPACE": "a space of Google Chat"})
ELSEWHERE = "another program of Google's"
UNREADABLE = "the day on which it is due cannot be read, and is not carried: {}"
NO_SUCH_DAY = "the day on which it is due is none that Exchange has, and is not carried: {}"
NOT_COMPLETED_THEN = "the day on which it was completed is none that Exchange has, and is not carried: {}"
YEARS = range(1601, 4500)       # a FILETIME begins in 1601 ([MS-DTYP] 2.3.3), Exchange's calendar ends in 4500


def reading() -> Reading:
    """How tasks are read."""
    return Reading("tasks", folders, listed, made, envelope, Role.TASKS)


def made(number: int, found: Found, at: At) -> TypedItem:
    """The task, ready to be written but for its tag."""
    task, beside = found.parts
    subject = _subject(beside["above"], line(task, "title"))
    item = _element(task, subject, place=int(beside["place"]))
    return made_of_element(number, Whole(item, lacking=tuple(_untold(task, subject))), circumstances(at))


def envelope(task: Json) -> Envelope:
    """Its title, and the day on which it is due."""
    due = day(task, "due")
    return Envelope(plain(line(task, "title")), "" if due is None else due.isoformat(), "")


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a task is called: as much of it as there is room for, and all of it."""

    shown: str
    whole: str


def _subject(above: Sequence[str], title: str) -> _Subject:
    """A sub-task keeps its own title, and as much of what it is a part of as there is room for."""
    before = WITHIN.join(filter(None, above))
    whole = WITHIN.join(filter(None, (before, title)))
    room = LONGEST_SUBJECT - len(title) - len(CUT_OFF)
    if len(whole) <= LONGEST_SUBJECT or not before:
        return _Subject(whole, whole)
    return _Subject(f"{before[:room]}{CUT_OFF}{title}" if room >= LEAST else title, whole)


def _element(task: Json, subject: _Subject, *, place: int) -> etree._Element:
    item = xml.new(TASK.element)
    xml.add(item, "Subject", subject.shown)
    if text := "\n\n".join(filter(None, _paragraphs(task, subject))):
        xml.add(item, "Body", text, BodyType="Text")
    add_property(item, ORDINAL, str(place))
    completed, due = _completed(task), _due(task)
    if due is not None:
        xml.add(item, "DueDate", f"{due.isoformat()}T00:00:00Z")
    is_done = task.get("status") == "completed"
    if is_done and completed is not None:
        xml.add(item, "CompleteDate", xml.utc(completed))
    xml.add(item, "PercentComplete", "100" if is_done else "0")
    xml.add(item, "Status", COMPLETED if is_done else NOT_STARTED)
    return item


def _due(task: Json) -> date | None:
    found = day(task, "due")
    return found if found is not None and found.year in YEARS else None


def _completed(task: Json) -> datetime | None:
    found = time(task, "completed")
    return found if found is not None and found.year in YEARS else None


def _paragraphs(task: Json, subject: _Subject) -> Iterator[str]:
    """What its text holds: a subject that is cut, the notes, and where its links lead."""
    yield subject.whole if len(subject.whole) > LONGEST_SUBJECT else ""
    yield lines(task, "notes")
    links = (_link(one) for one in task.get("links", ()))
    yield "\n".join(dict.fromkeys((*filter(None, links), *filter(None, [_assigned_at(task)]))))


def _link(of: Json) -> str:
    return ": ".join(filter(None, (line(of, "description"), line(of, "link"))))


def _assigned_at(task: Json) -> str:
    return line(task.get("assignmentInfo") or {}, "linkToTask")


def _untold(task: Json, subject: _Subject) -> Iterator[str]:
    if subject.shown != subject.whole:
        yield CUT
    if line(task, "due") and _due(task) is None:
        yield (UNREADABLE if day(task, "due") is None else NO_SUCH_DAY).format(line(task, "due")[:100])
    if time(task, "completed") is not None and _completed(task) is None:
        yield NOT_COMPLETED_THEN.format(line(task, "completed")[:100])
    if assigned := task.get("assignmentInfo"):
        yield ASSIGNED.format(SURFACES.get(line(assigned, "surfaceType"), ELSEWHERE))
