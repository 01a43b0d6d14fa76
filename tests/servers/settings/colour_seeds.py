"""Lists of categories that no client has written ([MS-OXOCFG] 2.2.5.2): each colour, each shortcut, odd names."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

# What Outlook counts and dates by itself, of a category and of the list ([MS-OXOCFG] 2.2.5.2.1 and 2.2.5.2.3).
COUNTED = frozenset({
    "usageCount", "lastTimeUsedNotes", "lastTimeUsedJournal", "lastTimeUsedContacts", "lastTimeUsedTasks",
    "lastTimeUsedCalendar", "lastTimeUsedMail", "lastTimeUsed", "lastSessionUsed", "lastSavedSession",
    "lastSavedTime"})
_NEVER = "1601-01-01T00:00:00.000"
COLOURS = range(-1, 25)     # none, and the 25 that there are
NAMES = (
    'Quoted "twice" & <tagged>', "Überfällig", "日本語", "👩‍🚀 Mission", " leading", "trailing ", "a.b/c\\d",
    "'single'", "ALL CAPS", "x" * 255, "Comma; semicolon",
)


@dataclass(frozen=True)
class Category:
    """A category; `more` are attributes beside those that everybody knows."""

    name: str
    color: int = -1
    shortcut: int = 0
    more: Mapping[str, str] = field(default_factory=dict)
    inside: str = ""

    def xml(self) -> str:
        """The element."""
        counted = {name: _NEVER for name in sorted(COUNTED) if name.startswith("lastTime")}
        guid = str(uuid.uuid5(uuid.NAMESPACE_URL, self.name)).upper()
        values = {
            "name": self.name, "color": str(self.color), "keyboardShortcut": str(self.shortcut), "usageCount": "7",
            **counted, "lastSessionUsed": "0", "guid": f"{{{guid}}}", **self.more}
        said = " ".join(f"{name}={quoteattr(value)}" for name, value in values.items())
        return f"<category {said}>{self.inside}</category>" if self.inside else f"<category {said}/>"


def listed(categories: Iterable[Category], *, default: str = "Red Category", session: int = 5) -> str:
    """The whole list."""
    inner = "".join(one.xml() for one in categories)
    return (f'<?xml version="1.0"?><categories default="{default}" lastSavedSession="{session}" '
            f'lastSavedTime="2020-10-02T17:59:03.000" xmlns="CategoryList.xsd">{inner}</categories>')


def categories() -> list[Category]:
    """Each colour, each shortcut, odd names, and what nobody knows."""
    return [
        *(Category(f"Colour {number}", number) for number in COLOURS),
        *(Category(f"Key {number}", number, number) for number in range(1, 12)),
        *(Category(name, number) for number, name in enumerate(NAMES)),
        Category("Unknown attribute", 3, more={"renameOnFirstUse": "1", "futureThing": 'a "b" & <c>'}),
        Category("Unknown element", 4, inside="<future xmlns='urn:x'>kept</future>"),
        Category("beyond", 99),
    ]


def own() -> list[Category]:
    """What the owner of the destination has: a name in other letters, another colour, an equal one, taken shortcuts."""
    return [
        Category("Mine", 8, 1, more={"futureThing": "1"}, inside="<future xmlns='urn:x'>kept</future>"),
        Category("COLOUR 3", 3),
        Category("Colour 4", 20),
        Category("Key 9", 9, 3),
        Category("Colour 5", 5, more={"usageCount": "99", "lastTimeUsed": "2021-01-01T00:00:00.000"}),
    ]
