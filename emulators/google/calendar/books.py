"""What is held: calendars with their events, and which calendars are on whose list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from emulators.google.calendar import ids
from emulators.google.calendar.moments import Moment
from emulators.google.calendar.recurrence import Recurrence
from emulators.google.people import People, Person

ROLES = ("none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")    # each has more


@dataclass(slots=True, kw_only=True)
class Event:
    """A single event, a recurring one, or an exception of one (`series` is the id of the other).

    `raw` has what the resource says of it but for what is computed; `reminders` are each person's own. `change` is the
    number of its last change in the world. `dropped`: an exception whose series no longer has that occurrence.
    """

    id: str
    raw: dict[str, Any]
    start: Moment
    end: Moment
    recurrence: Recurrence | None = None
    series: str = ""
    original: Moment | None = None
    created: float
    updated: float
    change: int
    reminders: dict[str, dict[str, Any]] = field(default_factory=dict)
    dropped: bool = False

    @property
    def cancelled(self) -> bool:
        """True: it is deleted, or an occurrence that does not take place."""
        return self.raw.get("status") == "cancelled"

    @property
    def exception(self) -> bool:
        """True: it stands for one occurrence of a recurring event."""
        return bool(self.series)

    @property
    def length(self) -> timedelta:
        """How long it is, in elapsed time (RFC 5545, 3.8.5.3)."""
        if self.start.day is not None and self.end.day is not None:
            return self.end.day - self.start.day
        return self.end.at() - self.start.at()


@dataclass(slots=True, kw_only=True)
class Calendar:
    """A calendar. `owner` is the account whose it is, "" for Google's own; `roles` are the others' by address."""

    id: str
    owner: str
    summary: str
    zone: str
    primary: bool = False
    more: dict[str, Any] = field(default_factory=dict)      # description, location, labelProperties, …
    roles: dict[str, str] = field(default_factory=dict)
    public: str = "none"
    events: dict[str, Event] = field(default_factory=dict)
    created: float = 0.0
    valid_from: int = 0     # sync tokens of before this change have expired

    def role(self, address: str) -> str:
        """What an account may do with it."""
        if address == self.owner:
            return "owner"
        return max(self.roles.get(address, "none"), self.public, key=ROLES.index)

    def series_of(self, event: Event) -> Event | None:
        """The recurring event of an exception, unless it is deleted or was never here."""
        found = self.events.get(event.series)
        return None if found is None or found.cancelled else found

    def exceptions(self, series: str) -> list[Event]:
        """The exceptions of a recurring event, cancelled ones too."""
        return [one for one in self.events.values() if one.series == series and not one.dropped]

    def find(self, given: str) -> Event | None:
        """An event, an exception or an instance by its id; None when there is none."""
        if given in self.events:
            return self.events[given]
        series, key = ids.series_and_key(given)
        master = self.events.get(series)
        if master is None or master.recurrence is None:
            return None
        start = master.recurrence.finds(key)
        return None if start is None else instance(master, start)

    def instances(self, master: Event, end: datetime) -> Iterator[Event]:
        """The instances that begin before an instant by the rule, each as its exception has it; days a little more."""
        assert master.recurrence is not None
        changed = {one.id: one for one in self.exceptions(master.id)}
        behind = timedelta(days=0 if master.start.day is None else 1)      # a day may begin before it does in UTC
        for start in master.recurrence.until(end + behind):
            yield changed.get(ids.of_instance(master.id, start.key)) or instance(master, start)


def instance(master: Event, start: Moment) -> Event:
    """The instance of a recurring event that begins at `start` by the rule and is as the series is."""
    raw = {name: value for name, value in master.raw.items() if name not in ("recurrence", "start", "end")}
    end = start.moved(master.length)
    end = Moment(day=end.day, instant=end.instant, zone=master.end.zone)
    return Event(id=ids.of_instance(master.id, start.key), series=master.id, original=start, start=start, end=end,
                 raw=raw, created=master.created, updated=master.updated, change=master.change,
                 reminders=dict(master.reminders))


@dataclass(slots=True, kw_only=True)
class Entry:
    """A calendar on somebody's list, with what is theirs of it."""

    calendar: Calendar
    own: dict[str, Any] = field(default_factory=dict)     # the writable fields of CalendarListEntry
    change: int = 0
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Mail that Google would have sent, which nobody sends here."""

    calendar: str
    event: str
    what: str       # the method
    updates: str    # sendUpdates
    to: tuple[str, ...]


class World:
    """All calendars. Times come from the clock; ids and changes are counted."""

    def __init__(self, people: People, clock: Callable[[], float], zone: str = "UTC") -> None:
        """`zone` is that of accounts which have set none."""
        self.people, self.clock, self._zone = people, clock, zone
        self.calendars: dict[str, Calendar] = {}
        self.lists: dict[str, dict[str, Entry]] = {}
        self.settings: dict[str, dict[str, str]] = {}
        self.unsent: list[Unsent] = []
        self.switched_off: set[str] = set()     # accounts whose administrator lets them have no Calendar
        self._numbers = count(1)
        self.change = 0

    def number(self) -> int:
        """The next number for an id."""
        return next(self._numbers)

    def changed(self) -> int:
        """The number of a change that happens now."""
        self.change += 1
        return self.change

    def zone(self, address: str) -> str:
        """The zone that somebody has set in their settings."""
        return self.settings.get(address, {}).get("timezone", self._zone)

    def list_of(self, person: Person) -> dict[str, Entry]:
        """Somebody's list of calendars; the primary one is made with the account."""
        if person.address not in self.lists:
            made = Calendar(id=person.address, owner=person.address, summary=person.address, primary=True,
                            zone=self.zone(person.address), created=self.clock())
            self.calendars[made.id] = made
            reminders = [{"method": "popup", "minutes": 30}]
            self.lists[person.address] = {made.id: Entry(calendar=made, change=self.changed(), own={
                "colorId": "14", "selected": True, "defaultReminders": reminders})}
        return self.lists[person.address]

    def calendar(self, person: Person, given: str) -> Calendar | None:
        """A calendar by its id, "primary" or an address of its owner; None when this person may not see it."""
        own, owner = self.list_of(person), self.people.primary(given)
        if owner is not None:
            self.list_of(owner)
        name = person.address if given == "primary" else given if owner is None else owner.address
        found = own[name].calendar if name in own and not own[name].deleted else self.calendars.get(name)
        return found if found is not None and found.role(person.address) != "none" else None
