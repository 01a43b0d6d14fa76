"""A whole Google account but for its mail: drawn by a seed, put there, and judged where it has arrived."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.migration.content import Content
from tests.servers.google_calendars_moved import events_wrong, planted
from tests.servers.google_event_judge import YEARS
from tests.servers.google_item_judge import Tasks, contacts_wrong, groups_wrong
from tests.servers.google_moving import ITEMS, Moving
from tests.servers.google_truth import draw_events, draw_people, tasks
from tests.servers.google_truth.draw_events import FAMILY
from tests.servers.google_truth.events import Event
from tests.servers.google_truth.people import Label, Person
from tests.servers.google_truth.tasks import Task

EVENTS, PEOPLE = 500, 400
# One of each way in which an event is written: what several requests make, what is apart, what is nobody's series.
FEW = ("text html", "own meeting", "invited, tentative", "invited to one occurrence", "exceptions",
       "moved across neighbours", "only dates", "the 1st and the 15th", "days with exceptions", "reminder of 45",
       "conference zoom", "focus", "this and following, before", "this and following, behind")
LABELS = ("Resume", "Freunde & Ähnliche", "nobody with an address")


@dataclass(frozen=True, slots=True)
class Account:
    """All that there is of it, as plain values."""

    events: Sequence[Event] = ()
    people: Sequence[Person] = ()
    labels: Sequence[Label] = ()
    lists: Sequence[str] = ()
    tasks: Sequence[Task] = ()
    years: Sequence[int] = YEARS        # those in which events are looked at

    def due(self) -> dict[Content, int]:
        """How many items of each content Google has to move, as it counts them."""
        calendars = {one.name for one in draw_events.CALENDARS if one.moves}
        return {Content.CALENDARS: sum(one.calendar in calendars and one.status != "cancelled" for one in self.events),
                Content.CONTACTS: len(self.people), Content.CONTACT_GROUPS: len(self.labels),
                Content.TASKS: len(self.tasks)}


def large(seed: int) -> Account:
    """500 events, 400 contacts, 15 labels, 6 lists of tasks."""
    chance = random.Random(seed)
    people = draw_people.people(chance, PEOPLE)
    labels = draw_people.labels(chance, people)
    return Account(draw_events.events(chance, EVENTS), draw_people.labelled(people, labels), labels, tasks.LISTS,
                   tasks.tasks(chance))


def small() -> Account:
    """Each kind that is written in its own way."""
    events = [one for one in draw_events.every_kind() if one.name in FEW]
    events.append(draw_events.single("elsewhere", draw_events.clock(2027, 2, 3, 9), calendar=FAMILY))
    people = [draw_people.full(), draw_people.overfull(), *draw_people.odd()][:12]
    keys = {one.key for one in people}
    labels = [replace(one, members=tuple(key for key in one.members if key in keys)) for one in draw_people.labels(
        random.Random(1), people) if one.name in LABELS]
    some = [one for one in tasks.every_kind() if len(one.title) < 100]
    return Account(events, draw_people.labelled(people, labels), labels, tasks.LISTS[:2], some,
                   (2026, 2027))


def put(at: Moving, account: Account, wanted: Collection[Content] = ITEMS) -> None:
    """Makes all of it at Google, or some contents of it."""
    if Content.CALENDARS in wanted:
        planted(at, account.events)
    if Content.CONTACTS in wanted or Content.CONTACT_GROUPS in wanted:
        at.items.contacts(account.people, account.labels)
    if Content.TASKS in wanted:
        at.items.task_lists(account.lists, account.tasks)


def wrong(at: Moving, account: Account, wanted: Collection[Content] = ITEMS) -> list[str]:
    """Whatever is missing, too much or otherwise in the new mailbox, in words, of the contents that were wanted."""
    return list(_wrong(at, account, wanted))


def _wrong(at: Moving, account: Account, wanted: Collection[Content]) -> Iterator[str]:
    yield from events_wrong(at, account.events if Content.CALENDARS in wanted else None, years=account.years)
    folder = at.here.of_class("IPF.Contact")["Contacts"]
    yield from contacts_wrong(at.here, account.people if Content.CONTACTS in wanted else (), folder)
    yield from groups_wrong(at.here, account.labels if Content.CONTACT_GROUPS in wanted else (), account.people)
    yield from Tasks(at.here, account.tasks if Content.TASKS in wanted else ()).wrong()


# Rules that no one pattern of Exchange has, at least not without an end.
_NAMED = frozenset((
    "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=30", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=MONTHLY;BYDAY=1MO,3MO", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
    "FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=12", "FREQ=WEEKLY;BYDAY=MO,WE;BYMONTH=6,7;COUNT=40",
    "FREQ=DAILY;BYMONTH=1;COUNT=50", "FREQ=MONTHLY;BYDAY=-2TH"))


# An occurrence of these passes a neighbour or is on its day, which Exchange refuses (ErrorOccurrenceCrossingBoundary).
_ACROSS = frozenset(("moved across neighbours", "onto the day of a neighbour"))


def named_as(event: Event, now: datetime) -> bool:
    """True: the owner has to be told of it, for Exchange holds it otherwise than Google did."""
    if event.kind != "default" or event.status == "cancelled" or event.calendar not in draw_events.OWN:
        return False
    several = event.reminders is not None and len(event.reminders) > 1 and event.start > now.replace(tzinfo=None)
    return event.rule in _NAMED or bool(event.more) or several or not event.span


def written_apart(event: Event) -> bool:
    """True: it becomes several items, or an occurrence of it becomes an item of its own."""
    return event.rule in _NAMED or bool(event.more) or event.name in _ACROSS
