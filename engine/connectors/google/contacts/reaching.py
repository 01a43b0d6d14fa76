"""How somebody is reached: addresses of mail, phones, instant messengers, postal addresses.

An Exchange contact has three addresses of mail and of messengers, which it does not call private or business, and one
or two numbers of each kind of phone (the keys of EmailAddressDictionaryEntryType and its sisters, types.xsd).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.connectors.exchange.typed import xml
from engine.connectors.google.contacts.card import Card
from engine.connectors.google.contacts.person import own
from engine.connectors.google.reading.values import line, lines
from engine.connectors.google.rest.asking import Json

EMAILS = ("EmailAddress1", "EmailAddress2", "EmailAddress3")
MESSENGERS = ("ImAddress1", "ImAddress2", "ImAddress3")
USUAL = frozenset({"", "home", "work", "other"})
# The keys of a type that says all that they say.
PHONES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "home": ("HomePhone", "HomePhone2"), "work": ("BusinessPhone", "BusinessPhone2"), "mobile": ("MobilePhone",),
    "homeFax": ("HomeFax",), "workFax": ("BusinessFax",), "otherFax": ("OtherFax",), "pager": ("Pager",),
    "main": ("PrimaryPhone",), "other": ("OtherTelephone",), "": ("OtherTelephone",),
})
# Types that somebody has made up, and that Exchange has a key for: by their letters.
MADE_UP: Mapping[str, str] = MappingProxyType({
    "assistant": "AssistantPhone", "callback": "Callback", "car": "CarPhone", "companymain": "CompanyMainPhone",
    "isdn": "Isdn", "radio": "RadioPhone", "telex": "Telex", "ttytdd": "TtyTddPhone",
})
# Keys that say less than the type: the notes say the rest.
NEARLY: Mapping[str, str] = MappingProxyType({"workMobile": "MobilePhone", "workPager": "Pager"})
PLACES: Mapping[str, str] = MappingProxyType({"home": "Home", "work": "Business"})
OTHER = "Other"
# PidTagHomeAddressPostOfficeBox, PidLidWorkAddressPostOfficeBox, PidTagOtherAddressPostOfficeBox
BOXES: Mapping[str, str] = MappingProxyType({"Home": "0x3a5e", "Business": "0x804a", "Other": "0x3a64"})
# PidLidHomeAddressCountryCode, PidLidWorkAddressCountryCode, PidLidOtherAddressCountryCode
CODES: Mapping[str, str] = MappingProxyType({"Home": "0x80da", "Business": "0x80db", "Other": "0x80dc"})
OTHER_PHONE = "OtherTelephone"
E_MAIL, PHONE, ADDRESS, MESSENGER = "E-mail address", "Phone", "Address", "Instant messenger"


def put_emails(card: Card, person: Json) -> None:
    """The first three addresses with their names; all others go into the notes."""
    free = list(EMAILS)
    for one in own(person, "emailAddresses"):
        value, name, kind = line(one, "value"), line(one, "displayName"), _called(one)
        if value and free:
            card.entry("EmailAddresses", free.pop(0), value, Name=name or value, RoutingType="SMTP")
            card.note(E_MAIL, value if kind else "", kind)
        elif value:
            card.keep(E_MAIL, f"{value} ({name})" if name else value, line(one, "type"))


def _called(of: Json) -> str:
    """What the owner has called it, where that is none of the usual types."""
    kind = line(of, "type")
    return "" if kind in USUAL else kind


def put_phones(card: Card, person: Json) -> None:
    """Each number under the key of its type, as long as there is one that is free; those that fit exactly go first."""
    numbers = [(line(one, "value"), line(one, "type")) for one in own(person, "phoneNumbers") if line(one, "value")]
    for value, kind in sorted(numbers, key=lambda one: not _keys(one[1])):
        if any(card.entry("PhoneNumbers", key, value) is not None for key in _keys(kind)):
            continue
        if not _keys(kind) and card.entry("PhoneNumbers", NEARLY.get(kind, OTHER_PHONE), value) is not None:
            card.note(PHONE, value, kind)
        else:
            card.keep(PHONE, value, kind)


def _keys(kind: str) -> tuple[str, ...]:
    """The keys that say what the type says; () where none does."""
    letters = "".join(filter(str.isalnum, kind)).lower()
    return PHONES.get(kind) or ((MADE_UP[letters],) if letters in MADE_UP else ())


def put_messengers(card: Card, person: Json) -> None:
    """The first three; the notes say of each which service it is of. An address of SIP is one where there is room."""
    free = list(MESSENGERS)
    clients = [(line(one, "username"), line(one, "protocol") or _called(one)) for one in own(person, "imClients")]
    addresses = [(line(one, "value"), "SIP") for one in own(person, "sipAddresses")]
    for value, kind in (*clients, *addresses):
        if value and free:
            card.entry("ImAddresses", free.pop(0), value)
            card.note(MESSENGER, value if kind else "", kind)
        else:
            card.keep(MESSENGER, value, kind)


def put_addresses(card: Card, person: Json) -> None:
    """One of each kind; the primary one is where its mail goes."""
    found = own(person, "addresses")
    for one in sorted(found, key=lambda each: line(each, "type") not in USUAL):
        kind = line(one, "type")
        key = PLACES.get(kind, OTHER)
        if not _put_address(card, key, one):
            card.keep(ADDRESS, ", ".join(_whole(one).splitlines()), kind)
        elif kind not in USUAL:
            card.note(ADDRESS, ", ".join(_whole(one).splitlines()), kind)
        if one is found[0] and kind in USUAL:
            card.put("PostalAddressIndex", key)


def _put_address(card: Card, key: str, address: Json) -> bool:
    """False: there is one under that key already. An address without parts is a street of several lines."""
    code = line(address, "countryCode")
    street = "\n".join(filter(None, (lines(address, name) for name in ("streetAddress", "extendedAddress"))))
    parts = [
        ("Street", street), ("City", line(address, "city")), ("State", line(address, "region")),
        ("CountryOrRegion", line(address, "country") or code), ("PostalCode", line(address, "postalCode")),
    ]
    box = line(address, "poBox")
    if not any(value for _, value in parts[:3]) and not box and not parts[4][1]:
        parts[0] = ("Street", lines(address, "formattedValue"))
    if not any(value for _, value in parts) and not box:
        return True
    entry = card.entry("PhysicalAddresses", key)
    if entry is None:
        return False
    for name, value in parts:
        if value:
            xml.add(entry, name, value)
    card.show(BOXES[key], "P.O. box", box, line(address, "type"))
    card.give(CODES[key], code)
    return True


def _whole(address: Json) -> str:
    """The address as Google writes it, or its parts."""
    names = ("poBox", "streetAddress", "extendedAddress", "postalCode", "city", "region", "country")
    code = "" if line(address, "country") else line(address, "countryCode")
    parts = "\n".join(filter(None, (*(lines(address, name) for name in names), code)))
    return lines(address, "formattedValue") or parts
