"""Fields that an item's owner has defined in Outlook.

They are properties of names of the owner's own, and no request tells which an item has. But Outlook notes beside them
how each is defined (PidLidPropertyDefinitionStream), by which they are asked for. The stream's structure: Microsoft's
pages "PropertyDefinition Stream Structure" and "FieldDefinition Stream Structure".
"""

from __future__ import annotations

import binascii
import struct
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.listing import about_items
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import DEFINITIONS
from engine.connectors.exchange.typed.properties import EXTENDED, value_of
from engine.connectors.exchange.typed.shown import Shown
from engine.errors import RefusedError

LOST = "fields that its owner has defined could not be read at the source"
AT_ONCE = 100               # fields in one request
MOST = 2_000                # definitions that are looked at in one item
LONGEST_NAME = 255
CUSTOM = 0x00000001         # PDO_IS_CUSTOM
FIRST, SECOND = 0x0102, 0x0103      # versions PropDefV1 and PropDefV2
STRINGS = 5                 # NameANSI, FormulaANSI, ValidationRuleANSI, ValidationTextANSI, ErrorANSI
# PropertyType of [MS-OXWSXPROP] by VARENUM; the variant is what the property holds, the dialog's type how it is shown.
BY_VARIANT: Mapping[int, str] = MappingProxyType({
    3: "Integer", 5: "Double", 6: "Currency", 7: "SystemTime", 8: "String", 11: "Boolean", 0x2008: "StringArray",
})
KEYWORDS = 13                           # of the dialog's types: several texts
COMPUTED = frozenset({7, 8, 12})        # a combination, a formula, a concatenation: they have no value of their own
Field = tuple[str, str]     # name, PropertyType
_HAS_DEFINITIONS = etree.XPath(
    f"boolean(t:ExtendedProperty/t:ExtendedFieldURI[@PropertyId = {int(DEFINITIONS.number, 16)}])", namespaces=xml.NAMES
)


def add_user_fields(asking: Asking, ids: Sequence[str], items: Sequence[etree._Element | CodeError]) -> set[int]:
    """Adds to each item the properties that its owner has defined. The places of those that cannot be had.

    Raises FatalError, RetryableError.
    """
    wanted = {
        place: defined_in(item) for place, item in enumerate(items) if not isinstance(item, CodeError)
    }
    places = [place for place, found in wanted.items() if found.fields]
    fields = list(dict.fromkeys(field for place in places for field in wanted[place].fields))
    lost = {place for place, found in wanted.items() if not found.is_all}
    for start in range(0, len(fields), AT_ONCE):
        given = _asked(asking, [ids[place] for place in places], fields[start : start + AT_ONCE])
        for place, found in zip(places, given, strict=True):
            item = items[place]
            if found is None:
                lost.add(place)
            elif not isinstance(item, CodeError):
                item.extend(list(found.iterchildren(EXTENDED)))
    return lost


def _asked(asking: Asking, ids: Sequence[str], fields: Sequence[Field]) -> list[etree._Element | None]:
    """Those items with those fields; None for one that is not given, or for all where the server refuses a name."""
    uris = "".join(
        f'<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName={attribute(name)}'
        f' PropertyType="{kind}"/>' for name, kind in fields
    )
    shape = (
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
        f"<t:AdditionalProperties>{uris}</t:AdditionalProperties></m:ItemShape>"
    )
    try:
        answer = asking.all(about_items(ids, shape))
    except RefusedError:
        return [None] * len(ids)
    return [None if isinstance(one, CodeError) else one.find(f"{MESSAGES}Items/*") for one in answer]


def user_facts(shown: Shown) -> Iterator[str]:
    """Name and values of each field that its owner has defined and filled in, a line each, in order."""
    yield from sorted(
        f"Field {found}" for one in shown.user_fields() for found in _filled_in(one)
    )


def _filled_in(one: etree._Element) -> Iterator[tuple[str, ...]]:
    values = [" ".join((value.text or "").split()) for value in one.iter(f"{TYPES}Value")]
    if any(values):
        is_real = one[0].get("PropertyType") == "Double"
        yield (one[0].get("PropertyName") or "", *(map(_number, values) if is_real else values))


def _number(value: str) -> str:
    """A number in one form: servers write it with more or fewer digits."""
    try:
        return repr(float(value))
    except ValueError:
        return value


@dataclass(frozen=True, slots=True)
class Defined:
    """The fields that are defined in an item. `is_all`: its definitions could be read to their end."""

    fields: tuple[Field, ...]
    is_all: bool


def defined_in(item: etree._Element) -> Defined:
    """The fields that are defined in an item, as far as that can be read."""
    if not _HAS_DEFINITIONS(item):      # nearly always
        return Defined((), is_all=True)
    try:
        stream = b64decode(value_of(item, DEFINITIONS.number), validate=True)
    except (binascii.Error, ValueError):
        return Defined((), is_all=False)
    return _defined(stream) if stream else Defined((), is_all=True)


def _defined(stream: bytes) -> Defined:
    reader, found = _Reader(stream), list[Field]()
    try:
        version, count = reader.numbers("<HI")
        for _ in range(min(count, MOST) if version in (FIRST, SECOND) else 0):
            field = reader.definition(version)
            if field is not None:
                found.append(field)
    except (struct.error, UnicodeDecodeError):
        return Defined(tuple(found), is_all=False)
    return Defined(tuple(found), is_all=version in (FIRST, SECOND) and count <= MOST)


class _Reader:
    """Reads a stream from its start to its end."""

    def __init__(self, stream: bytes) -> None:
        self._stream = stream
        self._at = 0

    def numbers(self, form: str) -> tuple[int, ...]:
        """Numbers of that form, of the module struct. Raises struct.error where the stream ends."""
        found = struct.unpack_from(form, self._stream, self._at)
        self._at += struct.calcsize(form)
        return found

    def definition(self, version: int) -> Field | None:
        """A FieldDefinition; None: it is none of the owner's, or has no value of its own."""
        flags, variant, _, length = self.numbers("<IHIH")
        name = self._stream[self._at : self._at + 2 * length].decode("utf-16-le")
        self._at += 2 * length
        for _ in range(STRINGS):
            self._skip_string()
        kind = BY_VARIANT.get(variant, "")
        if version == SECOND:
            dialog = self.numbers("<I")[0]
            kind = "" if dialog in COMPUTED else "StringArray" if dialog == KEYWORDS else kind
            self._skip_blocks()
        return (name, kind) if flags & CUSTOM and kind and 0 < len(name) <= LONGEST_NAME else None

    def _skip_string(self) -> None:
        (length,) = self.numbers("<B")
        if length == 0xFF:
            (length,) = self.numbers("<H")
        self._at += length

    def _skip_blocks(self) -> None:
        size = -1
        while size:
            (size,) = self.numbers("<I")
            self._at += size
