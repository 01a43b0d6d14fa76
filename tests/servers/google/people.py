"""People as Google's interface tells them, by the discovery document people.v1."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
WRITTEN = "2026-04-01T10:00:00.123456Z"
JPEG = b"\xff\xd8\xff\xe0 a picture"


def by_owner(primary: bool = False) -> Json:
    """Where a field comes from: the owner has written it."""
    return {"metadata": {"source": {"type": "CONTACT", "id": "x"}, **({"sourcePrimary": True} if primary else {})}}


def by_profile() -> Json:
    """Somebody's own profile says it."""
    return {"metadata": {"source": {"type": "PROFILE", "id": "1"}, "sourcePrimary": True, "primary": True}}


def person(number: int, **fields: list[Json]) -> Json:
    """A contact; whatever does not say where it comes from, the owner has written."""
    return {
        "resourceName": f"people/c{number}", "etag": "e",
        "metadata": {"objectType": "PERSON", "sources": [
            {"type": "CONTACT", "id": f"{number:x}", "etag": "e", "updateTime": WRITTEN},
        ]},
        **{name: [{**by_owner(primary=not at), **one} for at, one in enumerate(each)] for name, each in fields.items()},
    }


def named(number: int, name: str, *addresses: str, labels: tuple[str, ...] = (), **more: list[Json]) -> Json:
    """A contact with a name, addresses and labels."""
    given, _, family = name.partition(" ")
    return person(
        number, names=[{"displayName": name, "givenName": given, "familyName": family}],
        emailAddresses=[{"value": one} for one in addresses],
        memberships=[member("myContacts"), *map(member, labels)], **more,
    )


def member(label: str) -> Json:
    """Has a label."""
    return {"contactGroupMembership": {"contactGroupId": label, "contactGroupResourceName": f"contactGroups/{label}"}}


def label(key: str, name: str, count: int = 0) -> Json:
    """A label of the owner's."""
    return {
        "resourceName": f"contactGroups/{key}", "groupType": "USER_CONTACT_GROUP", "name": name, "formattedName": name,
        "memberCount": count, "metadata": {"updateTime": WRITTEN},
    }


def system(name: str, shown: str) -> Json:
    """A group of Google's own."""
    return {
        "resourceName": f"contactGroups/{name}", "groupType": "SYSTEM_CONTACT_GROUP", "name": name,
        "formattedName": shown,
    }


def full(number: int) -> Json:
    """A contact with every field that an owner can write, as many of each as Exchange has room for."""
    return person(
        number,
        names=[{
            "displayName": "Dr. Özlem M. Muster III", "givenName": "Özlem", "middleName": "M.", "familyName": "Muster",
            "honorificPrefix": "Dr.", "honorificSuffix": "III", "phoneticGivenName": "Oezlem",
            "phoneticFamilyName": "Mooster",
        }],
        nicknames=[{"value": "Ö"}, {"value": "Ö.M.", "type": "INITIALS"}],
        emailAddresses=[
            {"value": "o@example.net", "displayName": "Özlem <1>", "type": "work"},
            {"value": "o@home.example", "type": "home"}, {"value": "o@club.example", "type": "other"},
        ],
        phoneNumbers=[{"value": f"+49 {at}", "type": kind} for at, kind in enumerate((
            "home", "home", "work", "work", "mobile", "homeFax", "workFax", "otherFax", "pager", "main", "other",
            "Assistant", "Callback", "Car", "Company main", "ISDN", "Radio", "Telex", "TTY/TDD",
        ))],
        addresses=[
            {"type": kind, "streetAddress": f"{kind} St. 1", "extendedAddress": "2nd floor", "city": "Lyon",
             "region": "ARA", "postalCode": "69001", "country": "France", "countryCode": "FR", "poBox": f"Box {kind}",
             "formattedValue": f"{kind} St. 1\n2nd floor\nLyon"} for kind in ("work", "home", "other")
        ],
        organizations=[{
            "name": "Contoso & Co", "title": "Chief", "department": "R&D", "location": "B/12",
            "phoneticName": "Kontoso",
        }],
        occupations=[{"value": "Baker"}],
        birthdays=[{"date": {"year": 1975, "month": 6, "day": 1}, "text": "06/01/1975"}],
        events=[{"type": "anniversary", "date": {"year": 2001, "month": 2, "day": 3}}],
        relations=[
            {"type": "spouse", "person": "Sam"}, {"type": "child", "person": "Kim"}, {"type": "child", "person": "Bo"},
            {"type": "manager", "person": "Max"}, {"type": "assistant", "person": "Ann"},
            {"type": "referredBy", "person": "Ref"},
        ],
        urls=[
            {"type": "work", "value": "https://example.net/a?b=c"}, {"type": "home", "value": "https://home.example"},
            {"type": "ftp", "value": "ftp://example.net"},
        ],
        imClients=[{"username": f"oezlem{at}"} for at in (1, 2, 3)],
        biographies=[{"value": "<p>Met in <b>Łódź</b></p>", "contentType": "TEXT_HTML"}],
        genders=[{"value": "female"}], interests=[{"value": "stargazing"}, {"value": "bread"}],
        locales=[{"value": "fr-FR"}], locations=[{"value": "Desk 4"}],
        externalIds=[
            {"type": "account", "value": "a-1"}, {"type": "customer", "value": "c-2"},
            {"type": "organization", "value": "o-3"}, {"type": "network", "value": "n-4"},
        ],
        calendarUrls=[{"type": "freeBusy", "url": "https://example.net/busy"}],
        miscKeywords=[
            {"type": "OUTLOOK_BILLING_INFORMATION", "value": "on the house"},
            {"type": "OUTLOOK_MILEAGE", "value": "12 km"},
            *({"type": "OUTLOOK_USER", "value": f"user {at}"} for at in (1, 2, 3, 4)),
        ],
        photos=[{"url": f"https://photos.example/{number}"}],
        memberships=[member("myContacts"), member("choir")],
    )
