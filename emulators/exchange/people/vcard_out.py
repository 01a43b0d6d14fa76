"""A contact as a vCard, as MIME holds one that is attached to a message (MS-OXVCARD 3.2, [MS-OXCMAIL] 2.1.3.4.6)."""

from collections.abc import Iterator

from emulators.exchange.fragments import parsed, plain
from emulators.exchange.item import Item
from emulators.exchange.people import contact, names

_PLAIN = {"NICKNAME": "Nickname", "TITLE": "JobTitle", "ROLE": "Profession", "URL;TYPE=work": "BusinessHomePage",
          "X-MS-MANAGER;TYPE=N": "Manager", "X-MS-ASSISTANT;TYPE=N": "AssistantName",
          "X-MS-SPOUSE;TYPE=N": "SpouseName"}
_NAME = ("Surname", "GivenName", "MiddleName", "DisplayNamePrefix", "Generation")
_PHONES = {
    "BusinessPhone": "TEL;TYPE=work,pref", "BusinessPhone2": "TEL;TYPE=work", "HomePhone": "TEL;TYPE=home",
    "HomePhone2": "TEL;TYPE=home", "MobilePhone": "TEL;TYPE=cell", "Pager": "TEL;TYPE=pager",
    "CarPhone": "TEL;TYPE=car", "Isdn": "TEL;TYPE=isdn", "BusinessFax": "TEL;TYPE=work,fax",
    "HomeFax": "TEL;TYPE=home,fax",
    "OtherFax": "TEL;TYPE=fax", "OtherTelephone": "TEL;TYPE=voice", "CompanyMainPhone": "X-MS-TEL;TYPE=COMPANY",
    "AssistantPhone": "X-MS-TEL;TYPE=ASSISTANT", "Callback": "X-MS-TEL;TYPE=CALLBACK",
    "RadioPhone": "X-MS-TEL;TYPE=RADIO", "TtyTddPhone": "X-MS-TEL;TYPE=TTYTDD"}
_PLACES = {"Business": "ADR;TYPE=work,pref", "Home": "ADR;TYPE=home", "Other": "ADR"}
_ADDRESS = ("Street", "City", "State", "PostalCode", "CountryOrRegion")


def written(item: Item) -> bytes:
    """The vCard of a contact, version 3.0 in UTF-8; what it has no property for is left out."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", "PRODID:Microsoft Exchange", *_lines(item), "END:VCARD"]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _lines(item: Item) -> Iterator[str]:
    extra = item.extra
    yield f"FN:{_escaped(names.display_name(extra))}"
    yield f"N:{';'.join(_escaped(plain(extra.get(name))) for name in _NAME)}"
    company = [_escaped(plain(extra.get(name))) for name in ("CompanyName", "Department")]
    if any(company):
        yield f"ORG:{';'.join(company).rstrip(';')}"
    yield from (f"{name}:{_escaped(plain(extra[kept]))}" for name, kept in _PLAIN.items() if kept in extra)
    if "Birthday" in extra:
        yield f"BDAY:{plain(extra['Birthday'])[:10]}"
    yield from (f"{name}:{_escaped(value)}" for key, name in _PHONES.items()
                if (value := contact.entry_value(item, f"PhoneNumber:{key}")))
    for number, more in enumerate((",pref", "", ""), 1):
        if value := contact.entry_value(item, f"EmailAddress:EmailAddress{number}"):
            yield f"EMAIL;TYPE=internet{more}:{_escaped(value)}"
    for key, name in _PLACES.items():
        parts = [contact.entry_value(item, f"PhysicalAddress:{part}:{key}") or "" for part in _ADDRESS]
        if any(parts):
            yield f"{name}:;;{';'.join(_escaped(part) for part in parts)}"
    if "Body" in extra:
        yield f"NOTE:{_escaped(parsed(extra['Body']).text or '')}"


def _escaped(value: str) -> str:
    """Text with its escapes (RFC 2426 4)."""
    escapes = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""}
    return "".join(escapes.get(one, one) for one in value)
