"""Gmail's settings, with the filters over the same forwarding addresses."""

import base64
from typing import Any

from emulators.google.filters.filters import Delivered, Filters
from emulators.google.filters.mail import composed
from emulators.google.mail_settings.forwarding import Forwarding
from emulators.google.mail_settings.vacation import Vacation
from emulators.google.people import Person
from emulators.google.rest.room import Room


def register(room: Room) -> None:
    """Add the methods, and mail that arrives."""
    Vacation(room)
    filters = Filters(room, Forwarding(room))

    def arrive(person: Person, message: bytes | str | dict[str, Any], **given: Any) -> Delivered:
        """A message as bytes, as base64 of them, or as its fields."""
        if isinstance(message, dict):
            message = composed(message)
        raw = base64.b64decode(message, validate=True) if isinstance(message, str) else message
        return filters.deliver(person, raw, **given)

    room.register_act("gmail.deliver", arrive)
