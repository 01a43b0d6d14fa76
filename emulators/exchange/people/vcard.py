"""vCards in mail, read into the contacts that they become (MS-OXVCARD 2.1.3, [MS-OXCMAIL] 2.2.3.4.4).

Versions 2.1 and 3.0 are read. What no element of a contact says (pictures, keys, sounds) is left out.
"""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lxml import etree

from emulators.exchange.fragments import written
from emulators.exchange.soap import TYPES, text

_LINE = re.compile(r'(?:[\w-]+\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.DOTALL)
_FOLD = re.compile(rb"\r?\n[ \t]")
_PIECE = re.compile(r"(?<!\\);")
_PLAIN = {"FN": "DisplayName", "NICKNAME": "Nickname", "TITLE": "JobTitle", "ROLE": "Profession",
          "X-MS-ASSISTANT": "AssistantName", "X-MS-MANAGER": "Manager", "X-MS-SPOUSE": "SpouseName",
          "URL": "BusinessHomePage"}
_NAME = ("Surname", "GivenName", "MiddleName", "", "Generation")
_PREFIX = ('<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3A45" PropertyType="String"/><t:Value>{}</t:Value>'
           "</t:ExtendedProperty>")
_CLASSES = {"PRIVATE": "Private", "CONFIDENTIAL": "Confidential", "X-PERSONAL": "Personal"}
# By the TYPE parameter; a second number of a type that has two goes to the second. MS-OXVCARD, "Property: TEL".
# Assumption: a fax at home or at work is the fax there, and other types stand in this order of precedence.
_PHONES: tuple[tuple[set[str], tuple[str, ...]], ...] = (
    ({"FAX", "HOME"}, ("HomeFax",)), ({"FAX", "WORK"}, ("BusinessFax",)), ({"FAX"}, ("OtherFax",)),
    ({"PAGER"}, ("Pager",)), ({"CELL"}, ("MobilePhone",)), ({"CAR"}, ("CarPhone",)), ({"ISDN"}, ("Isdn",)),
    ({"HOME"}, ("HomePhone", "HomePhone2")), ({"WORK"}, ("BusinessPhone", "BusinessPhone2")),
    (set(), ("OtherTelephone",)))
# MS-OXVCARD 2.1.3.9.5.
_OWN_PHONES = {"ASSISTANT": "AssistantPhone", "CALLBACK": "Callback", "COMPANY": "CompanyMainPhone",
               "RADIO": "RadioPhone", "TTYTDD": "TtyTddPhone"}
_PLACES = {"HOME": "Home", "WORK": "Business"}
_ADDRESS = ("", "", "Street", "City", "State", "PostalCode", "CountryOrRegion")
_ORDER = ("Street", "City", "State", "CountryOrRegion", "PostalCode")      # of the schema


@dataclass(frozen=True, slots=True)
class _Line:
    """A property with its TYPE parameters in upper case; `value` has its escapes still."""

    name: str
    types: frozenset[str]
    value: str

    def pieces(self) -> list[str]:
        """The parts of a structured value."""
        return [_plain(one) for one in _PIECE.split(self.value)]


def contact(raw: bytes) -> etree._Element | None:
    """The Contact element that the first vCard says; None when there is none."""
    lines = list(_lines(raw))
    if not lines:
        return None
    inner = "".join(_elements(lines))
    return etree.fromstring(f'<t:Contact xmlns:t="{TYPES}">{inner}</t:Contact>')


def _lines(raw: bytes) -> Iterator[_Line]:
    """The properties between the first BEGIN:VCARD and its end."""
    inside = False
    for line in _unfolded(raw):
        match = _LINE.fullmatch(line.decode("utf-8", "surrogateescape"))
        if match is None:
            continue
        name, value = match[1].upper(), match[3]
        if (name, value.strip().upper()) == ("BEGIN", "VCARD"):
            inside = True
        elif name == "END" and inside:
            return
        elif inside:
            yield _line(name, match[2], value)


def _unfolded(raw: bytes) -> Iterator[bytes]:
    """Whole lines; one in quoted-printable goes on behind an equals sign at its end (vCard 2.1)."""
    whole = b""
    for line in _FOLD.sub(b"", raw).splitlines():
        whole += line
        if whole.endswith(b"=") and b"QUOTED-PRINTABLE" in whole.partition(b":")[0].upper():
            whole = whole[:-1]
            continue
        yield whole
        whole = b""


def _line(name: str, parameters: str, value: str) -> _Line:
    given = [one.partition("=") for one in parameters.upper().split(";") if one]
    types = {kind.strip('"') for key, equals, words in given
             for kind in (words.split(",") if key == "TYPE" else [] if equals else [key])}
    coded = any("QUOTED-PRINTABLE" in (key, words) for key, _, words in given)
    raw = value.encode("utf-8", "surrogateescape")
    charset = next((words.strip('"') for key, _, words in given if key == "CHARSET"), "UTF-8")
    return _Line(name, frozenset(types), _decoded(quopri.decodestring(raw) if coded else raw, charset))


def _decoded(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset)
    except (LookupError, ValueError):       # no character set, or not in it
        return raw.decode("cp1252", "replace")


def _plain(value: str) -> str:
    """Text without its escapes (RFC 2426 4)."""
    return re.sub(r"\\([\\;,nN])", lambda match: "\n" if match[1] in "nN" else match[1], value).strip()


def _elements(lines: list[_Line]) -> Iterator[str]:
    for line in lines:
        if line.name in _PLAIN:
            yield written(_PLAIN[line.name], _plain(line.value))
        elif line.name == "N":
            yield from _name(line.pieces())
        elif line.name == "ORG":
            yield from (written(name, value) for name, value in zip(("CompanyName", "Department"), line.pieces(),
                                                                    strict=False) if value)
        elif line.name == "NOTE":
            yield f'<t:Body BodyType="Text">{text(_plain(line.value))}</t:Body>'
        elif line.name == "CLASS":
            yield written("Sensitivity", _CLASSES.get(line.value.strip().upper(), "Normal"))
        elif line.name == "CATEGORIES":
            strings = "".join(written("String", _plain(one)) for one in re.split(r"(?<!\\),", line.value))
            yield f"<t:Categories>{strings}</t:Categories>"
        elif line.name == "BDAY" and (day := _day(line.value)) is not None:
            yield written("Birthday", f"{day}T00:00:00Z")
    yield from _numbered(lines, "EMAIL", "EmailAddress", 3)
    yield from _numbered(lines, "X-MS-IMADDRESS", "ImAddress", 3)
    yield _dictionary("PhoneNumbers", _phones(lines))
    yield _dictionary("PhysicalAddresses", _addresses(lines))


def _name(pieces: list[str]) -> Iterator[str]:
    for name, value in zip(_NAME, pieces, strict=False):
        if value:
            yield written(name, value) if name else _PREFIX.format(text(value))


def _day(value: str) -> date | None:
    """A day; None for what is none, or lies before the first one of a FILETIME ([MS-DTYP] 2.3.3)."""
    try:
        found = date.fromisoformat(value.strip()[:10].split("T")[0])
    except ValueError:
        return None
    return found if found.year >= 1601 else None


def _numbered(lines: list[_Line], name: str, key: str, most: int) -> Iterator[str]:
    """The first values of a property as a dictionary with numbered keys."""
    values = [_plain(line.value) for line in lines if line.name == name][:most]
    entries = {f"{key}{number}": text(value) for number, value in enumerate(values, 1) if value}
    yield _dictionary("EmailAddresses" if name == "EMAIL" else "ImAddresses", entries)


def _dictionary(name: str, entries: dict[str, str]) -> str:
    inner = "".join(f'<t:Entry Key="{key}">{value}</t:Entry>' for key, value in entries.items())
    return f"<t:{name}>{inner}</t:{name}>" if inner else ""


def _phones(lines: list[_Line]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if line.name == "TEL":
            keys = next(keys for types, keys in _PHONES if types <= line.types)
        elif line.name == "X-MS-TEL":
            keys = tuple(key for kind, key in _OWN_PHONES.items() if kind in line.types)
        else:
            continue
        free = next((key for key in keys if key not in found), None)
        if free is not None:        # further ones are ignored
            found[free] = text(_plain(line.value))
    return found


def _addresses(lines: list[_Line]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if line.name == "ADR":
            key = next((place for kind, place in _PLACES.items() if kind in line.types), "Other")
            parts = dict(zip(_ADDRESS, line.pieces(), strict=False))
            found.setdefault(key, "".join(written(name, parts[name]) for name in _ORDER if parts.get(name)))
    return {key: value for key, value in found.items() if value}
