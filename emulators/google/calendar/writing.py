"""Events made, changed, deleted and moved, as the methods of Events do it.

developers.google.com/workspace/calendar/api/v3/reference/events and …/guides/recurringevents. Invitations go nowhere:
who would have been told is kept in `World.unsent`, and no other calendar gets a copy.
"""

from dataclasses import replace
from typing import Any

from emulators.google.calendar import bodies, conference, ids
from emulators.google.calendar.bodies import Given
from emulators.google.calendar.books import ROLES, Calendar, Event, Unsent, World, instance
from emulators.google.calendar.kinds import check_new
from emulators.google.calendar.moments import Moment
from emulators.google.calendar.moments import taken as moment_of
from emulators.google.calendar.refusals import CalendarError, gone, no_writer, taken, unknown, wrong
from emulators.google.people import Person

SHARED = ("guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests")
LOCKED = ("summary", "description", "location", "start", "end", "recurrence")
_TIMES = ("start", "end", "recurrence", "status")       # whose change is a new revision (RFC 5546, 2.1.4)
_SERVERS = ("organizer", "creator", "locked", "iCalUID", "eventType", "privateCopy", "birthdayProperties", "gadget",
            "status", "sequence")


def may_write(calendar: Calendar, person: Person) -> None:
    """Raises CalendarError (403) for somebody who may only read."""
    if ROLES.index(calendar.role(person.address)) < ROLES.index("writerWithoutPrivateAccess"):
        raise no_writer()


def is_organizer(calendar: Calendar, event: Event) -> bool:
    """True: this calendar holds the main copy of the event."""
    organizer: str = event.raw.get("organizer", {}).get("email", "")
    return organizer == calendar.id


