"""Methods put into the room, for accounts that have Google Calendar."""

from collections.abc import Mapping
from typing import Any

from emulators.google.calendar.books import World
from emulators.google.calendar.refusals import no_calendar
from emulators.google.rest.room import Request, Room, Work


def registered(room: Room, world: World, works: Mapping[str, Work]) -> None:
    """Let the room answer them; each refuses an account whose administrator has switched Calendar off."""
    for name, work in works.items():
        room.register(f"calendar.{name}", _guarded(world, work))


def _guarded(world: World, work: Work) -> Work:
    def answer(request: Request) -> dict[str, Any] | None:
        if request.person.address in world.switched_off:
            raise no_calendar()
        return work(request)
    return answer
