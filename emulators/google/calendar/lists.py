"""calendarList, calendars, acl, settings and colors of the API.

developers.google.com/workspace/calendar/api/v3/reference: calendarList is what somebody has on their list, with what is
theirs of each calendar; calendars is what all who see one share.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from emulators.google.calendar import colours, googles, ids
from emulators.google.calendar.bodies import check_reminders, merged
from emulators.google.calendar.books import ROLES, Calendar, Entry, World
from emulators.google.calendar.moments import zone_of
from emulators.google.calendar.refusals import CalendarError, own_calendar, taken, unknown, wrong, wrong_parameter
from emulators.google.calendar.registering import registered
from emulators.google.calendar.resources import etag
from emulators.google.calendar.syncing import Syncing
from emulators.google.people import Person
from emulators.google.rest.room import Request, Room

OWN = ("colorId", "backgroundColor", "foregroundColor", "defaultReminders", "hidden", "notificationSettings",
       "selected", "summaryOverride")
SHARED = ("description", "location", "labelProperties", "workingHours", "conferenceProperties")
_DEFAULTS = {"selected": False, "hidden": False, "summaryOverride": ""}     # left out of answers
SETTINGS = {"autoAddHangouts": "true", "dateFieldOrder": "DMY", "defaultEventLength": "60", "format24HourTime": "true",
            "hideInvitations": "false", "hideWeekends": "false", "locale": "en", "remindOnRespondedEventsOnly": "false",
            "showDeclinedEvents": "true", "timezone": "UTC", "useKeyboardShortcuts": "true", "weekStart": "1"}
LONGEST_LABEL = 50
_MEET = {"allowedConferenceSolutionTypes": ["hangoutsMeet"]}


class Lists:
    """These methods over one world."""

    def __init__(self, world: World, syncing: Syncing) -> None:
        """Both are shared with the events' methods."""
        self._world, self._syncing = world, syncing

    def register(self, room: Room) -> None:
        """Let the room answer them."""
        registered(room, self._world, {
            "calendarList.list": self.entries, "calendarList.get": self.entry, "calendarList.insert": self.subscribe,
            "calendarList.patch": self.change_entry, "calendarList.update": self.change_entry,
            "calendarList.delete": self.unsubscribe, "calendars.get": self.calendar, "calendars.insert": self.make,
            "calendars.patch": self.change, "calendars.delete": self.remove, "acl.insert": self.share,
            "acl.list": self.rules, "settings.list": self.settings, "settings.get": self.setting,
            "colors.get": lambda _: colours.palettes()})

    def of(self, request: Request) -> Calendar:
        """The calendar that a call names; raises CalendarError (404)."""
        found = self._world.calendar(request.person, request.parameters["calendarId"])
        if found is None:
            raise unknown()
        return found

    # -- somebody's list ------------------------------------------------------------------------------

    def entries(self, request: Request) -> dict[str, Any]:
        """calendarList.list."""
        since, given = self._syncing.since(request), request.parameters
        if since is not None and (given.get("showDeleted") is False or given.get("showHidden") is False
                                  or {"minAccessRole", "showOwnOrganizationOnly"} & set(given)):
            raise wrong_parameter("syncToken", "Sync token cannot be used with other query restrictions.")
        shown = [one for one in self._world.list_of(request.person).values()
                 if self._listed(request.person, one, given, since)]
        page, token = self._syncing.page(request, shown, lambda one: one.calendar.id)
        return {"kind": "calendar#calendarList", "etag": etag(request.now, self._world.change), **token,
                "items": [self._entry(request.person, one) for one in page]}

    def entry(self, request: Request) -> dict[str, Any]:
        """calendarList.get."""
        return self._entry(request.person, self._held(request))

    def subscribe(self, request: Request) -> dict[str, Any]:
        """calendarList.insert: a calendar that somebody may see comes onto their list."""
        given = str(request.given.get("id") or "")
        found = self._world.calendar(request.person, given) or googles.of_holidays(self._world, given)
        if found is None:
            raise unknown()
        self._world.calendars.setdefault(found.id, found)
        held = self._world.list_of(request.person)
        if found.id in held and not held[found.id].deleted:
            raise taken()
        own = merged({"colorId": "1"}, self._own(request))
        held[found.id] = Entry(calendar=found, own=own, change=self._world.changed())
        return self._entry(request.person, held[found.id])

    def change_entry(self, request: Request) -> dict[str, Any]:
        """calendarList.patch and calendarList.update."""
        held, given = self._held(request), self._own(request)
        base = held.own if request.method.verb == "PATCH" else {"colorId": held.own.get("colorId", "1")}
        held.own, held.change = merged(base, given), self._world.changed()
        return self._entry(request.person, held)

    def unsubscribe(self, request: Request) -> None:
        """calendarList.delete; raises CalendarError for what is somebody's own."""
        held = self._held(request)
        if held.calendar.owner == request.person.address:
            raise own_calendar("cannotChangeOwnPrimarySubscription" if held.calendar.primary else "forbidden")
        held.deleted, held.change = True, self._world.changed()

    def _held(self, request: Request) -> Entry:
        found = self._world.list_of(request.person).get(self.of(request).id)
        if found is None or found.deleted:
            raise unknown()
        return found

    def _listed(self, person: Person, entry: Entry, given: Mapping[str, Any], since: int | None) -> bool:
        role = entry.calendar.role(person.address)
        if since is not None:
            return entry.change > since
        unseen = (entry.deleted and not given.get("showDeleted")) or (
            entry.own.get("hidden") and not given.get("showHidden"))
        foreign = given.get("showOwnOrganizationOnly") and entry.calendar.owner.partition("@")[2] != person.domain
        if unseen or foreign:
            return False
        return ROLES.index(role) >= ROLES.index(given.get("minAccessRole", "none"))

    def _own(self, request: Request) -> dict[str, Any]:
        given = {name: None if value == "" else value for name, value in request.given.items() if name in OWN}
        if not request.parameters.get("colorRgbFormat"):
            given = {name: value for name, value in given.items() if name not in ("backgroundColor", "foregroundColor")}
        check_reminders(given.get("defaultReminders") or [])
        if given.get("colorId") and str(given["colorId"]) not in colours.palettes()["calendar"]:
            raise wrong("Invalid color id.")
        return given

    def _entry(self, person: Person, entry: Entry) -> dict[str, Any]:
        calendar = entry.calendar
        own = {name: value for name, value in entry.own.items() if _DEFAULTS.get(name) != value}
        made: dict[str, Any] = {"kind": "calendar#calendarListEntry", "id": calendar.id,
                                "etag": etag(calendar.created, entry.change)}
        if entry.deleted:
            return made | {"deleted": True}
        shared = {name: calendar.more[name] for name in ("description", "location") if name in calendar.more}
        shade = colours.background(str(own.get("colorId", "1")))
        return made | shared | {
            "summary": calendar.summary, "timeZone": calendar.zone, "accessRole": calendar.role(person.address),
            "backgroundColor": shade, "foregroundColor": "#000000", "conferenceProperties": _MEET,
            "defaultReminders": []} | own | _whose(calendar, person)

    # -- calendars ------------------------------------------------------------------------------------

    def calendar(self, request: Request) -> dict[str, Any]:
        """calendars.get."""
        return self._calendar(self.of(request))

    def make(self, request: Request) -> dict[str, Any]:
        """calendars.insert: a secondary calendar, on its owner's list from the start."""
        if not request.given.get("summary"):
            raise wrong("Missing title.", reason="required")
        person = request.person
        self._world.list_of(person)
        made = Calendar(id=ids.of_calendar(self._world.number()), owner=person.address, created=request.now,
                        summary=request.given["summary"], zone=self._zone(request, self._world.zone(person.address)),
                        more=_shared({}, request.given))
        self._world.calendars[made.id] = made
        self._world.list_of(person)[made.id] = Entry(calendar=made, change=self._world.changed(),
                                                     own={"colorId": "17", "selected": True})
        return self._calendar(made)

    def change(self, request: Request) -> dict[str, Any]:
        """calendars.patch; raises CalendarError for who does not own it."""
        held, given = self.of(request), request.given
        self._check_owner(held, request.person)
        held.summary, held.zone = given.get("summary") or held.summary, self._zone(request, held.zone)
        held.more = _shared(held.more, given)
        return self._calendar(held)

    def remove(self, request: Request) -> None:
        """calendars.delete; raises CalendarError for a primary calendar and for who does not own it."""
        held = self.of(request)
        self._check_owner(held, request.person)
        if held.primary:
            raise own_calendar("cannotDeletePrimaryCalendar")
        del self._world.calendars[held.id]
        for entries in self._world.lists.values():
            if held.id in entries:
                entries[held.id].deleted, entries[held.id].change = True, self._world.changed()

    def _zone(self, request: Request, otherwise: str) -> str:
        given = str(request.given.get("timeZone") or otherwise)
        if zone_of(given) is None:
            raise wrong("Invalid time zone.")
        return given

    def _check_owner(self, calendar: Calendar, person: Person) -> None:
        if calendar.role(person.address) != "owner":
            raise CalendarError(403, "forbidden", "Forbidden", domain="global")

    def _calendar(self, calendar: Calendar) -> dict[str, Any]:
        owner = {} if calendar.primary or not calendar.owner else {"dataOwner": calendar.owner}
        return {"kind": "calendar#calendar", "etag": etag(calendar.created, 0), "id": calendar.id,
                "summary": calendar.summary, "timeZone": calendar.zone, "conferenceProperties": _MEET,
                **calendar.more, **owner}

    # -- who may see them -----------------------------------------------------------------------------

    def share(self, request: Request) -> dict[str, Any]:
        """acl.insert, for one account or for everybody; sync tokens of the calendar are no longer valid.

        Whom it is shared with has it on their list after a calendarList.insert of their own.
        """
        held, role, scope = self.of(request), request.given.get("role"), request.given.get("scope") or {}
        self._check_owner(held, request.person)
        if role not in ROLES or scope.get("type") not in ("user", "default"):
            raise wrong("Invalid scope or role here: accounts and everybody are known.")
        if scope["type"] == "default":
            held.public = role
        else:
            held.roles[str(scope.get("value", "")).lower()] = role
        held.valid_from = self._world.changed()
        return _rule(scope, role)

    def rules(self, request: Request) -> dict[str, Any]:
        """acl.list, in one page."""
        held = self.of(request)
        self._check_owner(held, request.person)
        roles = held.roles | ({held.owner: "owner"} if held.owner else {})
        return {"kind": "calendar#acl", "etag": etag(held.created, held.valid_from),
                "items": [_rule({"type": "user", "value": one}, role) for one, role in roles.items()]}

    # -- settings -------------------------------------------------------------------------------------

    def settings(self, request: Request) -> dict[str, Any]:
        """settings.list."""
        told = self._settings(request.person)
        page, token = self._syncing.page(request, sorted(told), lambda name: name)
        return {"kind": "calendar#settings", "etag": etag(0, len(told)), **token,
                "items": [_setting(one, told[one]) for one in page]}

    def setting(self, request: Request) -> dict[str, Any]:
        """settings.get."""
        told, name = self._settings(request.person), request.parameters["setting"]
        if name not in told:
            raise unknown()
        return _setting(name, told[name])

    def _settings(self, person: Person) -> dict[str, str]:
        return SETTINGS | {"timezone": self._world.zone(person.address)} | self._world.settings.get(person.address, {})


