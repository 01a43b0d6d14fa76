"""The fields of a contact as the server completes them: display names, formatted types and values, metadata."""

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulators.google.errors import ApiError
from emulators.google.rest.refusals import invalid, not_emulated

SINGLETONS = ("biographies", "birthdays", "genders", "names")       # people.v1, createContact
FIELDS = ("addresses", "biographies", "birthdays", "calendarUrls", "clientData", "emailAddresses", "events",
          "externalIds", "fileAses", "genders", "imClients", "interests", "locales", "locations", "memberships",
          "miscKeywords", "names", "nicknames", "occupations", "organizations", "phoneNumbers", "relations",
          "sipAddresses", "urls", "userDefined")        # those that updateContact takes, and fileAses
_NAME = ("honorificPrefix", "givenName", "middleName", "familyName")
_PROTOCOLS = {"aim": "AIM", "msn": "MSN", "yahoo": "Yahoo", "skype": "Skype", "qq": "QQ", "googleTalk": "Google Talk",
              "icq": "ICQ", "jabber": "Jabber", "netMeeting": "NetMeeting"}

Entry = dict[str, Any]


def completed(field: str, entries: Sequence[Entry], source: Mapping[str, Any]) -> list[Entry]:
    """The entries of a field as they are read; the first one is the primary one. Raises ApiError (400)."""
    if field in SINGLETONS and len(entries) > 1:
        raise invalid(f"Cannot have more than one person.{field} per source.")
    chosen = next((number for number, one in enumerate(entries)
                   if (one.get("metadata") or {}).get("sourcePrimary")), 0)
    found = []
    for number, entry in enumerate(entries):
        given = {name: value for name, value in entry.items() if name != "metadata" and value is not None}
        marks = {"primary": True, "sourcePrimary": True} if number == chosen else {}
        found.append({"metadata": {**marks, "source": dict(source)}, **_COMPLETED.get(field, _typed)(given)})
    return found


def _typed(entry: Entry) -> Entry:
    """With the type in words of the viewer's language; a type of the owner's own stays as it is."""
    if not entry.get("type"):
        return entry
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entry["type"])
    return entry | {"formattedType": words[:1].upper() + words[1:]}


def _name(entry: Entry) -> Entry:
    """The parts with the names that are shown; no page says how they are put together (here as in English)."""
    parts = [entry[part] for part in _NAME if entry.get(part)]
    whole = " ".join(parts)
    if entry.get("honorificSuffix"):
        whole = f"{whole}, {entry['honorificSuffix']}" if whole else entry["honorificSuffix"]
    if not whole:
        return _free_name(entry)
    first = " ".join(entry[part] for part in ("givenName", "middleName") if entry.get(part))
    last_first = ", ".join(one for one in (entry.get("familyName"), first) if one)
    return entry | {"displayName": whole, "displayNameLastFirst": last_first or whole, "unstructuredName": whole}


def _free_name(entry: Entry) -> Entry:
    free = entry.get("unstructuredName", "")
    if " " in free.strip():
        raise not_emulated("an unstructuredName of several words: no document says how it is taken apart")
    named = {"displayName": free, "displayNameLastFirst": free, "givenName": free} if free else {}
    return entry | named


def _birthday(entry: Entry) -> Entry:
    _check_date(entry.get("date"))
    return entry


def _event(entry: Entry) -> Entry:
    _check_date(entry.get("date"))
    return _typed(entry)


def _organization(entry: Entry) -> Entry:
    for one in ("startDate", "endDate"):
        _check_date(entry.get(one))
    return _typed(entry)


def _check_date(date: Mapping[str, int] | None) -> None:
    """People.v1, Date: a year of 0 is none, a day of 0 neither, a month of 0 only without a day."""
    if date is None:
        return
    year, month, day = (date.get(part) or 0 for part in ("year", "month", "day"))
    longest = calendar.monthrange(year or 2000, month)[1] if 1 <= month <= 12 else 0
    if not (0 <= year <= 9999 and 0 <= month <= 12 and 0 <= day <= longest) or not (year or month):
        raise invalid(f"Invalid date: {dict(date)}")


def _address(entry: Entry) -> Entry:
    town = " ".join(one for one in (
        ", ".join(one for one in (entry.get("city"), entry.get("region")) if one), entry.get("postalCode")) if one)
    lines = (entry.get("poBox"), entry.get("streetAddress"), entry.get("extendedAddress"), town, entry.get("country"))
    built = "\n".join(one for one in lines if one)
    return _typed({**({"formattedValue": built} if built else {}), **entry})


def _phone(entry: Entry) -> Entry:
    value = entry.get("value", "")
    plain = "+" + re.sub(r"\D", "", value)
    known = {"canonicalForm": plain} if value.strip().startswith("+") and len(plain) > 7 else {}
    return _typed(entry | known)


def _messenger(entry: Entry) -> Entry:
    protocol = entry.get("protocol")
    return _typed(entry | ({"formattedProtocol": _PROTOCOLS.get(protocol, protocol)} if protocol else {}))


def _biography(entry: Entry) -> Entry:
    return {"contentType": "TEXT_PLAIN", **entry}


def _gender(entry: Entry) -> Entry:
    value = entry.get("value", "")
    return entry | {"formattedValue": value[:1].upper() + value[1:]}


def _as_is(entry: Entry) -> Entry:
    return entry


_COMPLETED: Mapping[str, Callable[[Entry], Entry]] = {
    "names": _name, "birthdays": _birthday, "events": _event, "organizations": _organization, "addresses": _address,
    "phoneNumbers": _phone, "imClients": _messenger, "biographies": _biography, "genders": _gender,
    "nicknames": _as_is, "locations": _as_is,
}


def stale(given: str) -> ApiError:
    """400 with the reason failedPrecondition (people.v1, updateContact), for an etag of an earlier state."""
    return ApiError(400, "FAILED_PRECONDITION", "failedPrecondition",
                    f"Request person.etag is different than the current person.etag: {given}")
