"""Contacts as MAPI sees them: the properties that hold what the elements say.

MS-OXOCNTC 2.2.1 and MS-OXPROPS. Set one, and the other says the same.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from emulators.exchange.errors import ItemError
from emulators.exchange.fragments import fragment, parsed, plain, written
from emulators.exchange.people import members, names
from emulators.exchange.soap import flag, t

Extra = dict[str, str]
ADDRESS = "{00062004-0000-0000-c000-000000000046}"
COMMON = "{00062008-0000-0000-c000-000000000046}"


@dataclass(frozen=True, slots=True)
class Twin:
    """An extended property whose value lies in an element.

    `name` is the element, `key` its entry's key, `part` an element or (with @) an attribute of the entry.
    """

    kind: str
    name: str
    key: str = ""
    part: str = ""

    def read(self, extra: Extra) -> str | list[str] | None:
        """The value, or None."""
        if self.name not in extra:
            return None
        if self.key:
            return self._entry_value(parsed(extra[self.name]))
        if self.kind == "StringArray":
            return [one.text or "" for one in parsed(extra[self.name])] or None
        return plain(extra[self.name]) or None

    def _entry_value(self, holder: etree._Element) -> str | None:
        entry = _entry(holder, self.key)
        if entry is None:
            return None
        if self.part.startswith("@"):
            default = "SMTP" if self.part == "@RoutingType" else entry.text
            return entry.get(self.part[1:]) or default
        return entry.findtext(t(self.part)) if self.part else entry.text

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Put a value where the element keeps it."""
        if isinstance(value, list):
            strings = "".join(written("String", one) for one in value)
            extra[self.name] = f"<t:{self.name}>{strings}</t:{self.name}>"
        elif not self.key:
            extra[self.name] = written(self.name, value)
        else:
            self._write_entry(extra, value)

    def _write_entry(self, extra: Extra, value: str) -> None:
        holder = parsed(extra.get(self.name, f"<t:{self.name}/>"))
        entry = _entry(holder, self.key)
        if entry is None:
            entry = etree.SubElement(holder, t("Entry"), Key=self.key)
        if self.part.startswith("@"):
            entry.set(self.part[1:], value)
        elif self.part:
            _part(entry, self.part).text = value
        else:
            entry.text = value
        extra[self.name] = fragment(holder)

    def remove(self, extra: Extra) -> None:
        """Take the value away."""
        if self.name not in extra:
            return
        if not self.key:
            del extra[self.name]
            return
        holder = parsed(extra[self.name])
        entry = _entry(holder, self.key)
        if entry is not None:
            self._empty(holder, entry)
        extra[self.name] = fragment(holder)
        if not len(holder):
            del extra[self.name]

    def _empty(self, holder: etree._Element, entry: etree._Element) -> None:
        if self.part.startswith("@"):
            entry.attrib.pop(self.part[1:], "")
            return
        if self.part:
            for child in entry.findall(t(self.part)):
                entry.remove(child)
        if not self.part or not len(entry):
            holder.remove(entry)


class _FileUnderId(Twin):
    """PidLidFileUnderId: the number of the FileAsMapping; -1 stands for none."""

    def read(self, extra: Extra) -> str | list[str] | None:
        """The number."""
        found = names.mapping(extra)
        return str(names.MAPPINGS[found][0]) if found in names.MAPPINGS else "-1"

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Set the mapping; raises ItemError for a number that stands for none."""
        by_number = {str(number): name for name, (number, _) in names.MAPPINGS.items()} | {"-1": "None"}
        if str(value) not in by_number:
            raise ItemError("ErrorInvalidExtendedPropertyValue")
        extra["FileAsMapping"] = written("FileAsMapping", by_number[str(value)])


class _Computed(Twin):
    """A name that is made of others where no client set it."""

    def read(self, extra: Extra) -> str | list[str] | None:
        """The name."""
        return (names.file_as(extra) if self.name == "FileAs" else names.display_name(extra)) or None

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Set the name as it is."""
        if self.name == "FileAs":
            extra.pop("FileAsMapping", None)
        extra[self.name] = written(self.name, str(value))


class _HasPicture(Twin):
    """PidLidHasPicture: only a photo among the attachments makes it true."""

    def read(self, extra: Extra) -> str | list[str] | None:
        """True or false."""
        return flag(plain(extra.get("HasPicture")) == "true")

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Refused."""
        raise ItemError("ErrorInvalidPropertySet")

    def remove(self, extra: Extra) -> None:
        """Refused."""
        raise ItemError("ErrorInvalidPropertyDelete")


class _AddressIndex(Twin):
    """PidLidPostalAddressId: 0 none, 1 home, 2 business, 3 other."""

    def read(self, extra: Extra) -> str | list[str] | None:
        """The number, or None."""
        found = plain(extra.get(self.name))
        return str(_INDEXES.index(found)) if found else None

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Set the index; raises ItemError for a number that stands for none."""
        if not 0 <= int(str(value)) < len(_INDEXES):
            raise ItemError("ErrorInvalidExtendedPropertyValue")
        extra[self.name] = written(self.name, _INDEXES[int(str(value))])


_INDEXES = ("None", "Home", "Business", "Other")


def _entry(holder: etree._Element, key: str) -> etree._Element | None:
    return next((entry for entry in holder if entry.get("Key") == key), None)