class Writer:
    """Writes into the calendars of one world."""

    def __init__(self, world: World) -> None:
        """The world is shared with whoever reads."""
        self._world = world

    def insert(self, person: Person, calendar: Calendar, body: Given, parameters: Given) -> Event:
        """events.insert; raises CalendarError."""
        may_write(calendar, person)
        if body.get("recurringEventId") or body.get("originalStartTime"):
            raise wrong("An instance is made by its recurring event.")
        if body.get("status") == "cancelled" or (body.get("id") and body.get("iCalUID")):
            raise wrong("Invalid value.")
        given = self._new_id(calendar, body.get("id"))
        uid = body.get("iCalUID") or f"{given}@google.com"
        if any(one.raw.get("iCalUID") == uid and not one.cancelled for one in calendar.events.values()):
            raise taken()
        raw = bodies.heeded(body, parameters) | {"iCalUID": uid, "organizer": _organizer(calendar)}
        event = self._made(person, calendar, given, raw)
        self._tell(person, calendar, event, "events.insert", parameters)
        return self._kept(person, calendar, event, body)

    def bring(self, person: Person, calendar: Calendar, body: Given, parameters: Given) -> Event:
        """events.import: a private copy, whose organizer may be anybody. What has its iCalUID already is replaced.

        Only events of type default are taken; raises CalendarError.
        """
        may_write(calendar, person)
        if body.get("eventType", "default") != "default":
            raise wrong("Only events of type default may be imported.", reason="eventTypeRestriction")
        uid = body.get("iCalUID")
        if not uid or body.get("recurringEventId") or body.get("originalStartTime"):
            raise wrong("Missing iCalUID.", reason="required") if not uid else wrong("Invalid value.")
        held = next((one for one in calendar.events.values() if one.raw.get("iCalUID") == uid and not one.series), None)
        if held is not None and body.get("sequence", 0) < held.raw.get("sequence", 0):
            raise _old_sequence()
        organizer = {name: value for name, value in (body.get("organizer") or {}).items() if name != "self"}
        raw = bodies.heeded(body, parameters) | {"organizer": organizer or _organizer(calendar)}
        event = self._made(person, calendar, held.id if held else ids.of_import(uid), raw)
        if held is not None:
            event = replace(event, created=held.created, reminders=held.reminders)
        return self._kept(person, calendar, event, body)

    def change(self, person: Person, calendar: Calendar, given: str, body: Given,
               parameters: Given, *, whole: bool) -> Event:
        """events.patch, and with `whole` events.update; raises CalendarError."""
        may_write(calendar, person)
        held = self._found(calendar, given)
        _check_unchanged(calendar, held, body)
        base, heeded = held.raw | _said(held), bodies.heeded(body, parameters)
        if whole:
            kept = {*_SERVERS, *bodies.ignored(parameters)}
            raw = {name: value for name, value in base.items() if name in kept} | bodies.merged({}, heeded)
        else:
            raw = bodies.merged(base, heeded)
        event = self._revised(calendar, held, raw)
        if event is not held:
            self._tell(person, calendar, event, f"events.{'update' if whole else 'patch'}", parameters)
        return self._kept(person, calendar, event, body)

    def delete(self, person: Person, calendar: Calendar, given: str, parameters: Given) -> None:
        """events.delete: an instance becomes a cancelled exception; raises CalendarError, 410 for what is deleted."""
        may_write(calendar, person)
        held = self._found(calendar, given)
        if held.cancelled:
            raise gone()
        self._tell(person, calendar, held, "events.delete", parameters)
        self._kept(person, calendar, replace(held, raw=held.raw | {"status": "cancelled"}), {})

    def move(self, person: Person, calendar: Calendar, given: str, destination: Calendar,
             parameters: Given) -> Event:
        """events.move: another calendar is the organizer from now on; raises CalendarError."""
        may_write(calendar, person)
        may_write(destination, person)
        held = self._found(calendar, given)
        if held.series:
            raise CalendarError(400, "cannotChangeOrganizerOfInstance", "Cannot change the organizer of an instance.")
        if held.raw.get("eventType", "default") != "default":
            raise wrong("Only events of type default can be moved.", reason="eventTypeRestriction")
        if held.cancelled or held.id in destination.events:
            raise gone() if held.cancelled else taken()
        if not is_organizer(calendar, held):
            raise CalendarError(403, "forbiddenForNonOrganizer", "Only the organizer can move an event.")
        for one in (*calendar.exceptions(held.id), held):
            there = replace(one, raw=one.raw | {"organizer": _organizer(destination)})
            self._kept(person, destination, there, {})
        self._kept(person, calendar, replace(held, raw={"status": "cancelled"}), {})
        self._tell(person, destination, held, "events.move", parameters)
        return destination.events[held.id]

    def split(self, person: Person, calendar: Calendar, given: str, body: Given,
              parameters: Given) -> Event:
        """An instance and all that follow are changed, as people do in Google's pages; returns the new series.

        The old series ends before it, and exceptions from there on are gone (…/guides/recurringevents, "Modify all
        following instances"). Raises CalendarError, also for the first instance, before which there is nothing.
        """
        may_write(calendar, person)
        held = self._found(calendar, given)
        master = calendar.series_of(held)
        if master is None or master.recurrence is None or held.original is None:
            raise unknown()
        if held.original == next(master.recurrence.starts(), None):
            raise wrong("The first instance has nothing before it: change the series.")
        old, new = master.recurrence.cut(held.original)
        number = ids.of_following(master.id, held.original.wall)
        base = master.raw | _said(instance(master, held.original)) | {
            "recurrence": new, "iCalUID": f"{number}@google.com", "sequence": 0}
        made = self._made(person, calendar, number, bodies.merged(base, bodies.heeded(body, parameters)))
        ended = self._revised(calendar, master, master.raw | _said(master) | {"recurrence": old})
        self._kept(person, calendar, ended, {})
        return self._kept(person, calendar, replace(made, reminders=dict(master.reminders)), body)

    def _new_id(self, calendar: Calendar, given: str | None) -> str:
        if given is None:
            return ids.of_number(self._world.number())
        if not ids.GIVEN.fullmatch(given):
            raise wrong("Invalid resource id value.")
        if given in calendar.events:
            raise taken()
        return given

    def _found(self, calendar: Calendar, given: str) -> Event:
        found = calendar.find(given)
        if found is None:
            raise unknown()
        return found

    def _made(self, person: Person, calendar: Calendar, given: str, raw: dict[str, Any]) -> Event:
        """A new event of a body that is heeded."""
        raw = bodies.merged({}, raw)
        start, end = _settled(raw)
        check_new(raw, start, end, calendar, person)
        recurs = bodies.recurrence(raw, start, end)
        self._with_conference(raw)
        self._check_label(calendar, raw)
        raw = {"status": "confirmed", "sequence": 0, "eventType": "default"} | bodies.checked_event(raw)
        now = self._world.clock()
        return Event(id=given, raw=raw | {"creator": _creator(person)}, start=start, end=end, recurrence=recurs,
                     created=now, updated=now, change=self._world.changed())

    def _revised(self, calendar: Calendar, held: Event, raw: dict[str, Any]) -> Event:
        """The event as a change makes it; itself when nothing of it changes."""
        before = held.raw | _said(held)
        if held.series and raw.get("recurrence"):
            raise wrong("Recurrence rules are not allowed on an instance.")
        start, end = _settled(raw)
        recurs = bodies.recurrence(raw, start, end)
        self._with_conference(raw)
        self._check_label(calendar, raw)
        raw = bodies.checked_event(raw)
        _check_rights(calendar, held, before, raw)
        self._respect_visibility(calendar, held, raw)
        if raw == bodies.checked_event(before):
            return held
        if any(raw.get(name) != before.get(name) for name in _TIMES):
            raw["sequence"] = max(raw.get("sequence", 0), held.raw.get("sequence", 0) + 1)
        return replace(held, raw=raw, start=start, end=end, recurrence=recurs, updated=self._world.clock(),
                       change=self._world.changed(), dropped=False)

    def _kept(self, person: Person, calendar: Calendar, event: Event, body: Given) -> Event:
        """The event put into the calendar, with somebody's own reminders if the body has any."""
        if body.get("reminders") is not None:
            own = bodies.merged(event.reminders.get(person.address, {}), body["reminders"])
            event = replace(event, reminders=event.reminders | {person.address: bodies.reminders(own)})
        before = calendar.events.get(event.id)
        if event.cancelled and (before is None or not before.cancelled):
            event = replace(event, updated=self._world.clock(), change=self._world.changed())
        calendar.events[event.id] = event
        for one in calendar.exceptions(event.id):
            if event.cancelled or event.recurrence is None or not event.recurrence.finds(one.original.key):  # type: ignore[union-attr]  # an exception has one
                calendar.events[one.id] = replace(one, dropped=True, change=self._world.changed())
        return event

    def _respect_visibility(self, calendar: Calendar, held: Event, raw: dict[str, Any]) -> None:
        """One instance made more private makes the whole series so, and less private is not heeded (`visibility`)."""
        master = calendar.series_of(held) if held.series else None
        if master is None:
            return
        wanted, has = raw.get("visibility", "default"), master.raw.get("visibility", "default")
        if _secrecy(wanted) < _secrecy(has):
            raw["visibility"] = has
        elif _secrecy(wanted) > _secrecy(has):
            for one in (master, *calendar.exceptions(master.id)):
                calendar.events[one.id] = replace(one, raw=one.raw | {"visibility": wanted},
                                                  change=self._world.changed())

    def _with_conference(self, raw: dict[str, Any]) -> None:
        data = raw.get("conferenceData")
        if data:
            conference.checked_conference(data)
            raw["conferenceData"] = conference.made(data, ids.meeting_code(self._world.number()))

    def _check_label(self, calendar: Calendar, raw: Given) -> None:
        known = [one["id"] for one in calendar.more.get("labelProperties", {}).get("eventLabels", [])]
        if raw.get("eventLabelId") and raw["eventLabelId"] not in known:
            raise wrong("Invalid event label id.")

    def _tell(self, person: Person, calendar: Calendar, event: Event, what: str, parameters: Given) -> None:
        updates = parameters.get("sendUpdates") or ("all" if parameters.get("sendNotifications") else "none")
        guests = [one["email"] for one in event.raw.get("attendees", [])]
        others = [one for one in guests if self._world.people.find(one) != person]
        if updates == "externalOnly":
            others = [one for one in others if self._world.people.find(one) is None]
        if others and updates != "none":
            self._world.unsent.append(Unsent(calendar=calendar.id, event=event.id, what=what, updates=updates,
                                             to=tuple(others)))


