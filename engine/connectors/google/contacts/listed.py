"""The contacts of an account, as Google lists them.

People.v1, people.connections.list: 100 people a page unless more are asked for (1000 at most), of each the fields that
are named, and at most 100 addresses of mail and phone numbers; whoever has more is asked for alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress

from engine.connectors.google.contacts.labels import Label, labels, labels_of
from engine.connectors.google.contacts.person import id_of, updated
from engine.connectors.google.reading.items import SHAPES, Found
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.interfaces import Interface
from engine.errors import GoneError
from engine.ports.source import FolderList, LeftFolder, Role, SourceFolder

CONNECTIONS = "/people/me/connections"
MOST_PEOPLE = 1000      # a page
CUT_AT = 100            # addresses of mail, or phones, in a list
FIELDS = (
    "addresses", "biographies", "birthdays", "calendarUrls", "clientData", "emailAddresses", "events", "externalIds",
    "genders", "imClients", "interests", "locales", "locations", "memberships", "metadata", "miscKeywords", "names",
    "nicknames", "occupations", "organizations", "phoneNumbers", "photos", "relations", "sipAddresses", "skills",
    "urls", "userDefined",
)
FOLDER = SourceFolder(("Contacts",), "contacts", Role.CONTACTS)
NOTED_BY_GOOGLE = "addresses that Google has noted by itself of people written to; they are nobody's contacts"


def folders(_asking: Asking) -> FolderList:
    """The one place where an account has its contacts. “Other contacts” need a permission that OMM does not ask for."""
    return FolderList((FOLDER,), left=(LeftFolder(("Other contacts",), None, NOTED_BY_GOOGLE, counted=False),))


def people(asking: Asking, *fields: str) -> Iterator[Json]:
    """Everybody among the contacts, with those fields."""
    for one in asking.pages(
        Interface.PEOPLE, CONNECTIONS, "connections", pageSize=MOST_PEOPLE, personFields=",".join(fields)
    ):
        if not _is_deleted(one):
            yield one


def _is_deleted(person: Json) -> bool:
    metadata = person.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("deleted"))


def listed(asking: Asking, _folder: SourceFolder) -> Iterator[Found]:
    """All contacts; behind each, its labels by their names, and nothing behind one that cannot be read."""
    known = labels(asking)
    for person in people(asking, *FIELDS):
        try:
            yield _found(_whole(asking, person), known)
        except SHAPES:
            yield Found(f"odd {json.dumps(person, sort_keys=True)}", (person, {}))


def _found(person: Json, known: Mapping[str, Label]) -> Found:
    """A contact. It counts as changed where one of its labels was: that may have another name."""
    found = labels_of(person, known)
    times = [when for when in (updated(person), *(one.updated for one in found)) if when is not None]
    beside = {"labels": [one.name for one in found if one.name]}
    return Found(id_of(person), (person, beside), max(times) if updated(person) is not None else None)


def _whole(asking: Asking, person: Json) -> Json:
    if all(len(person.get(name, ())) < CUT_AT for name in ("emailAddresses", "phoneNumbers")):
        return person
    with suppress(GoneError):       # removed meanwhile: what was listed of it is all that there is
        return asking.one(Interface.PEOPLE, f"/{person['resourceName']}", personFields=",".join(FIELDS))
    return person
