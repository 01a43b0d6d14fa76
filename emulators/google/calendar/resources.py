"""Events as answers tell them to somebody.

developers.google.com/workspace/calendar/api/v3/reference/events. What a field's default is, the discovery document
says; a field that has it is left out.
"""

import base64
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from emulators.google.calendar import conference
from emulators.google.calendar.bodies import Given
from emulators.google.calendar.books import ROLES, Calendar, Event, World
from emulators.google.calendar.moments import stamp
from emulators.google.people import Person
from emulators.google.shapes import document

ALWAYS = ("kind", "eventType")
# What is left of an event whose details somebody may not see (the reference of CalendarListEntry, `accessRole`), as in
# github.com/google/googleapis.dart/issues/151; eventType is of later.
BUSY = ("eventType", "iCalUID", "recurrence", "status")


def resource(world: World, calendar: Calendar, event: Event, person: Person, parameters: Given) -> dict[str, Any]:
    """The event as this person sees it. `maxAttendees`, `timeZone` and `showDeleted` are among the parameters."""
    made: dict[str, Any] = {"kind": "calendar#event", "etag": etag(event.updated, event.change), "id": event.id}
    zone = parameters.get("timeZone") or calendar.zone
    if event.series:
        assert event.original is not None
        made |= {"recurringEventId": event.series, "originalStartTime": event.original.said(zone)}
    if event.cancelled or event.dropped:
        made["status"] = "cancelled"
        if event.series or event.dropped or not _keeps_details(calendar, event, parameters):
            return made
    made |= {"htmlLink": _link(calendar, event), "updated": stamp(event.updated),
             "start": event.start.said(zone), "end": event.end.said(zone)}
    if hidden(calendar, event, person):
        told = {name: event.raw[name] for name in BUSY if name in event.raw} | {"visibility": "private"}
        return _plain("Event", made | told)
    made |= {name: value for name, value in event.raw.items() if name not in ("start", "end")}
    made |= {"created": stamp(event.created), "hangoutLink": conference.link(event.raw.get("conferenceData", {}))}
    made |= _people(world, calendar, event, person, parameters)
    made["reminders"] = event.reminders.get(person.address, {"useDefault": True})
    return _plain("Event", made)


def etag(seconds: float, change: int) -> str:
    """An ETag, with its quotation marks."""
    return f'"{int(seconds * 1000)}{change:06d}"'


def hidden(calendar: Calendar, event: Event, person: Person) -> bool:
    """True: this person sees when it is and no details."""
    role = calendar.role(person.address)
    if role == "freeBusyReader":
        return True
    secret = event.raw.get("visibility") in ("private", "confidential")
    guests = [one["email"].lower() for one in event.raw.get("attendees", [])]
    return secret and ROLES.index(role) < ROLES.index("writer") and person.address not in guests


def own_addresses(world: World, calendar: Calendar) -> set[str]:
    """The addresses that mean the calendar itself: `self` is True for them."""
    owner = world.people.primary(calendar.id)
    return {calendar.id, *([] if owner is None else owner.aliases)}


def _keeps_details(calendar: Calendar, event: Event, parameters: Given) -> bool:
    """The organizer's calendar keeps them, for who asks for deleted events (`status`)."""
    return bool(parameters.get("showDeleted")) and event.raw.get("organizer", {}).get("email") == calendar.id


def _link(calendar: Calendar, event: Event) -> str:
    number = base64.urlsafe_b64encode(f"{event.id} {calendar.id}".encode()).decode().rstrip("=")
    return f"https://www.google.com/calendar/event?eid={number}"


def _people(world: World, calendar: Calendar, event: Event, person: Person, parameters: Given) -> dict[str, Any]:
    own = own_addresses(world, calendar)
    made: dict[str, Any] = {}
    for name in ("creator", "organizer"):
        if name in event.raw:
            made[name] = event.raw[name] | ({"self": True} if event.raw[name].get("email") in own else {})
    if event.raw.get("attendees"):
        made |= _attendees(event, own, parameters)
    if event.raw.get("source") and event.raw.get("creator", {}).get("email") != person.address:
        made["source"] = None
    return made


def _attendees(event: Event, own: set[str], parameters: Given) -> dict[str, Any]:
    organizer = event.raw.get("organizer", {}).get("email")
    told = [{"responseStatus": "needsAction"} | one | ({"self": True} if one["email"].lower() in own else {})
            | ({"organizer": True} if one["email"] == organizer else {}) for one in event.raw["attendees"]]
    secret = not event.raw.get("guestsCanSeeOtherGuests", True) and organizer not in own
    if secret or len(told) > (parameters.get("maxAttendees") or len(told)):
        return {"attendees": [one for one in told if one.get("self")], "attendeesOmitted": True}
    return {"attendees": told}


@cache
def _defaults(schema: str) -> Mapping[str, Any]:
    """The defaults of a schema's fields by the discovery document, as JSON has them."""
    stated = {name: one for name, one in document("calendar.v3")["schemas"][schema]["properties"].items()
              if "default" in one and name not in ALWAYS}
    read: dict[str, Callable[[str], Any]] = {"boolean": lambda text: text == "true", "integer": int, "string": str}
    return {name: read[one["type"]](one["default"]) for name, one in stated.items()}


def _plain(schema: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty or has its default, in the objects inside too."""
    inside = {"attendees": "EventAttendee"}
    made = {}
    for name, value in given.items():
        if value in (None, "", [], {}) or _defaults(schema).get(name) == value:
            continue
        if name in inside:
            value = [_plain(inside[name], one) for one in value]  # noqa: PLW2901 - the same value, shorter
        made[name] = value
    return made
