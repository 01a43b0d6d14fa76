"""What people and other calendars do that no method of the API does."""

from datetime import date
from typing import Any

from emulators.google.calendar import bodies, googles, ids
from emulators.google.calendar.books import Calendar, Entry, Event, Unsent, World
from emulators.google.calendar.lists import SETTINGS
from emulators.google.calendar.moments import bound, zone_of
from emulators.google.calendar.moments import taken as moment_of
from emulators.google.calendar.occurrences import Occurrence, occurrences
from emulators.google.calendar.refusals import unknown, wrong
from emulators.google.calendar.resources import resource
from emulators.google.calendar.writing import Writer
from emulators.google.people import Person
from emulators.google.rest.room import Room
from emulators.google.shapes import checked


class Acts:
    """Each is `GoogleEmulator.act("calendar.<name>", address, …)`."""

    def __init__(self, world: World) -> None:
        """The world is shared with the methods."""
        self._world, self._writer = world, Writer(world)

    def register(self, room: Room) -> None:
        """Let the room carry them out."""
        for act in (self.place, self.split, self.setting, self.expanded, self.unsent, self.birthdays,
                    self.switch_off):
            room.register_act(f"calendar.{act.__name__}", act)

    def place(self, person: Person, resource: dict[str, Any], calendar: str = "primary") -> dict[str, Any]:
        """Put in an event as it comes from elsewhere, and return it.

        So come invitations of a foreign organizer, one to a single occurrence among them (`recurringEventId` and
        `originalStartTime` without the series), events of type fromGmail, and what old clients have left. All fields
        are taken that the schema has; times and recurrence have to be right. Raises CalendarError.
        """
        held, given = self._calendar(person, calendar), checked("calendar.v3", "Event", resource)
        start, end = bodies.times(given)
        recurs = bodies.recurrence(given, start, end)
        original = moment_of(given["originalStartTime"], "original") if "originalStartTime" in given else None
        series = given.get("recurringEventId", "")
        if bool(series) != (original is not None):
            raise wrong("An instance has recurringEventId and originalStartTime.")
        if original is not None and series in held.events and held.find(ids.of_instance(series, original.key)) is None:
            raise wrong("The series has no such instance.")
        created, updated = (bound(given[name], name).timestamp() if name in given else self._world.clock()
                            for name in ("created", "updated"))
        number = given.get("id") or (ids.of_instance(series, original.key) if original
                                     else ids.of_number(self._world.number()))
        organizer = given.get("organizer") or {"email": held.id}
        raw = {"status": "confirmed", "sequence": 0, "eventType": "default", "organizer": organizer,
               "creator": {"email": organizer["email"]}, "iCalUID": f"{series or number}@google.com"}
        raw |= bodies.checked_event({name: value for name, value in given.items()
                                     if name not in (*_HELD, "reminders")})
        raw |= {"start": start.said(start.zone or "UTC"), "end": end.said(end.zone or "UTC")}
        event = Event(id=number, raw=raw, start=start, end=end, recurrence=recurs, series=series, original=original,
                      created=created, updated=updated, change=self._world.changed())
        if "reminders" in given:
            event.reminders[person.address] = bodies.reminders(given["reminders"])
        held.events[event.id] = event
        return self._told(person, held, event)

    def split(self, person: Person, instance: str, changes: dict[str, Any],
              calendar: str = "primary") -> dict[str, Any]:
        """Change an instance and all that follow, and return the series that begins with it. Raises CalendarError."""
        held = self._calendar(person, calendar)
        knows = {"supportsAttachments": True, "conferenceDataVersion": 1}
        return self._told(person, held, self._writer.split(person, held, instance, changes, knows))

    def setting(self, person: Person, name: str, value: str) -> None:
        """Set one of the settings of settings.list; a primary calendar that is not made yet gets the zone, too."""
        if name not in SETTINGS or (name == "timezone" and zone_of(value) is None):
            raise wrong(f"There is no setting {name} of {value}.")
        self._world.settings.setdefault(person.address, {})[name] = value

    def expanded(self, person: Person, until: str, calendar: str = "primary") -> list[Occurrence]:
        """All occurrences in a calendar that begin before `until`, a time of RFC 3339."""
        return occurrences(self._calendar(person, calendar), bound(until, "until"))

    def unsent(self, person: Person) -> list[Unsent]:
        """What Google would have sent by mail for events in somebody's calendars."""
        return [one for one in self._world.unsent if self._world.calendar(person, one.calendar) is not None]

    def birthdays(self, person: Person, contacts: dict[str, str]) -> str:
        """Put the calendar of contacts' birthdays (days by names) on somebody's list; returns its id."""
        days = {name: date.fromisoformat(day) for name, day in contacts.items()}
        held = googles.of_birthdays(self._world, person.address, days)
        self._world.list_of(person)[held.id] = Entry(calendar=held, own={"colorId": "13"}, change=self._world.changed())
        return held.id

    def switch_off(self, person: Person) -> None:
        """The administrator switches Calendar off for somebody."""
        self._world.switched_off.add(person.address)

    def _calendar(self, person: Person, given: str) -> Calendar:
        found = self._world.calendar(person, given)
        if found is None:
            raise unknown()
        return found

    def _told(self, person: Person, calendar: Calendar, event: Event) -> dict[str, Any]:
        return resource(self._world, calendar, event, person, {"showDeleted": True})


_HELD = ("id", "kind", "etag", "htmlLink", "hangoutLink", "created", "updated", "recurringEventId", "originalStartTime")
