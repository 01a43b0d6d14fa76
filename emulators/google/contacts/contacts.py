"""Contacts: people.createContact, get, getBatchGet, updateContact, deleteContact, photos, connections.list."""

from collections.abc import Callable
from typing import Any

from emulators.google.contacts import masks
from emulators.google.contacts.book import MINE, OPEN_GROUPS, Book, Books, Contact, etag, memberships, source_of
from emulators.google.contacts.fields import FIELDS, completed, stale
from emulators.google.contacts.photos import drawn, image_type
from emulators.google.contacts.syncing import listed
from emulators.google.people import Person
from emulators.google.rest.refusals import invalid, missing, not_emulated
from emulators.google.rest.room import Request, Room
from emulators.google.rest.values import octets

BATCH = 200     # people.v1, people.getBatchGet
_KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "FIRST_NAME_ASCENDING": lambda person: _named(person, "givenName"),
    "LAST_NAME_ASCENDING": lambda person: _named(person, "familyName"),
}


class Contacts:
    """The methods of the resource `people`."""

    def __init__(self, room: Room, books: Books) -> None:
        """Register them."""
        self._room, self._books = room, books
        for name, work in {"createContact": self.create, "get": self.get, "getBatchGet": self.get_batch,
                           "updateContact": self.update, "deleteContact": self.delete,
                           "updateContactPhoto": self.update_photo, "deleteContactPhoto": self.delete_photo,
                           "connections.list": self.connections}.items():
            room.register(f"people.people.{name}", work)
        room.register_act("people.link_profile", self.link_profile)

    def create(self, request: Request) -> dict[str, Any]:
        """people.createContact: a contact without a membership is in My Contacts."""
        mask, book = _mask_or_all(request), self._book(request)
        number = book.number()
        made = Contact(resource=f"people/c{number}", source=f"{number:x}", groups=[MINE])
        made.drawn = self._keep(drawn(made.resource), "image/png", f"{request.person.address}{number}")
        self._fill(book, made, request.given, [one for one in FIELDS if request.given.get(one)])
        book.contacts[made.resource] = made
        book.change(made, request.now)
        return masks.masked(self.whole(made, request), mask)

    def get(self, request: Request) -> dict[str, Any]:
        """people.get, of a contact or of oneself."""
        mask = masks.read(request, "personFields")
        return masks.masked(self._found(request, request.parameters["resourceName"]), mask)

    def get_batch(self, request: Request) -> dict[str, Any]:
        """people.getBatchGet, of at most 200; who is not there has a status in the place of a person."""
        mask, names = masks.read(request, "personFields"), request.parameters.get("resourceNames", [])
        if not 1 <= len(names) <= BATCH or len(set(names)) < len(names):
            raise invalid(f"resourceNames: between 1 and {BATCH}, each once")
        book, found = self._book(request), []
        for name in names:
            if name in book.contacts or name == "people/me":
                one = {"person": masks.masked(self._found(request, name), mask), "httpStatusCode": 200, "status": {}}
            else:
                one = {"httpStatusCode": 404, "status": {"code": 5, "message": "Requested entity was not found."}}
            found.append({"requestedResourceName": name, **one})
        return {"responses": found}

    def update(self, request: Request) -> dict[str, Any]:
        """people.updateContact: replaces the fields of its mask, if the contact has not changed since it was read."""
        fields = masks.read(request, "updatePersonFields")
        mask = _mask_or_all(request)
        found, book = self._contact(request), self._book(request)
        sources = (request.given.get("metadata") or {}).get("sources") or []
        held = next((one.get("etag") for one in sources if one.get("type") == "CONTACT"), None)
        if held is None:
            raise invalid("person.metadata.sources has no contact source with its etag")
        if held != source_of(found)["etag"]:
            raise stale(str(held))
        if "memberships" in fields and not request.given.get("memberships"):
            raise invalid("person.memberships: a contact has at least one contact group")
        self._fill(book, found, request.given, sorted(fields))
        book.change(found, request.now)
        return masks.masked(self.whole(found, request), mask)

    def delete(self, request: Request) -> dict[str, Any]:
        """people.deleteContact."""
        found, book = self._contact(request), self._book(request)
        del book.contacts[found.resource]
        book.remove(found.resource)
        return {}

    def update_photo(self, request: Request) -> dict[str, Any]:
        """people.updateContactPhoto. The bytes stay as they are; Google makes a JPEG of its own of them."""
        mask, found = masks.read(request, "personFields", ()), self._contact(request)
        data = octets(request.given.get("photoBytes") or "")
        kind = image_type(data)
        if kind is None:
            raise invalid("photoBytes: no picture")
        found.photo = self._keep(data, kind, f"{request.person.address}{found.source}{self._book(request).number()}")
        return self._with_photo(request, found, mask)

    def delete_photo(self, request: Request) -> dict[str, Any]:
        """people.deleteContactPhoto."""
        mask, found = masks.read(request, "personFields", ()), self._contact(request)
        if not found.photo:
            raise missing("The contact has no photo.")
        found.photo = ""
        return self._with_photo(request, found, mask)

    def connections(self, request: Request) -> dict[str, Any]:
        """people.connections.list: who changed last comes last, unless sortOrder says something else."""
        mask = masks.read(request, "personFields")
        if request.parameters["resourceName"] != "people/me":
            raise invalid("Only people/me is valid.", parameter="resourceName")
        book = self._book(request)
        known = sorted(book.contacts.values(), key=lambda one: one.revision)
        people = [(one, self.whole(one, request)) for one in known]
        order = request.parameters.get("sortOrder", "")
        if order in _KEYS:
            people.sort(key=lambda pair: _KEYS[order](pair[1]))
        elif order == "LAST_MODIFIED_DESCENDING":
            people.reverse()
        shown, about, total = listed(request, book, people, "people/")
        told = [one if one["metadata"].get("deleted") else masks.masked(one, mask) for one in shown]
        found = {"connections": told, "totalItems": total, "totalPeople": total}
        return {name: value for name, value in found.items() if value} | about

    def whole(self, contact: Contact, request: Request) -> dict[str, Any]:
        """All that can be read of a contact."""
        sources = request.parameters.get("sources") or (request.body or {}).get("sources") or []
        wanted = sources or ["READ_SOURCE_TYPE_CONTACT", "READ_SOURCE_TYPE_PROFILE"]
        if "READ_SOURCE_TYPE_CONTACT" not in wanted:
            raise not_emulated(f"contacts read without READ_SOURCE_TYPE_CONTACT: {wanted}")
        profile = contact.profile if "READ_SOURCE_TYPE_PROFILE" in wanted else {}
        fields = {name: [*contact.fields.get(name, []), *profile.get(name, [])]
                  for name in (*contact.fields, *profile)}
        fields["photos"] = [self._photo(contact, request), *profile.get("photos", [])]
        origin = [one["metadata"]["source"] for one in profile.get("names", [])]
        return {"resourceName": contact.resource, "etag": etag("%", contact.resource, contact.revision),
                "metadata": {"sources": [source_of(contact), *origin], "objectType": "PERSON"}, **fields,
                "memberships": list(memberships(contact))}

    def link_profile(self, person: Person, contact: str, name: str) -> None:
        """Whoever a contact is has a Google account: the name and photo of it are there beside the owner's own data."""
        held = self._books.of(person.address).contacts[contact]
        source = {"type": "PROFILE", "id": str(10**20 + int(held.source, 16))}
        photo = self._keep(drawn(name), "image/png", f"profile{held.source}")
        held.profile = {
            "names": [{"metadata": {"source": source}, "displayName": name, "unstructuredName": name}],
            "photos": [{"metadata": {"source": source}, "url": self._url(photo)}]}

    def _photo(self, contact: Contact, request: Request) -> dict[str, Any]:
        marks = {"primary": True, "source": {"type": "CONTACT", "id": contact.source}}
        if contact.photo:
            return {"metadata": marks, "url": self._url(contact.photo)}
        return {"metadata": marks, "url": self._url(contact.drawn), "default": True}

    def _url(self, name: str) -> str:
        return f"{self._room.state.base_url}contacts/{name}=s100"

    def _with_photo(self, request: Request, contact: Contact, mask: frozenset[str]) -> dict[str, Any]:
        self._book(request).change(contact, request.now)
        return {"person": masks.masked(self.whole(contact, request), mask)} if mask else {}

    def _keep(self, data: bytes, kind: str, seed: str) -> str:
        name = etag("A", seed, 0).replace("/", "-").replace("+", "_")
        self._room.files[name] = (data, kind)
        return name

    def _fill(self, book: Book, contact: Contact, given: dict[str, Any], fields: list[str]) -> None:
        source = {"type": "CONTACT", "id": contact.source}
        made = {name: completed(name, given.get(name) or [], source) for name in fields if name != "memberships"}
        if "memberships" in fields:
            contact.groups = _groups(book, contact, given["memberships"])
        contact.fields = {**contact.fields, **made}

    def _found(self, request: Request, name: str) -> dict[str, Any]:
        if name == "people/me":
            return _oneself(request)
        contact = self._book(request).contacts.get(name)
        if contact is None:
            raise missing()
        return self.whole(contact, request)

    def _contact(self, request: Request) -> Contact:
        found = self._book(request).contacts.get(request.parameters["resourceName"])
        if found is None:
            raise missing()
        return found

    def _book(self, request: Request) -> Book:
        return self._books.of(request.person.address)


