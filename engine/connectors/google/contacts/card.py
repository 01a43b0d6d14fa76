"""A contact that is being made: its element, and what of the source's has no field in it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.contact.fields import CONTACT
from engine.connectors.exchange.typed.fields import Property
from engine.connectors.exchange.typed.properties import add_property, value_of

PROPERTIES: Mapping[str, Property] = MappingProxyType({one.number: one for one in CONTACT.properties})
IN_THE_NOTES = "in its notes, for there is no field for it: {}"
NAMED = 5           # of what is in the notes, in a report
LONGEST = 100       # characters of each


@dataclass(slots=True)
class Card:
    """The element, the lines that go into its notes, and what of these has no field: a report names it."""

    item: etree._Element = field(default_factory=lambda: xml.new(CONTACT.element))
    lines: list[str] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)

    def put(self, name: str, value: str) -> bool:
        """Gives a field its value; False: it has one already, or there is none to give."""
        if not value or xml.field(self.item, name) is not None:
            return False
        xml.add(self.item, name, value)
        return True

    def give(self, number: str, value: str) -> bool:
        """The same with the property of that number."""
        if not value or value_of(self.item, number):
            return False
        add_property(self.item, PROPERTIES[number], value)
        return True

    def show(self, number: str, what: str, value: str, kind: str = "") -> bool:
        """The same with a property that classic Outlook alone shows: the notes have it, too."""
        if not self.give(number, value):
            return False
        self.note(what, value, kind)
        return True

    def entry(self, holder: str, key: str, value: str = "", **attributes: str) -> etree._Element | None:
        """Adds an entry under a key of a dictionary; None: there is one already."""
        found = xml.field(self.item, holder)
        if found is None:
            found = xml.add(self.item, holder)
        if any(one.get("Key") == key for one in found):
            return None
        return xml.add(found, "Entry", value, Key=key, **attributes)

    def strings(self, name: str, values: Sequence[str]) -> None:
        """Gives a field several texts."""
        if values:
            found = xml.add(self.item, name)
            for one in values:
                xml.add(found, "String", one)

    def note(self, what: str, value: str, kind: str = "") -> None:
        """Notes what a field does not say of it: `kind` is what the owner has called it."""
        if value:
            self.lines.append(_line(what, value, kind))

    def keep(self, what: str, value: str, kind: str = "") -> None:
        """Notes what no field holds, for a report as well."""
        if value:
            self.note(what, value, kind)
            self.unplaced.append(_line(what, " ".join(value.split()), kind)[:LONGEST])

    def write(self, text: str, *, is_html: bool) -> None:
        """Gives it its notes: what the owner has written, and behind it the lines."""
        text = _with_lines(text, self.lines, is_html=is_html)
        if text:
            xml.add(self.item, "Body", text, BodyType="HTML" if is_html else "Text")

    def untold(self) -> Iterator[str]:
        """Words for the report."""
        if self.unplaced:
            more = len(self.unplaced) - NAMED
            yield IN_THE_NOTES.format(
                ", ".join(self.unplaced[:NAMED]) + (f", and {more} more" if more > 0 else "")
            )


def _line(what: str, value: str, kind: str) -> str:
    return f"{what} ({kind}): {value}" if kind else f"{what}: {value}"


def _with_lines(text: str, lines: Sequence[str], *, is_html: bool) -> str:
    if not lines or not is_html:
        return "\n\n".join(filter(None, (text, "\n".join(lines))))
    added = "<br>\n".join(html.escape(one).replace("\n", "<br>\n") for one in lines)
    before, end, behind = text.rpartition("</body>")
    return f"{before}<p>{added}</p>{end}{behind}" if end else f"{text}<p>{added}</p>"
