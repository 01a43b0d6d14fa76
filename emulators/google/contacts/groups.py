"""Contact groups: list, get, batchGet, create, update, delete, members.modify."""

from typing import Any

from emulators.google.contacts import masks
from emulators.google.contacts.book import MINE, OPEN_GROUPS, SYSTEM_GROUPS, Book, Books, Group, etag
from emulators.google.contacts.syncing import listed
from emulators.google.errors import ApiError
from emulators.google.rest.refusals import invalid, missing
from emulators.google.rest.room import Request, Room
from emulators.google.rest.values import stamp

BATCH, MODIFIED = 200, 1000         # people.v1: contactGroups.batchGet, ModifyContactGroupMembersRequest
_READ = ("metadata", "groupType", "memberCount", "name")
_WRITTEN = ("metadata", "groupType", "name")


class Groups:
    """The methods of the resource `contactGroups`."""

    def __init__(self, room: Room, books: Books) -> None:
        """Register them."""
        self._books = books
        for name, work in {"list": self.groups, "get": self.get, "batchGet": self.get_batch, "create": self.create,
                           "update": self.update, "delete": self.delete, "members.modify": self.modify}.items():
            room.register(f"people.contactGroups.{name}", work)

    def groups(self, request: Request) -> dict[str, Any]:
        """contactGroups.list: the system's groups too, and no members."""
        mask, book = masks.read(request, "groupFields", _READ), self._book(request)
        every = [(one, _told(book, one, mask)) for one in book.groups.values()]
        shown, about, total = listed(request, book, every, "contactGroups/", always=True)
        return {"contactGroups": shown, "totalItems": total, **about}

    def get(self, request: Request) -> dict[str, Any]:
        """contactGroups.get, with as many members as maxMembers says: none without it."""
        mask, book = masks.read(request, "groupFields", _READ), self._book(request)
        return _told(book, self._group(request), mask, request.parameters.get("maxMembers", 0))

    def get_batch(self, request: Request) -> dict[str, Any]:
        """contactGroups.batchGet, of at most 200."""
        mask, book = masks.read(request, "groupFields", _READ), self._book(request)
        names = request.parameters.get("resourceNames", [])
        if not 1 <= len(names) <= BATCH or len(set(names)) < len(names):
            raise invalid(f"resourceNames: between 1 and {BATCH}, each once")
        found = []
        for name in names:
            group = book.groups.get(name)
            one = {"status": {"code": 5, "message": "Requested entity was not found."}} if group is None else {
                "status": {}, "contactGroup": _told(book, group, mask, request.parameters.get("maxMembers", 0))}
            found.append({"requestedResourceName": name, **one})
        return {"responses": found}

    def create(self, request: Request) -> dict[str, Any]:
        """contactGroups.create; a name that is taken is 409."""
        mask, book = masks.read(request, "readGroupFields", _WRITTEN), self._book(request)
        given = request.given.get("contactGroup") or {}
        name = _free_name(book, given.get("name"))
        made = Group(resource=f"contactGroups/{book.number():x}", name=name, client_data=given.get("clientData") or [])
        book.groups[made.resource] = made
        book.change(made, request.now)
        return _told(book, made, mask)

    def update(self, request: Request) -> dict[str, Any]:
        """contactGroups.update, of the fields of its mask; a system group has nothing to update."""
        mask = masks.read(request, "readGroupFields", _WRITTEN)
        fields = masks.read(request, "updateGroupFields", ("name",))
        group, given, book = self._own(request), request.given.get("contactGroup") or {}, self._book(request)
        if given.get("etag") not in (None, etag("#", group.resource, group.revision)):
            raise ApiError(400, "FAILED_PRECONDITION", "failedPrecondition", "contactGroup.etag is out of date")
        if "name" in fields and given.get("name") != group.name:
            group.name = _free_name(book, given.get("name"))
        if "clientData" in fields:
            group.client_data = given.get("clientData") or []
        book.change(group, request.now)
        return _told(book, group, mask)

    def delete(self, request: Request) -> dict[str, Any]:
        """contactGroups.delete; contacts of no other group go to My Contacts, unless they are deleted with it."""
        group, book = self._own(request), self._book(request)
        for name in book.members(group):
            contact = book.contacts[name]
            if request.parameters.get("deleteContacts"):
                del book.contacts[name]
                book.remove(name)
            else:
                contact.groups = [one for one in contact.groups if one != group.resource] or [MINE]
                book.change(contact, request.now)
        del book.groups[group.resource]
        book.remove(group.resource)
        return {}

    def modify(self, request: Request) -> dict[str, Any]:
        """contactGroups.members.modify; whoever is in no other group stays."""
        group, book, given = self._group(request), self._book(request), request.given
        add, remove = given.get("resourceNamesToAdd") or [], given.get("resourceNamesToRemove") or []
        if len(add) + len(remove) > MODIFIED:
            raise invalid(f"More than {MODIFIED} resource names")
        if add and group.system and group.resource not in OPEN_GROUPS:
            raise invalid(f"No contact can be added to {group.resource}")
        lost = [one for one in remove if one in book.contacts and book.contacts[one].groups == [group.resource]]
        for name in {*add, *remove} & book.contacts.keys():
            contact = book.contacts[name]
            if name in add and group.resource not in contact.groups:
                contact.groups.append(group.resource)
            elif name in remove and name not in lost and group.resource in contact.groups:
                contact.groups.remove(group.resource)
            book.change(contact, request.now)
        book.change(group, request.now)
        answer = {"notFoundResourceNames": [one for one in (*add, *remove) if one not in book.contacts],
                  "canNotRemoveLastContactGroupResourceNames": lost}
        return {name: value for name, value in answer.items() if value}

    def _own(self, request: Request) -> Group:
        group = self._group(request)
        if group.system:
            raise invalid(f"{group.resource} is a system group")
        return group

    def _group(self, request: Request) -> Group:
        found = self._book(request).groups.get(request.parameters["resourceName"])
        if found is None:
            raise missing()
        return found

    def _book(self, request: Request) -> Book:
        return self._books.of(request.person.address)


def _free_name(book: Book, name: str | None) -> str:
    if not name or not name.strip():
        raise invalid("contactGroup.name is required")
    taken = {one.name.casefold() for one in book.groups.values()} | {one.casefold() for one in SYSTEM_GROUPS.values()}
    if name.casefold() in taken:
        raise ApiError(409, "ALREADY_EXISTS", "alreadyExists", "Contact group name already exists.")
    return name


def _told(book: Book, group: Group, mask: frozenset[str], members: int = 0) -> dict[str, Any]:
    """A group as a mask wants it. As in all answers of the API, a count of 0 is not there."""
    names = book.members(group)
    changed = {} if group.system else {"updateTime": stamp(group.updated)}
    fields = {"metadata": changed, "memberCount": len(names), "name": group.name, "clientData": group.client_data,
              "groupType": "SYSTEM_CONTACT_GROUP" if group.system else "USER_CONTACT_GROUP"}
    return {"resourceName": group.resource, "etag": etag("#", group.resource, group.revision),
            **{name: value for name, value in fields.items() if name in mask and value},
            **({"formattedName": SYSTEM_GROUPS.get(group.name, group.name) if group.system else group.name}
               if "name" in mask else {}),
            **({"memberResourceNames": names[:members]} if members > 0 and names else {})}
