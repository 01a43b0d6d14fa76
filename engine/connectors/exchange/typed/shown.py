"""The fields and properties of an item, found once for all that is told of it."""

from __future__ import annotations

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import Property
from engine.connectors.exchange.typed.properties import EXTENDED, add_property, number_of

_ATTENDEE, _ADDRESS = f"{TYPES}Attendee", f"{TYPES}EmailAddress"


class Shown:
    """An item, which is changed by nothing else meanwhile. `properties` are its ExtendedProperty elements, in order.

    `told` are lines that were told of it, and can be told again: of fields that are as they were.
    """

    __slots__ = ("_fields", "_people", "_values", "item", "properties", "told")

    def __init__(self, item: etree._Element) -> None:
        self.item = item
        self.properties: list[etree._Element] = []
        self._fields: dict[str, etree._Element] = {}
        self.told: tuple[str, ...] = ()
        self._people: dict[str, list[tuple[etree._Element, str]]] = {}
        self._values: dict[str, list[etree._Element]] | None = None
        for one in item.iterchildren("*"):
            tag = str(one.tag)
            if tag == EXTENDED:
                self.properties.append(one)
            elif tag not in self._fields:
                self._fields[tag] = one

    def field(self, name: str) -> etree._Element | None:
        """The first field of that name; None where there is none."""
        return self._fields.get(TYPES + name)

    def words(self, name: str) -> str:
        """The text of a field, "" where there is none."""
        found = self._fields.get(TYPES + name)
        return "" if found is None else found.text or ""

    def value(self, number: str) -> str:
        """The value of the property of that number; "" where there is none."""
        found = self._by_number().get(number)
        return xml.words(found[0], "Value") if found else ""

    def _by_number(self) -> dict[str, list[etree._Element]]:
        if self._values is None:
            self._values = {}
            for one in self.properties:
                self._values.setdefault(number_of(one), []).append(one)
        return self._values

    def people(self, name: str) -> list[tuple[etree._Element, str]]:
        """The attendees in the field of that name, each with its address in small letters, "" where it has none."""
        found = self._people.get(name)
        if found is None:
            field = self.field(name)
            found = [] if field is None else [(one, _address(one)) for one in field.iterchildren(_ATTENDEE)]
            self._people[name] = found
        return found

    def put(self, name: str, value: str) -> None:
        """Gives a field that text; the field is added at the end where there is none."""
        found = self.field(name)
        if found is None:
            self._fields[TYPES + name] = xml.add(self.item, name, value)
        else:
            found.text = value

    def drop(self, name: str) -> None:
        """Takes a field away, if there is one."""
        found = self._fields.pop(TYPES + name, None)
        if found is not None:
            self.item.remove(found)
            if (other := xml.field(self.item, name)) is not None:
                self._fields[TYPES + name] = other

    def take(self, number: str) -> str:
        """Takes a property away. Its value, "" where there is none."""
        found = self._by_number().pop(number, [])
        for one in found:
            self.properties.remove(one)
            self.item.remove(one)
        return xml.words(found[0], "Value") if found else ""

    def give(self, what: Property, value: str) -> None:
        """Gives it that value of a property, and no other."""
        self.take(what.number)
        made = add_property(self.item, what, value)
        self.properties.append(made)
        self._by_number()[what.number] = [made]

    def readdressed(self) -> None:
        """Looks at its attendees anew when it is asked for them."""
        self._people.clear()


def _address(attendee: etree._Element) -> str:
    for one in attendee.iter(_ADDRESS):       # there is one, in its Mailbox
        return (one.text or "").strip().lower()
    return ""
