"""A person as Google tells it: whose each field is, and which comes first.

Google merges what the owner has written (sources of the type CONTACT) with what people have said of themselves
(PROFILE, DOMAIN_PROFILE, ACCOUNT). The items of a field are in no order; one may be the primary one of its source
(people.v1, Person, FieldMetadata).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from engine.connectors.google.reading.values import time
from engine.connectors.google.rest.asking import Json

CONTACT = "CONTACT"
# What of somebody's own profile Google shows beside a contact, in the words of a report.
SHOWN_OF_PROFILES: Mapping[str, str] = MappingProxyType({
    "photos": "photo", "emailAddresses": "e-mail address", "phoneNumbers": "phone number", "addresses": "address",
    "organizations": "organization", "birthdays": "birthday", "urls": "web page", "biographies": "biography",
    "nicknames": "nickname", "occupations": "occupation", "relations": "relation", "events": "event",
    "locations": "location", "skills": "skill", "interests": "interest",
})


def own(person: Json, name: str) -> list[Json]:
    """What the owner has written into a field, the primary item first."""
    found = [one for one in person.get(name, ()) if _source(one) in (CONTACT, "")]
    return sorted(found, key=lambda one: not _is_primary(one))


def others(person: Json, name: str) -> list[Json]:
    """What a profile says in a field, the primary item first."""
    found = [one for one in person.get(name, ()) if _source(one) not in (CONTACT, "")]
    return sorted(found, key=lambda one: not _is_primary(one))


def given(items: list[Json]) -> list[Json]:
    """Those that somebody has given: no picture that Google has made up."""
    return [one for one in items if not one.get("default")]


def _source(of: Json) -> str:
    return str(((of.get("metadata") or {}).get("source") or {}).get("type") or "")


def _is_primary(of: Json) -> bool:
    known = of.get("metadata") or {}
    return bool(known.get("sourcePrimary") or known.get("primary"))


def id_of(person: Json) -> str:
    """What a contact is known by at each visit.

    Its resource name may change when a profile is linked to it (people.v1, PersonMetadata.previousResourceNames); the
    id within the owner's contacts does not. Those of old accounts are small numbers, which other accounts have as well.
    """
    found = sorted(str(one["id"]) for one in _sources(person) if one.get("id"))
    return f"contact {found[0]}" if found else str(person["resourceName"])


def updated(person: Json) -> datetime | None:
    """When the owner has changed it last, UTC; None where Google does not tell."""
    found = [when for one in _sources(person) if (when := time(one, "updateTime")) is not None]
    return max(found, default=None)


def _sources(person: Json) -> list[Json]:
    return [one for one in (person.get("metadata") or {}).get("sources", ()) if one.get("type") == CONTACT]
