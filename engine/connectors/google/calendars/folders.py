"""The calendars of calendarList as folders: those that their owner may write into, and the others by name.

A subscribed calendar lives on at its owner's; a holiday calendar is everybody's (calendar.v3, CalendarListEntry).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.connectors.google.calendars.event import PARTLY
from engine.connectors.google.calendars.events import CANCELLED, every_event
from engine.connectors.google.calendars.reminders import usual_words
from engine.connectors.google.reading.values import BY_ID, each_once
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.interfaces import Interface
from engine.errors import RefusedError
from engine.messages.envelope import plain
from engine.ports.source import FolderList, LeftFolder, Role, SourceFolder

# CalendarListEntry.accessRole; of private events the last one tells only when they are.
WRITABLE = frozenset({"owner", "writer", PARTLY})
MOST_AT_ONCE = 250      # calendarList.list: "The page size can never be larger than 250 entries"
BIRTHDAY = "birthday"
REMINDERS = "usual reminders"
# eventType of an event, and what is said of those that are not moved.
BESIDE = {
    BIRTHDAY: "birthdays: Google makes them of contacts, which have them as well",
    "workingLocation": "working locations, which Exchange keeps in no appointment",
    "focusTime": "times to focus, which belong to Google's own ways of declining and muting",
}
NOT_COUNTED = "what is of these kinds stays, and could not be counted: {} ({})"
HIDDEN = "a calendar that is hidden in Google Calendar; it is not moved"
GENERATED = "a calendar of holidays, birthdays or the like, which Google fills in; it is not moved"
READ_ONLY = "somebody else's calendar, which this account may only read; it is not moved"
_GENERATED = "@group.v.calendar.google.com"     # ids of holidays, birthdays, week numbers, phases of the moon
NAMELESS = "Calendar"


def folders(asking: Asking) -> FolderList:
    """All calendars. Raises FatalError, RetryableError, RefusedError."""
    entries = sorted(
        asking.pages(
            Interface.CALENDAR, "/users/me/calendarList", "items", maxResults=MOST_AT_ONCE, showHidden="true"
        ),
        key=lambda one: (not one.get("primary"), _id(one)),
    )
    named = list(zip(each_once([_name(one) for one in entries]), entries, strict=True))
    moving = [(name, one) for name, one in named if not _why_left(one)]
    left = [LeftFolder((name,), None, why, lasting=(BY_ID, _id(one))) for name, one in named if (why := _why_left(one))]
    return FolderList(
        tuple(_folder(name, one) for name, one in moving),
        left=(*left, *(each for name, one in moving for each in _beside(asking, name, one))),
    )


def _name(entry: Json) -> str:
    """What its owner calls a calendar."""
    return plain(str(entry.get("summaryOverride") or entry.get("summary") or "")) or NAMELESS


def _id(entry: Json) -> str:
    return str(entry.get("id") or "")


def _folder(name: str, entry: Json) -> SourceFolder:
    role = Role.CALENDAR if entry.get("primary") else None
    return SourceFolder((name,), _id(entry), role, lasting=(BY_ID, _id(entry)))


def _why_left(entry: Json) -> str:
    """Why a calendar is not moved; "" where it is."""
    if entry.get("primary"):
        return ""
    if _id(entry).endswith(_GENERATED):
        return GENERATED
    if entry.get("accessRole") not in WRITABLE:
        return READ_ONLY
    return HIDDEN if entry.get("hidden") else ""


def stays(event: Json) -> bool:
    """True: it is of a kind that is not moved. A birthday that belongs to no contact is moved (calendar.v3,
    EventBirthdayProperties): nothing else has it.
    """
    kind = event.get("eventType")
    return kind in BESIDE and (kind != BIRTHDAY or bool((event.get("birthdayProperties") or {}).get("contact")))


def _beside(asking: Asking, name: str, entry: Json) -> Iterator[LeftFolder]:
    """What of a calendar that is moved stays where it is."""
    words = usual_words(entry.get("defaultReminders") or ())
    if words:
        yield LeftFolder((name,), None, words, counted=False, called=REMINDERS)
    if not entry.get("primary"):        # others have none of these (Google Calendar API guide, "Event types")
        return
    try:
        found = Counter(
            str(one.get("eventType")) for one in every_event(asking, _id(entry), eventTypes=list(BESIDE))
            if one.get("status") != CANCELLED and not one.get("recurringEventId") and stays(one)
        )
    except RefusedError as error:       # what is moved does not depend on it
        yield LeftFolder((name,), None, NOT_COUNTED.format("; ".join(BESIDE.values()), error))
        return
    for kind, why in BESIDE.items():
        if found[kind]:
            yield LeftFolder((name,), found[kind], why)
