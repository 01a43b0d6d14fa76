"""The parts of the People API, over the same books."""

from emulators.google.contacts.book import Books
from emulators.google.contacts.contacts import Contacts
from emulators.google.contacts.groups import Groups
from emulators.google.contacts.others import OtherContacts
from emulators.google.rest.room import Room


def register(room: Room) -> None:
    """Add the methods."""
    books = Books()
    Contacts(room, books)
    Groups(room, books)
    OtherContacts(room, books)