def _mask_or_all(request: Request) -> frozenset[str]:
    """The mask of what is read after a change: all fields without one."""
    return masks.read(request, "personFields", tuple(masks.valid(request.method, "personFields")))


def _oneself(request: Request) -> dict[str, Any]:
    """The profile of the account."""
    person = request.person
    source = {"type": "PROFILE", "id": person.sub}
    marks = {"primary": True, "source": source}
    return {"resourceName": f"people/{person.sub}", "etag": etag("%", person.sub, 0),
            "metadata": {"sources": [source], "objectType": "PERSON"},
            "names": [{"metadata": marks, "displayName": person.name, "unstructuredName": person.name}],
            "emailAddresses": [{"metadata": marks, "value": person.address}]}


def _groups(book: Book, contact: Contact, entries: list[dict[str, Any]]) -> list[str]:
    """The groups of a contact; raises ApiError (400) for one that is not there or takes nobody in."""
    found: list[str] = []
    for entry in entries:
        name = (entry.get("contactGroupMembership") or {}).get("contactGroupResourceName", "")
        group = book.groups.get(name)
        if group is None or (group.system and name not in OPEN_GROUPS and name not in contact.groups):
            raise invalid(f"person.memberships: no contact can be added to {name}")
        if name not in found:
            found.append(name)
    return found


def _named(person: dict[str, Any], part: str) -> str:
    return str((person.get("names") or [{}])[0].get(part, "")).casefold()
