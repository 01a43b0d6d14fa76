"""The fields and properties of an item, found once for all that is told of it."""

from __future__ import annotations

from collections.abc import Container

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.fields import Property
from engine.connectors.exchange.typed.properties import EXTENDED, add_property, names_user_field, number_in, uri_of

_ATTENDEE, _ADDRESS, _VALUE = (f"{TYPES}{name}" for name in ("Attendee", "EmailAddress", "Value"))


class Shown:
    """An item, which is changed by nothing else meanwhile. `properties` are its ExtendedProperty elements, in order.

    `told` and `timed` are lines that were told of it, and of its times, and can be told again: of fields that are as
    they were.
    """

    __slots__ = (
        "_are_by_words", "_fields", "_numbers", "_people", "_values", "item", "properties", "timed", "told",
    )

    def __init__(self, item: etree._Element) -> None:
        self.item = item
        self.properties: list[etree._Element] = []
        self.told: tuple[str, ...] = ()
        self.timed: tuple[str, ...] = ()
        self._numbers: list[str] | None = None      # of the properties
        self._are_by_words: list[bool] = []         # which of them are fields that the item's owner has defined
        self._values: dict[str, str] = {}           # of properties that were asked for, by their numbers
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
            named = [uri_of(one) for one in self.properties]
            self._numbers = [number_in(uri) for uri in named]
            self._are_by_words = [names_user_field(uri) for uri in named]
        return self._numbers

    def carried(self, numbers: Container[str]) -> list[etree._Element]:
        """Its properties of those numbers, and the fields that its owner has defined, in their order."""
        known = self.numbers
        return [
            one for one, number, is_by_words in zip(self.properties, known, self._are_by_words, strict=True)
            if number in numbers or is_by_words
        ]

    def user_fields(self) -> list[etree._Element]:
        """The fields that its owner has defined, as properties."""
        return self.carried(()) if self.numbers and True in self._are_by_words else []

    def value(self, number: str) -> str:
        """The value of the property of that number; "" where there is none."""
        known = self._values.get(number)
        if known is None:
            numbers = self.numbers
            known = _value(self.properties[numbers.index(number)]) if number in numbers else ""
            self._values[number] = known
        return known

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
        self._values.pop(number, None)
        while number in numbers:
            at = numbers.index(number)
            self.item.remove(self.properties.pop(at))
            del numbers[at], self._are_by_words[at]
        return value

    def give(self, what: Property, value: str) -> None:
        """Gives it that value of a property, and no other."""
        self.take(what.number)
        self._values.pop(what.number, None)
        self.numbers.append(what.number)
        self._are_by_words.append(False)
        self.properties.append(add_property(self.item, what, value))

    def readdressed(self) -> None:
        """Looks at its attendees anew when it is asked for them."""
        self._people.clear()


def _value(found: etree._Element) -> str:
    for one in found:       # of two elements the second: faster than a search
        if one.tag == _VALUE:
            return one.text or ""
    return ""


def _address(attendee: etree._Element) -> str:
    for one in attendee.iter(_ADDRESS):       # there is one, in its Mailbox
        return (one.text or "").strip().lower()
    return ""