def _part(entry: etree._Element, name: str) -> etree._Element:
    """A part of a postal address, made in the order of the schema where it is missing."""
    order = ("Street", "City", "State", "CountryOrRegion", "PostalCode")
    held = {child.tag: child for child in entry}
    found = held.get(t(name))
    if found is None:
        found = held[t(name)] = etree.Element(t(name))
        entry[:] = [held[t(one)] for one in order if t(one) in held]
    return found


_TEXTS = {
    0x3A06: "GivenName", 0x3A11: "Surname", 0x3A44: "MiddleName", 0x3A05: "Generation", 0x3A45: "DisplayNamePrefix",
    0x3A0A: "Initials", 0x3A4F: "Nickname", 0x3A16: "CompanyName", 0x3A17: "JobTitle", 0x3A18: "Department",
    0x3A19: "OfficeLocation", 0x3A46: "Profession", 0x3A48: "SpouseName", 0x3A4E: "Manager", 0x3A30: "AssistantName",
    0x3A51: "BusinessHomePage"}
_PHONES = {
    0x3A2E: "AssistantPhone", 0x3A24: "BusinessFax", 0x3A08: "BusinessPhone", 0x3A1B: "BusinessPhone2",
    0x3A02: "Callback", 0x3A1E: "CarPhone", 0x3A57: "CompanyMainPhone", 0x3A25: "HomeFax", 0x3A09: "HomePhone",
    0x3A2F: "HomePhone2", 0x3A2D: "Isdn", 0x3A1C: "MobilePhone", 0x3A23: "OtherFax", 0x3A1F: "OtherTelephone",
    0x3A21: "Pager", 0x3A1A: "PrimaryPhone", 0x3A1D: "RadioPhone", 0x3A2C: "Telex", 0x3A4B: "TtyTddPhone"}
_PLACES = {
    "Home": ("tag:0x3a5d", "tag:0x3a59", "tag:0x3a5c", "tag:0x3a5a", "tag:0x3a5b"),
    "Other": ("tag:0x3a63", "tag:0x3a5f", "tag:0x3a62", "tag:0x3a60", "tag:0x3a61"),
    "Business": tuple(f"{ADDRESS}/id:{number}" for number in (0x8045, 0x8046, 0x8047, 0x8049, 0x8048)),
}
_PARTS = ("Street", "City", "State", "CountryOrRegion", "PostalCode")
_MAIL = ((0x8080, "@Name"), (0x8082, "@RoutingType"), (0x8083, ""))     # and 16 more for each next address


def _contact() -> dict[str, Twin]:
    found: dict[str, Twin] = {f"tag:0x{tag:04x}": Twin("String", name) for tag, name in _TEXTS.items()}
    found |= {f"tag:0x{tag:04x}": Twin("String", "PhoneNumbers", key) for tag, key in _PHONES.items()}
    found |= {path: Twin("String", "PhysicalAddresses", key, part)
              for key, paths in _PLACES.items() for path, part in zip(paths, _PARTS, strict=True)}
    found |= {f"{ADDRESS}/id:{number + 16 * place}": Twin("String", "EmailAddresses", f"EmailAddress{place + 1}", part)
              for place in range(3) for number, part in _MAIL}
    found |= {
        "tag:0x3001": _Computed("String", "DisplayName"), f"{ADDRESS}/id:{0x8005}": _Computed("String", "FileAs"),
        f"{ADDRESS}/id:{0x8006}": _FileUnderId("Integer", "FileAsMapping"),
        f"{ADDRESS}/id:{0x8015}": _HasPicture("Boolean", "HasPicture"),
        f"{ADDRESS}/id:{0x8022}": _AddressIndex("Integer", "PostalAddressIndex"),
        f"{ADDRESS}/id:{0x8062}": Twin("String", "ImAddresses", "ImAddress1"),
        f"{ADDRESS}/id:{0x802C}": Twin("String", "YomiGivenName"),
        f"{ADDRESS}/id:{0x802D}": Twin("String", "YomiSurname"),
        "tag:0x3a41": Twin("SystemTime", "WeddingAnniversary"), "tag:0x3a42": Twin("SystemTime", "Birthday"),
        "tag:0x3a58": Twin("StringArray", "Children"),
        f"{COMMON}/id:{0x8539}": Twin("StringArray", "Companies"),
        f"{COMMON}/id:{0x8534}": Twin("String", "Mileage"),
    }
    return found


class _Members(Twin):
    """PidLidDistributionListMembers and its one-off twin: the server's own, by the members alone."""

    def read(self, extra: Extra) -> str | list[str] | None:
        """The entry ids of the members."""
        found = members.kept(extra)
        return [base64.b64encode(getattr(one, self.part)).decode() for one in found] or None

    def write(self, extra: Extra, value: str | list[str]) -> None:
        """Refused. Assumption: a group is written by its members here."""
        raise ItemError("ErrorInvalidPropertySet")

    def remove(self, extra: Extra) -> None:
        """Refused."""
        raise ItemError("ErrorInvalidPropertyDelete")


GROUP: Mapping[str, Twin] = {
    f"{ADDRESS}/id:{0x8054}": _Members("BinaryArray", "Members", part="one_off"),
    f"{ADDRESS}/id:{0x8055}": _Members("BinaryArray", "Members", part="entry_id"),
    "tag:0x3001": Twin("String", "DisplayName"), f"{ADDRESS}/id:{0x8053}": Twin("String", "DisplayName"),
    f"{ADDRESS}/id:{0x8005}": Twin("String", "FileAs"),
}
CONTACT: Mapping[str, Twin] = _contact()