def _whose(calendar: Calendar, person: Person) -> dict[str, Any]:
    if calendar.primary:
        return {"primary": True} if calendar.owner == person.address else {}
    return {"dataOwner": calendar.owner} if calendar.owner else {}


def _shared(held: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What all see of a calendar, changed; each label has an id. Raises CalendarError for a label that cannot be."""
    made = merged(held, {name: given[name] for name in SHARED if name in given})
    labels = made.get("labelProperties", {}).get("eventLabels", [])
    for number, one in enumerate(labels):
        if not one.get("backgroundColor") or len(one.get("name", "")) > LONGEST_LABEL:
            raise wrong("Invalid event label.")
        one.setdefault("id", str(uuid5(NAMESPACE_URL, f"{number} {one}")))
    if len({one["id"] for one in labels}) != len(labels):
        raise wrong("Invalid event label.")
    return made


def _rule(scope: Mapping[str, Any], role: str) -> dict[str, Any]:
    name = f"{scope['type']}:{scope['value']}" if "value" in scope else scope["type"]
    return {"kind": "calendar#aclRule", "etag": etag(0, len(name)), "id": name, "scope": dict(scope), "role": role}


def _setting(name: str, value: str) -> dict[str, Any]:
    return {"kind": "calendar#setting", "etag": etag(0, len(value)), "id": name, "value": value}
