"""All REST methods that the emulator answers: a row for each API or part of one."""

from emulators.google import gmail
from emulators.google.calendar import methods as calendar
from emulators.google.contacts import parts as people
from emulators.google.mail_settings import parts as mail_settings
from emulators.google.rest.room import Room
from emulators.google.state import State
from emulators.google.tasks import methods as tasks

PARTS = (gmail.register, mail_settings.register, calendar.register, people.register, tasks.register)


def all_methods(state: State) -> Room:
    """A room with the methods of all parts."""
    room = Room(state)
    for register in PARTS:
        register(room)
    return room
