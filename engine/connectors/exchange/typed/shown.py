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

    __slots__ = ("_fields", "_numbers", "_people", "item", "properties", "told")

    def __init__(self, item: etree._Element) -> None:
        self.item = item
        self.properties: list[etree._Element] = []
        self.told: tuple[str, ...] = ()
        self._numbers: list[str] | None = None      # of the properties
        self._people: dict[str, list[tuple[etree._Element, str]]] = {}
        self._fields: dict[str, etree._Element] = {}
        for one in item.iterchildren("*"):
            if (tag := one.tag) == EXTENDED:
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

    @property
    def numbers(self) -> list[str]:
        """The numbers of its properties, in their order."""
        if self._numbers is None:
            self._numbers = [number_of(one) for one in self.properties]
        return self._numbers

    def value(self, number: str) -> str:
        """The value of the property of that number; "" where there is none."""
        numbers = self.numbers
        return xml.words(self.properties[numbers.index(number)], "Value") if number in numbers else ""

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
        value, numbers = self.value(number), self.numbers
        while number in numbers:
            at = numbers.index(number)
            self.item.remove(self.properties.pop(at))
            del numbers[at]
        return value

    def give(self, what: Property, value: str) -> None:
        """Gives it that value of a property, and no other."""
        self.take(what.number)
        self.numbers.append(what.number)
        self.properties.append(add_property(self.item, what, value))

    def readdressed(self) -> None:
        """Looks at its attendees anew when it is asked for them."""
        self._people.clear()


def _address(attendee: etree._Element) -> str:
    for one in attendee.iter(_ADDRESS):       # there is one, in its Mailbox
        return (one.text or "").strip().lower()
    return ""
