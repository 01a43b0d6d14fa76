"""The methods of Events, and all of Calendar put into the room."""

from collections.abc import Sequence
from typing import Any

from emulators.google.calendar.acts import Acts
from emulators.google.calendar.books import Calendar, Event, World
from emulators.google.calendar.listing import NOT_SYNCED, instances, listed
from emulators.google.calendar.lists import Lists
from emulators.google.calendar.moments import stamp
from emulators.google.calendar.refusals import unknown
from emulators.google.calendar.registering import registered
from emulators.google.calendar.resources import etag, resource
from emulators.google.calendar.syncing import Syncing
from emulators.google.calendar.writing import Writer
from emulators.google.rest.room import Request, Room


def register(room: Room) -> None:
    """Let the room answer the Calendar API, over a world of its own."""
    world = World(room.state.people, room.state.clock)
    syncing = Syncing(world)
    lists = Lists(world, syncing)
    lists.register(room)
    Events(world, syncing, lists).register(room)
    Acts(world).register(room)


class Events:
    """The methods of Events over one world."""

    def __init__(self, world: World, syncing: Syncing, lists: Lists) -> None:
        """They share the world with the others."""
        self._world, self._syncing, self._lists = world, syncing, lists
        self._writer = Writer(world)

    def register(self, room: Room) -> None:
        """Let the room answer them."""
        registered(room, self._world, {
            "events.list": self.list, "events.instances": self.instances, "events.get": self.get,
            "events.insert": self.insert, "events.import": self.bring, "events.patch": self.patch,
            "events.update": self.update, "events.delete": self.delete, "events.move": self.move})

    def list(self, request: Request) -> dict[str, Any]:
        """events.list."""
        calendar = self._lists.of(request)
        since = self._syncing.since(request, calendar.valid_from)
        found = listed(calendar, request.parameters, request.now, since)
        synced = not any(name in request.parameters for name in NOT_SYNCED)
        return self._page(request, calendar, found, synced=synced)

    def instances(self, request: Request) -> dict[str, Any]:
        """events.instances."""
        calendar = self._lists.of(request)
        master = self._found(request, calendar)
        if master.recurrence is None:
            raise unknown()
        return self._page(request, calendar, instances(calendar, master, request.parameters, request.now), synced=False)

    def get(self, request: Request) -> dict[str, Any]:
        """events.get, also of what is cancelled."""
        calendar = self._lists.of(request)
        return self._told(request, calendar, self._found(request, calendar))

    def insert(self, request: Request) -> dict[str, Any]:
        """events.insert."""
        calendar = self._lists.of(request)
        return self._told(request, calendar,
                          self._writer.insert(request.person, calendar, request.given, request.parameters))

    def bring(self, request: Request) -> dict[str, Any]:
        """events.import."""
        calendar = self._lists.of(request)
        return self._told(request, calendar,
                          self._writer.bring(request.person, calendar, request.given, request.parameters))

    def patch(self, request: Request) -> dict[str, Any]:
        """events.patch."""
        return self._changed(request, whole=False)

    def update(self, request: Request) -> dict[str, Any]:
        """events.update."""
        return self._changed(request, whole=True)

    def delete(self, request: Request) -> None:
        """events.delete."""
        self._writer.delete(request.person, self._lists.of(request), request.parameters["eventId"], request.parameters)

    def move(self, request: Request) -> dict[str, Any]:
        """events.move."""
        destination = self._world.calendar(request.person, request.parameters["destination"])
        if destination is None:
            raise unknown()
        moved = self._writer.move(request.person, self._lists.of(request), request.parameters["eventId"], destination,
                                  request.parameters)
        return self._told(request, destination, moved)

    def _changed(self, request: Request, *, whole: bool) -> dict[str, Any]:
        calendar, number = self._lists.of(request), request.parameters["eventId"]
        event = self._writer.change(request.person, calendar, number, request.given, request.parameters, whole=whole)
        return self._told(request, calendar, event)

    def _found(self, request: Request, calendar: Calendar) -> Event:
        found = calendar.find(request.parameters["eventId"])
        if found is None:
            raise unknown()
        return found

    def _told(self, request: Request, calendar: Calendar, event: Event) -> dict[str, Any]:
        return resource(self._world, calendar, event, request.person, {"showDeleted": True, **request.parameters})

    def _page(self, request: Request, calendar: Calendar, found: Sequence[Event], *, synced: bool) -> dict[str, Any]:
        page, token = self._syncing.page(request, found, lambda one: one.id, synced=synced)
        entry = self._world.list_of(request.person).get(calendar.id)
        described = {name: calendar.more[name] for name in ("description",) if name in calendar.more}
        last = max((one.updated for one in calendar.events.values()), default=calendar.created)
        return {"kind": "calendar#events", "etag": etag(last, self._world.change), "summary": calendar.summary,
                **described, "updated": stamp(last), "timeZone": calendar.zone,
                "accessRole": calendar.role(request.person.address),
                "defaultReminders": [] if entry is None else entry.own.get("defaultReminders", []), **token,
                "items": [resource(self._world, calendar, one, request.person, request.parameters) for one in page]}
