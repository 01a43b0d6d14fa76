"""How a contact is called."""

from __future__ import annotations

from engine.connectors.google.contacts.card import Card
from engine.connectors.google.contacts.person import others, own
from engine.connectors.google.reading.values import line
from engine.connectors.google.rest.asking import Json

_FIELDS = (
    ("givenName", "GivenName"), ("middleName", "MiddleName"), ("familyName", "Surname"),
    ("honorificSuffix", "Generation"),
)
_PREFIX = "0x3a45"                                                          # PidTagDisplayNamePrefix
_YOMI = (("phoneticGivenName", "0x802c"), ("phoneticFamilyName", "0x802d"))     # PidLidYomiFirstName, …LastName
_SPELLED = (
    ("phoneticMiddleName", "Middle name as it sounds"), ("phoneticHonorificPrefix", "Title as it sounds"),
    ("phoneticHonorificSuffix", "Suffix as it sounds"),
)
_PARTS = ("honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix")
# By which Google's list shows whoever has no name: first what is there.
_INSTEAD = (("nicknames", "value"), ("organizations", "name"), ("emailAddresses", "value"), ("phoneNumbers", "value"))


def put_names(card: Card, person: Json) -> None:
    """Gives a contact its names; one without any has that of the person's profile, which Google shows then."""
    names = own(person, "names")
    for name in names[:1] or others(person, "names")[:1]:
        for told, field in _FIELDS:
            card.put(field, line(name, told))
        card.give(_PREFIX, line(name, "honorificPrefix"))
        _put_sounds(card, name)
    for name in names[1:]:
        card.keep("Name", _whole(name))
        card.keep("Name as it sounds", _sounds(name))
    shown = display_name(person)
    card.put("DisplayName", shown)
    card.put("FileAs", shown)
    _put_nicknames(card, person)


def _put_sounds(card: Card, name: Json) -> None:
    for told, number in _YOMI:
        card.give(number, line(name, told))
    for told, what in _SPELLED:
        card.keep(what, line(name, told))
    if not any(line(name, told) for told, _ in _YOMI):
        card.keep("Name as it sounds", line(name, "phoneticFullName"))


def _sounds(name: Json) -> str:
    told = ("HonorificPrefix", "GivenName", "MiddleName", "FamilyName", "HonorificSuffix")
    return " ".join(filter(None, (line(name, f"phonetic{part}") for part in told))) or line(name, "phoneticFullName")


def _put_nicknames(card: Card, person: Json) -> None:
    """One is the nickname; initials have a field of their own, and a maiden name has none."""
    for one in own(person, "nicknames"):
        value, kind = line(one, "value"), str(one.get("type") or "DEFAULT")
        if kind == "INITIALS" and card.put("Initials", value):
            continue
        if kind in ("MAIDEN_NAME", "INITIALS") or not card.put("Nickname", value):
            card.keep("Nickname", value, "" if kind == "DEFAULT" else kind.replace("_", " ").lower())


def display_name(person: Json) -> str:
    """What a contact is called, as Google's list shows it; "": it has nothing to be called by."""
    for name in (own(person, "names") or others(person, "names"))[:1]:
        if shown := _whole(name):
            return shown
    found = (line(one, value) for field, value in _INSTEAD for one in own(person, field))
    return next(filter(None, found), "")


def _whole(name: Json) -> str:
    parts = " ".join(filter(None, (line(name, part) for part in _PARTS)))
    return line(name, "displayName") or line(name, "unstructuredName") or parts
