"""Extended properties as answers show them."""

import base64
from collections.abc import Iterable

from emulators.exchange import correspondents, extended, fragments, item, store_property
from emulators.exchange.calendar import attendees, properties
from emulators.exchange.call import Call
from emulators.exchange.extended import PropertyPath
from emulators.exchange.item import Item
from emulators.exchange.mime import Content

_DISPLAYED = {0x0E02: "DisplayBcc", 0x0E03: "DisplayCc", 0x0E04: "DisplayTo"}
SEARCH_CHARACTERS, _SEARCH_BYTES = 255, 512
_TEXTS_KEPT = frozenset({"Contact", "DistributionList", "Task"})


def elements(call: Call, stored: Item, wanted: Iterable[PropertyPath], *, search: bool) -> str:
    """The ExtendedProperty elements of the wanted properties that the item has."""
    found = []
    for path in wanted:
        value = told(call, stored, path)
        if value is not None:
            found.append(extended.element(path, _cut(value, path.kind) if search else value))
    return "".join(found)


def told(call: Call, stored: Item, path: PropertyPath) -> str | list[str] | None:
    """The value of an extended property, also of one that the store computes; None where the item has none."""
    if path.tag in _DISPLAYED and path.kind == "String":
        return _displayed(call, stored, _DISPLAYED[path.tag]) or None
    value = property_of(stored, path)
    return value if value is not None or path.tag is None else store_property.value(call, stored, path)


def _displayed(call: Call, stored: Item, name: str) -> str:
    if stored.kind == "CalendarItem":
        return attendees.display(stored, name)
    return correspondents.displayed(stored, Content(item.received_bytes(call.db, stored) or b""), name)


def property_of(stored: Item, path: PropertyPath) -> str | list[str] | None:
    """The value of an extended property, also of one that an appointment computes."""
    if stored.kind != "CalendarItem":
        return extended.value_of(stored, path)
    if properties.is_computed(path):
        return properties.value(stored, path)
    return extended.value_of(stored, path) or properties.default(stored, path)


def searched(stored: Item, name: str, found: str) -> str:
    """Rule R11 for what contacts, groups and tasks keep as elements, and for the parts of a name."""
    kept = name in stored.extra or name == "CompleteName"
    if stored.kind not in _TEXTS_KEPT or not kept or len(found) <= SEARCH_CHARACTERS:
        return found
    return fragments.shortened(found, SEARCH_CHARACTERS)


def _cut(value: str | list[str], kind: str) -> str | list[str]:
    """Rule R11: 255 characters of text, 512 bytes (684 base64 characters) of binary."""
    if isinstance(value, list):
        return [str(_cut(one, kind.removesuffix("Array"))) for one in value]
    if kind == "Binary":
        return base64.b64encode(base64.b64decode(value)[:_SEARCH_BYTES]).decode()
    return value[:SEARCH_CHARACTERS] if kind == "String" else value
