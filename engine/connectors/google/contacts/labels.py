"""Labels of contacts (contact groups): what of them becomes a category, and what a contact group.

A label of the owner's becomes both. Of Google's own groups the star, and the three that old accounts have (friends,
family, coworkers), become categories; myContacts holds every contact, and the others are no choice of the owner's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.connectors.google.contacts.person import own
from engine.connectors.google.mail.labels import category
from engine.connectors.google.reading.items import SHAPES
from engine.connectors.google.reading.values import line, time
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.interfaces import Interface

GROUPS = "/contactGroups"
MOST_GROUPS = 1000          # a page; 30 unless more are asked for (people.v1, contactGroups.list)
LONGEST_CATEGORY = 255      # characters
SHOWN = frozenset({"starred", "friends", "family", "coworkers"})
OWN = "USER_CONTACT_GROUP"


@dataclass(frozen=True, slots=True)
class Label:
    """A contact group. `id` is its resource name; `count` how many members it has. `odd`: it cannot be read."""

    id: str
    name: str
    count: int = 0
    is_own: bool = True
    updated: datetime | None = None
    odd: bool = False


def labels(asking: Asking) -> dict[str, Label]:
    """The labels of the owner's and those of Google's that become categories, by their ids."""
    given = asking.pages(Interface.PEOPLE, GROUPS, "contactGroups", pageSize=MOST_GROUPS)
    found = (_known(one) for one in given)
    return {one.id: one for one in found if one is not None}


def _known(of: Json) -> Label | None:
    """None: it is none of these, or deleted."""
    try:
        return None if (of.get("metadata") or {}).get("deleted") else _label(of)
    except SHAPES:
        return Label(f"odd {json.dumps(of, sort_keys=True)}", "", odd=True)


def _label(of: Json) -> Label | None:
    is_own, name = of.get("groupType") == OWN, line(of, "name")
    if not is_own and name not in SHOWN:
        return None
    shown = name if is_own else line(of, "formattedName") or name
    updated = time(of.get("metadata") or {}, "updateTime")
    return Label(str(of["resourceName"]), shown, int(of.get("memberCount") or 0), is_own, updated)


def labels_of(person: Json, known: Mapping[str, Label]) -> list[Label]:
    """The labels of a contact, by their names; those that are not `known` are none."""
    named = dict.fromkeys(_memberships(person))
    return sorted((known[one] for one in named if one in known), key=lambda one: (one.name.casefold(), one.id))


def _memberships(person: Json) -> Iterator[str]:
    for one in own(person, "memberships"):
        yield str((one.get("contactGroupMembership") or {}).get("contactGroupResourceName") or "")


def category_names(names: Iterable[str]) -> list[str]:
    """The categories that labels of those names become."""
    return list(dict.fromkeys(category(name)[:LONGEST_CATEGORY] for name in names))
