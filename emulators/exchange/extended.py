"""Extended (MAPI) properties: reading their paths, checking their values, and the ones that are computed.

A path is written "tag:0x0e06", "{guid}/name:Foo" or "{guid}/id:33303". Rule R8: tags from 0x8000 belong
to named properties, attribute combinations are limited, values must fit their type.
Assumption: property names are compared with case. Assumption: an answer has a tag without leading zeros, "0xe07",
however it was asked for; answers that clients keep for their tests have it so.
"""

import base64
import binascii
import math
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from emulators.exchange import twins, url_name
from emulators.exchange.errors import ItemError
from emulators.exchange.item import HAS_ATTACHMENT, READ, UNSENT, Item
from emulators.exchange.moments import moment
from emulators.exchange.soap import local, t, text

# MS-OXPROPS, "Commonly Used Property Sets".
_SETS = {
    "Meeting": "6ed8da90-450b-101b-98da-00aa003f1305",
    "Appointment": "00062002-0000-0000-c000-000000000046",
    "Common": "00062008-0000-0000-c000-000000000046",
    "PublicStrings": "00020329-0000-0000-c000-000000000046",
    "Address": "00062004-0000-0000-c000-000000000046",
    "InternetHeaders": "00020386-0000-0000-c000-000000000046",
    "CalendarAssistant": "11000e07-b51b-40d6-af21-caa85edab1d0",
    "UnifiedMessaging": "4442858e-a9e3-4e80-b900-317a210cc15b",
    "Task": "00062003-0000-0000-c000-000000000046",
    "Sharing": "00062040-0000-0000-c000-000000000046",
}
_UNSUPPORTED = ("Object", "ObjectArray", "Error", "Null")
_RANGES = {"Short": 2**15, "Integer": 2**31, "Long": 2**63, "Currency": 2**63}
_WHOLE = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, slots=True)
class PropertyPath:
    """One ExtendedFieldURI: its canonical path, its type, and the element to answer with."""

    path: str
    kind: str
    element: str
    tag: int | None     # for properties that have one
    single: str         # the type of one value: kind without Array

    @property
    def many(self) -> bool:
        """Whether it holds a list."""
        return self.single != self.kind


def read_path(element: etree._Element) -> PropertyPath:
    """Read an ExtendedFieldURI element.

    Raises ItemError: ErrorInvalidExtendedProperty, ErrorNoPropertyTagForCustomProperties,
    ErrorUnsupportedMapiPropertyType.
    """
    return _path(tuple(element.items()))


@lru_cache(maxsize=1024)
def _path(attributes: tuple[tuple[str | bytes, str | bytes], ...]) -> PropertyPath:
    given = {str(name): str(value) for name, value in attributes}
    kind = given.get("PropertyType", "")
    if kind in _UNSUPPORTED:
        raise ItemError("ErrorUnsupportedMapiPropertyType")
    path = _canonical(given)
    if "PropertyTag" in given:
        given["PropertyTag"] = f"0x{number_of(given['PropertyTag']):x}"
    written = "".join(f' {name}="{text(value)}"' for name, value in given.items())
    return PropertyPath(path, kind, f"<t:ExtendedFieldURI{written}/>",
                        int(path[4:], 16) if path.startswith("tag:") else None, kind.removesuffix("Array"))


def _canonical(given: dict[str, str]) -> str:
    tag, name, number = given.get("PropertyTag"), given.get("PropertyName"), given.get("PropertyId")
    known, guid = given.get("DistinguishedPropertySetId"), given.get("PropertySetId")
    if tag is not None:
        if (name, number, known, guid) != (None, None, None, None):
            raise ItemError("ErrorInvalidExtendedProperty")
        return _tag_path(number_of(tag))
    if (known is None) == (guid is None) or (name is None) == (number is None):
        raise ItemError("ErrorInvalidExtendedProperty")
    property_set = str(uuid.UUID(guid)) if known is None else _SETS[known]
    return f"{{{property_set}}}/name:{name}" if name is not None else f"{{{property_set}}}/id:{number}"


def number_of(value: str) -> int:
    """A number that the schema lets be written in hexadecimal or with leading zeros."""
    return int(value[2:] or "0", 16) if value[:2] in ("0x", "0X") else int(value)


def _tag_path(tag: int) -> str:
    if 0x8000 <= tag <= 0xFFFE:
        raise ItemError("ErrorNoPropertyTagForCustomProperties")
    return f"tag:0x{tag:04x}"


