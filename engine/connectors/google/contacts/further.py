"""What else a contact holds: web pages, interests, what programs and people have noted beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.connectors.google.contacts.card import Card
from engine.connectors.google.contacts.person import own
from engine.connectors.google.reading.values import line, lines
from engine.connectors.google.rest.asking import Json

_PERSONAL, _FTP = "0x3a50", "0x3a4c"                # PidTagPersonalHomePage, PidTagFtpSite
_GENDER, _HOBBIES, _LANGUAGE, _PLACE = "0x3a4d", "0x3a43", "0x3a0c", "0x3a0d"   # PidTagGender, …Hobbies, …
_BUSY = "0x80d8"                                    # PidLidFreeBusyLocation
GENDERS: Mapping[str, str] = MappingProxyType({"female": "1", "male": "2"})     # [MS-OXOCNTC] 2.2.1.10.11
# PidTagAccount, PidTagCustomerId, PidTagOrganizationalIdNumber, PidTagComputerNetworkName
IDS: Mapping[str, str] = MappingProxyType({
    "account": "0x3a00", "customer": "0x3a4a", "organization": "0x3a10", "network": "0x3a49",
})
_USER_FIELDS = ("0x804f", "0x8050", "0x8051", "0x8052")     # PidLidContactUserField1 to …4
_BILLING = "0x8535"                                         # PidLidBilling
PROGRAMS = "what programs have kept beside it for themselves is not carried: {}"
NAMED = 5


def put_further(card: Card, person: Json) -> None:
    """Gives a contact all else that it has."""
    _put_pages(card, person)
    _put_person(card, person)
    _put_ids(card, person)
    _put_keywords(card, person)
    for one in own(person, "userDefined"):
        card.keep(line(one, "key") or "Note", lines(one, "value"))


def _put_pages(card: Card, person: Json) -> None:
    """One page for all to see, a private one, and one of FTP; the others go into the notes."""
    for one in own(person, "urls"):
        value, kind = line(one, "value"), line(one, "type")
        if kind == "ftp":
            is_put = card.show(_FTP, "Web page", value, kind)
        elif kind == "home":
            is_put = card.show(_PERSONAL, "Web page", value, kind)
        else:
            is_put = card.put("BusinessHomePage", value)
        if not is_put:
            card.keep("Web page", value, kind)
        elif kind not in ("", "work", "home", "ftp", "homePage", "other"):
            card.note("Web page", value, kind)
    for one in own(person, "calendarUrls"):
        value, kind = line(one, "url"), line(one, "type")
        if kind != "freeBusy" or not card.show(_BUSY, "Calendar", value, kind):
            card.keep("Calendar", value, kind)


def _put_person(card: Card, person: Json) -> None:
    for one in own(person, "genders"):
        value = line(one, "value")
        if card.give(_GENDER, GENDERS.get(value, "")):
            card.note("Gender", value)
        else:
            card.keep("Gender", value if value != "unspecified" else "")
        card.keep("Pronouns", line(one, "addressMeAs"))
    card.show(_HOBBIES, "Interests", ", ".join(_values(person, "interests")))
    for what, name, number in (("Language", "locales", _LANGUAGE), ("Location", "locations", _PLACE)):
        for one in own(person, name):
            value = _location(one) if name == "locations" else line(one, "value")
            if not card.show(number, what, value, line(one, "type")):
                card.keep(what, value, line(one, "type"))
    for value in _values(person, "skills"):
        card.keep("Skill", value)


def _values(person: Json, name: str) -> Iterator[str]:
    return filter(None, (line(one, "value") for one in own(person, name)))


def _location(one: Json) -> str:
    return ", ".join(filter(None, (line(one, name) for name in (
        "value", "buildingId", "floor", "floorSection", "deskCode",
    ))))


def _put_ids(card: Card, person: Json) -> None:
    for one in own(person, "externalIds"):
        value, kind = line(one, "value"), line(one, "type")
        if kind not in IDS or not card.show(IDS[kind], "Id", value, kind):
            card.keep("Id", value, kind)


def _put_keywords(card: Card, person: Json) -> None:
    """What Google keeps of contacts that came from Outlook goes back to where it was there."""
    for one in own(person, "miscKeywords"):
        value, kind = line(one, "value"), str(one.get("type") or "")
        is_put = (
            (kind == "OUTLOOK_BILLING_INFORMATION" and card.give(_BILLING, value))
            or (kind == "OUTLOOK_MILEAGE" and card.put("Mileage", value))
            or (kind == "OUTLOOK_USER" and any(card.give(number, value) for number in _USER_FIELDS))
        )
        if not is_put:
            card.keep("Keyword", value, kind.removeprefix("OUTLOOK_").replace("_", " ").lower())


def of_programs(person: Json) -> Iterator[str]:
    """Words on what programs have kept beside a contact, which its owner never sees."""
    keys = sorted({line(one, "key") for one in own(person, "clientData")} - {""})
    if keys:
        yield PROGRAMS.format(", ".join(keys[:NAMED]) + (", …" if len(keys) > NAMED else ""))