def _settled(raw: dict[str, Any]) -> tuple[Moment, Moment]:
    """Start and end, which the event has from now on in one way of writing; raises CalendarError."""
    start, end = bodies.times(raw)
    raw["start"], raw["end"] = start.said(start.zone or "UTC"), end.said(end.zone or "UTC")
    return start, end


def _said(event: Event) -> dict[str, Any]:
    return {"start": event.start.said(event.start.zone or "UTC"), "end": event.end.said(event.end.zone or "UTC")}


def _organizer(calendar: Calendar) -> dict[str, Any]:
    return {"email": calendar.id} | ({} if calendar.primary else {"displayName": calendar.summary})


def _creator(person: Person) -> dict[str, Any]:
    return {"email": person.address}


def _old_sequence() -> CalendarError:
    return wrong("Invalid sequence value. The specified sequence number is below the current sequence number of the "
                 "resource.")


def _check_unchanged(calendar: Calendar, held: Event, body: Given) -> None:
    """Raises CalendarError when a body changes what is immutable."""
    for name in ("iCalUID", "eventType", "privateCopy", "birthdayProperties"):
        if name in body and body[name] != held.raw.get(name, {"eventType": "default", "privateCopy": False}.get(name)):
            raise wrong(f"Cannot change {name}.", reason="eventTypeRestriction" if name == "eventType" else "invalid")
    if body.get("recurringEventId") not in (None, held.series):
        raise wrong("Cannot change recurringEventId.")
    told = body.get("originalStartTime")
    if told and (held.original is None or moment_of(told, "original").key != held.original.key):
        raise wrong("Cannot change originalStartTime.")
    if (body.get("sequence") or 0) < held.raw.get("sequence", 0) and "sequence" in body:
        raise _old_sequence()


def _check_rights(calendar: Calendar, held: Event, before: Given, raw: Given) -> None:
    """Raises CalendarError (403) for what only the organizer may change, and what nobody may."""
    if not is_organizer(calendar, held) and any(raw.get(name) != before.get(name) for name in SHARED):
        raise CalendarError(403, "forbiddenForNonOrganizer",
                            "Shared properties can only be changed by the organizer of the event.")
    if held.raw.get("locked") and any(raw.get(name) != before.get(name) for name in LOCKED):
        raise CalendarError(403, "forbidden", "This event copy is locked.")


def _secrecy(visibility: str) -> int:
    return {"public": 0, "default": 1, "private": 2, "confidential": 2}[visibility]