def read_property(element: etree._Element) -> tuple[PropertyPath, str | list[str]]:
    """Read an ExtendedProperty element into its path and checked value.

    Raises ItemError as `read_path` does, or ErrorInvalidExtendedPropertyValue.
    """
    uri, holder = element
    path = read_path(uri)
    if path.many != (local(holder) == "Values"):
        raise ItemError("ErrorInvalidExtendedPropertyValue")
    if path.many:
        return path, [checked(path.single, value.text or "") for value in holder]
    return path, checked(path.single, holder.text or "")


def checked(kind: str, value: str) -> str:
    """A value in its canonical form; raises ItemError ErrorInvalidExtendedPropertyValue."""
    try:
        return _CHECKS.get(kind, str)(value.strip() if kind != "String" else value)
    except (ValueError, binascii.Error, KeyError, OverflowError) as error:
        raise ItemError("ErrorInvalidExtendedPropertyValue") from error


def _integer(kind: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if _WHOLE.fullmatch(value) is None or not -_RANGES[kind] <= int(value) < _RANGES[kind]:
            raise ValueError(value)
        return str(int(value))
    return check


def _boolean(value: str) -> str:
    return {"true": "true", "1": "true", "false": "false", "0": "false"}[value]


def _binary(value: str) -> str:
    return base64.b64encode(base64.b64decode("".join(value.split()), validate=True)).decode()


def _real(value: str) -> str:
    if not math.isfinite(float(value)):
        raise ValueError(value)
    return value


_CHECKS: dict[str, Callable[[str], str]] = {
    **{kind: _integer(kind) for kind in _RANGES},
    "Boolean": _boolean,
    "SystemTime": moment,
    "Binary": _binary,
    "CLSID": lambda value: str(uuid.UUID(value)),
    "Double": _real,
    "Float": _real,
    "ApplicationTime": _real,
}

IMPORTANCE = ("Low", "Normal", "High")
SENSITIVITY = ("Normal", "Personal", "Private", "Confidential")
_FLAG_STATES = {"1": "Complete", "2": "Flagged"}
_FLAG_NUMBERS = {"Complete": "1", "Flagged": "2"}


def _optional(value: int | None) -> str | None:
    return None if value is None else str(value)


# What the store computes, or keeps in a column: tag -> (type, how it reads).
COMPUTED: dict[int, tuple[str, Callable[[Item], str | None]]] = {
    0x0017: ("Integer", lambda i: str(IMPORTANCE.index(i.importance))),
    0x001A: ("String", lambda i: i.item_class),
    0x0036: ("Integer", lambda i: str(SENSITIVITY.index(i.sensitivity))),
    0x0037: ("String", lambda i: i.subject),
    0x0039: ("SystemTime", lambda i: i.sent),
    0x0E06: ("SystemTime", lambda i: i.received),
    0x0E07: ("Integer", lambda i: str(i.flags | (HAS_ATTACHMENT if i.attachments else 0))),
    0x0E08: ("Integer", lambda i: str(i.size)),
    0x0E1B: ("Boolean", lambda i: "true" if i.attachments else "false"),
    0x0E23: ("Integer", lambda i: str(i.entry)),
    0x0E69: ("Boolean", lambda i: "true" if i.is_read else "false"),
    0x1035: ("String", lambda i: i.message_id),
    0x1080: ("Integer", lambda i: _optional(i.icon)),
    0x1081: ("Integer", lambda i: _optional(i.verb)),
    0x1082: ("SystemTime", lambda i: i.verb_time),
    0x1090: ("Integer", lambda i: _FLAG_NUMBERS.get(i.flag_status)),
    0x3007: ("SystemTime", lambda i: i.created),
    0x3008: ("SystemTime", lambda i: i.modified),
    0x300B: ("Binary", lambda i: base64.b64encode(i.search_key).decode()),
}
# PidNameKeywords holds the categories (MS-OXCMSG 2.2.1.17; "Keywords" in the Outlook MAPI reference).
_KEYWORDS = f"{{{_SETS['PublicStrings']}}}/name:Keywords"
# Kept by the store alone. Assumption: setting one is refused like a read-only element (rule R1).
_READ_ONLY = {0x0E02, 0x0E03, 0x0E04, 0x0E09, 0x65E0, 0x65E1, 0x65E2, 0x65E3,
              0x0E08, 0x0E1B, 0x0E23, 0x0E69, 0x0FFF, 0x3007, 0x3008, 0x300B}


def value_of(item: Item, path: PropertyPath) -> str | list[str] | None:
    """The value of an extended property of an item, or None."""
    tag = path.tag
    twin = twins.of(item.kind, path.path)
    if twin is not None:
        return twin.read(item.extra) if twin.kind == path.kind else None
    if tag is not None and tag in COMPUTED:
        kind, read = COMPUTED[tag]
        return read(item) if kind == path.kind else None
    if tag == 0x10F3 and path.path not in item.properties:      # PidTagUrlCompName
        return url_name.of(item)
    if path.path == _KEYWORDS:
        return list(item.categories) or None if path.kind == "StringArray" else None
    kind, value = item.properties.get(path.path, ("", ""))
    return value if kind == path.kind else None


def apply(item: Item, path: PropertyPath, value: str | list[str], *, creating: bool) -> None:
    """Set an extended property; raises ItemError.

    Rule R3: whether an item counts as a draft is settled by PidTagMessageFlags (0x0E07) when it is created;
    afterwards the property changes nothing.
    """
    tag = path.tag
    twin = twins.of(item.kind, path.path)
    if twin is not None:
        if twin.kind != path.kind:
            raise ItemError("ErrorInvalidExtendedProperty")
        twin.write(item.extra, value)
        return
    if tag in _READ_ONLY:
        raise ItemError("ErrorInvalidPropertySet")
    if path.path == _KEYWORDS:
        if not isinstance(value, list) or path.kind != "StringArray":
            raise ItemError("ErrorInvalidExtendedProperty")
        item.categories = value
        return
    if tag is None or tag not in COMPUTED:
        item.properties[path.path] = (path.kind, value)
        return
    if path.kind != COMPUTED[tag][0] or not isinstance(value, str):
        raise ItemError("ErrorInvalidExtendedProperty")
    _apply_column(item, tag, value, creating=creating)


def _apply_column(item: Item, tag: int, value: str, *, creating: bool) -> None:
    match tag:
        case 0x0E07:
            item.flags = int(value) & 0xFFFF & ~HAS_ATTACHMENT if creating else item.flags
        case 0x0E06:
            item.received = value
        case 0x0039:
            item.sent = value
        case 0x1080:
            item.icon = int(value)
        case 0x1081:
            item.verb = int(value)
        case 0x1082:
            item.verb_time = value
        case 0x1090:
            status = _FLAG_STATES.get(value)
            item.flag = {"FlagStatus": status} if status else {}
        case 0x0037:
            item.subject = value
        case 0x1035:
            item.message_id = value
        case 0x0017:
            item.importance = _choice(IMPORTANCE, value)
        case 0x0036:
            item.sensitivity = _choice(SENSITIVITY, value)
        case _:
            raise ItemError("ErrorInvalidPropertySet")


def _choice(choices: tuple[str, ...], value: str) -> str:
    if not 0 <= int(value) < len(choices):
        raise ItemError("ErrorInvalidExtendedPropertyValue")
    return choices[int(value)]


def remove(item: Item, path: PropertyPath) -> None:
    """Delete an extended property; one that is not there is no error. Raises ItemError."""
    twin = twins.of(item.kind, path.path)
    if twin is not None:
        twin.remove(item.extra)
        return
    match path.tag:
        case 0x1000:
            item.extra.pop("Body", None)
        case 0x1080:
            item.icon = None
        case 0x1081:
            item.verb = None
        case 0x1082:
            item.verb_time = None
        case 0x1090:
            item.flag = {}
        case tag if tag in COMPUTED:
            raise ItemError("ErrorInvalidPropertyDelete")
        case _ if path.path == _KEYWORDS:
            item.categories = []
        case _:
            item.properties.pop(path.path, None)


def element(path: PropertyPath, value: str | list[str]) -> str:
    """The ExtendedProperty element of an answer."""
    if isinstance(value, list):
        held = "<t:Values>" + "".join(f"<t:Value>{text(v)}</t:Value>" for v in value) + "</t:Values>"
    else:
        held = f"<t:Value>{text(value)}</t:Value>"
    return f"<t:ExtendedProperty>{path.element}{held}</t:ExtendedProperty>"


def paths(additional: etree._Element | None) -> list[PropertyPath]:
    """The extended properties among AdditionalProperties."""
    if additional is None:
        return []
    return [read_path(uri) for uri in additional.iterchildren(t("ExtendedFieldURI"))]


DRAFT = READ | UNSENT   # what a saved item is unless PidTagMessageFlags says otherwise (rule R3)
