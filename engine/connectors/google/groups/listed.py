"""The labels of an account, with whose contacts they are on.

People.v1: contactGroups.list tells no members, and contactGroups.batchGet none unless it is said how many. It takes 200
names; fewer are asked for at once, to keep the address of the question short. What contacts say of themselves is added:
nothing says how many members may be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from engine.connectors.google.contacts.labels import GROUPS, Label, labels, labels_of
from engine.connectors.google.contacts.listed import FOLDER, people
from engine.connectors.google.contacts.names import display_name
from engine.connectors.google.contacts.person import id_of, own
from engine.connectors.google.contacts.reaching import EMAILS
from engine.connectors.google.reading.items import SHAPES, Found
from engine.connectors.google.reading.values import line
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.interfaces import Interface
from engine.ports.source import FolderList, SourceFolder

AT_ONCE = 50
NAMING = (
    "emailAddresses", "memberships", "metadata", "names", "nicknames", "organizations", "phoneNumbers",
)


def folders(_asking: Asking) -> FolderList:
    """That of the contacts; what stays is named with these."""
    return FolderList((FOLDER,))


@dataclass(slots=True)
class _Everybody:
    """All contacts, by their resource names, and who says of themselves that they have a label."""

    contacts: dict[str, Json] = field(default_factory=dict)
    with_label: dict[str, list[str]] = field(default_factory=dict)


def listed(asking: Asking, _folder: SourceFolder) -> Iterator[Found]:
    """All labels of the owner's; behind each, its members, and how many more there are said to be, if it can be read.

    None says when it was changed: a member's address is none of it.
    """
    known = {name: label for name, label in labels(asking).items() if label.is_own}
    if not known:
        return
    everybody = _everybody(asking, known)
    readable = [one for one in known.values() if not one.odd]
    yield from (Found(one.id, ({}, {})) for one in known.values() if one.odd)
    told = dict(_told(asking, readable))
    for label in readable:
        named = dict.fromkeys((*told.get(label.id, ()), *everybody.with_label.get(label.id, ())))
        members = [everybody.contacts[one] for one in named if one in everybody.contacts]
        members.sort(key=lambda one: (str(one["name"]).casefold(), str(one["id"])))
        missing = max(label.count, len(named)) - len(members)
        yield Found(label.id, ({"name": label.name}, {"members": members, "missing": missing}))


def _everybody(asking: Asking, known: Mapping[str, Label]) -> _Everybody:
    found = _Everybody()
    for person in people(asking, *NAMING):
        with suppress(*SHAPES):     # which is named with the contacts
            resource = str(person["resourceName"])
            found.contacts[resource] = _member(person)
            for label in labels_of(person, known):
                found.with_label.setdefault(label.id, []).append(resource)
    return found


def _member(person: Json) -> Json:
    """What a group tells of a contact. `same` is one of its addresses, whatever their order is."""
    told = [value for one in own(person, "emailAddresses") if (value := line(one, "value"))]
    kept = told[: len(EMAILS)]
    address = next((value for value in kept if "@" in value), "")
    return {
        "id": id_of(person), "name": display_name(person), "address": address, "first": kept[:1] == [address],
        "same": min((value for value in told if "@" in value), default="") if address else "",
    }


def _told(asking: Asking, wanted: Sequence[Label]) -> Iterator[tuple[str, list[str]]]:
    """The resource names of members, by labels."""
    for part in _parts(wanted):
        answer = asking.one(
            Interface.PEOPLE, f"{GROUPS}:batchGet", resourceNames=[one.id for one in part],
            maxMembers=max(1, *(one.count for one in part)),
        )
        for one in answer.get("responses", ()):
            group = one.get("contactGroup") or {}
            yield str(group.get("resourceName") or ""), [str(name) for name in group.get("memberResourceNames", ())]


def _parts(wanted: Sequence[Label]) -> Iterator[Sequence[Label]]:
    for start in range(0, len(wanted), AT_ONCE):
        yield wanted[start : start + AT_ONCE]
