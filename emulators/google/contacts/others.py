"""Other contacts: whom somebody wrote to and never kept."""

from typing import Any

from emulators.google.contacts import masks
from emulators.google.contacts.book import Books, Contact, etag, source_of
from emulators.google.contacts.fields import completed
from emulators.google.contacts.syncing import listed
from emulators.google.people import Person
from emulators.google.rest.refusals import invalid, not_emulated
from emulators.google.rest.room import Request, Room

FIELDS = frozenset(("emailAddresses", "metadata", "names", "phoneNumbers", "photos"))      # people.v1, readMask


class OtherContacts:
    """The methods of the resource `otherContacts`."""

    def __init__(self, room: Room, books: Books) -> None:
        """Register them."""
        self._room, self._books = room, books
        room.register("people.otherContacts.list", self.list)
        room.register_act("people.correspond", self.correspond)

    def correspond(self, person: Person, email: str, name: str = "") -> str:
        """Somebody writes to an address, which is among their other contacts from now on; returns its resource."""
        book = self._books.of(person.address)
        number = book.number()
        made = Contact(resource=f"otherContacts/c{number}", source=f"{number:x}", other=True)
        source = {"type": "OTHER_CONTACT", "id": made.source}
        made.fields = {"emailAddresses": completed("emailAddresses", [{"value": email}], source)}
        if name:
            shown = {"displayName": name, "displayNameLastFirst": name, "unstructuredName": name}
            made.fields["names"] = [{"metadata": {"primary": True, "source": source}, **shown}]
        book.others[made.resource] = made
        book.change(made, self._room.state.clock())
        return made.resource

    def list(self, request: Request) -> dict[str, Any]:
        """otherContacts.list."""
        mask, book = masks.read(request, "readMask"), self._books.of(request.person.address)
        if mask - FIELDS:
            raise invalid(f"Invalid readMask for READ_SOURCE_TYPE_CONTACT: {', '.join(sorted(mask - FIELDS))}")
        if request.parameters.get("sources", ["READ_SOURCE_TYPE_CONTACT"]) != ["READ_SOURCE_TYPE_CONTACT"]:
            raise not_emulated("profiles of other contacts")
        everybody = [(one, _whole(one)) for one in book.others.values()]
        shown, about, total = listed(request, book, everybody, "otherContacts/")
        found = {"otherContacts": [masks.masked(one, mask) for one in shown], "totalSize": total}
        return {name: value for name, value in found.items() if value} | about


def _whole(contact: Contact) -> dict[str, Any]:
    return {"resourceName": contact.resource, "etag": etag("%", contact.resource, contact.revision),
            "metadata": {"sources": [source_of(contact)], "objectType": "PERSON"}, **contact.fields}
