"""What one account has of contacts: contacts, groups, other contacts, and when each of them changed."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from emulators.google.rest.values import stamp

# people.v1, contactGroups.members.modify: to the first two contacts can be added, the others only lose them.
SYSTEM_GROUPS = {"myContacts": "My Contacts", "starred": "Starred", "all": "All Contacts",
                 "friends": "Friends", "family": "Family", "coworkers": "Coworkers", "chatBuddies": "Chat contacts",
                 "blocked": "Blocked"}
OPEN_GROUPS = ("contactGroups/myContacts", "contactGroups/starred")
MINE = OPEN_GROUPS[0]


@dataclass(slots=True, kw_only=True)
class Contact:
    """A contact. `fields` are complete entries but for memberships, which are `groups` in the order they came."""

    resource: str
    source: str         # the id of its source, in hexadecimal digits
    fields: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    photo: str = ""         # the name of the file that its owner gave it
    drawn: str = ""         # the name of the file in its place
    profile: dict[str, list[dict[str, Any]]] = field(default_factory=dict)      # of the Google account with its address
    revision: int = 0
    updated: float = 0.0
    other: bool = False


@dataclass(slots=True, kw_only=True)
class Group:
    """A contact group; a system group's `resource` ends in a word."""

    resource: str
    name: str
    system: bool = False
    client_data: list[dict[str, Any]] = field(default_factory=list)
    revision: int = 0
    updated: float = 0.0


class Book:
    """All of it. Each change has the next `revision`; what is gone is kept in `gone`."""

    def __init__(self, address: str) -> None:
        """The system's groups and nothing else."""
        self.address = address
        self.revision = 0
        self._made = 0
        self.contacts: dict[str, Contact] = {}
        self.others: dict[str, Contact] = {}
        self.groups = {f"contactGroups/{word}": Group(resource=f"contactGroups/{word}", name=word, system=True)
                       for word in SYSTEM_GROUPS}
        self.gone: dict[str, int] = {}      # the names of resources that were deleted, with their revision
        self.full: list[float] = []     # when the first pages of full listings were read
        self.begun: dict[str, int] = {}     # page tokens of listings, with the revision of the first page

    def number(self) -> int:
        """One more number for a resource: 63 bits, the same for the same history."""
        self._made += 1
        return int(sha256(f"{self.address} {self._made}".encode()).hexdigest()[:15], 16)

    def change(self, changed: Contact | Group, now: float) -> None:
        """Note that something is new or changed."""
        self.revision += 1
        changed.revision, changed.updated = self.revision, now

    def remove(self, resource: str) -> None:
        """Note that something is gone."""
        self.revision += 1
        self.gone[resource] = self.revision

    def members(self, group: Group) -> list[str]:
        """The resources of a group's contacts; `all` has everybody."""
        everybody = group.resource == "contactGroups/all"
        return [one.resource for one in self.contacts.values() if everybody or group.resource in one.groups]


class Books:
    """The books of all accounts, by primary address."""

    def __init__(self) -> None:
        """Nobody has any yet."""
        self._books: dict[str, Book] = {}

    def of(self, address: str) -> Book:
        """Somebody's."""
        return self._books.setdefault(address, Book(address))


def etag(kind: str, resource: str, revision: int) -> str:
    """`%` begins a person's, `#` that of a source or a group."""
    return kind + base64.b64encode(sha256(f"{resource} {revision}".encode()).digest()[:9]).decode()


def memberships(contact: Contact) -> Iterator[dict[str, Any]]:
    """The field `memberships` of a contact."""
    for group in contact.groups:
        yield {"metadata": {"source": {"type": "CONTACT", "id": contact.source}},
               "contactGroupMembership": {"contactGroupId": group.partition("/")[2], "contactGroupResourceName": group}}


def source_of(contact: Contact) -> dict[str, Any]:
    """The source of a contact in the metadata of the whole."""
    return {"type": "OTHER_CONTACT" if contact.other else "CONTACT", "id": contact.source,
            "etag": etag("#", contact.resource, contact.revision), "updateTime": stamp(contact.updated)}
