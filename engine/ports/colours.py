"""A category of a mailbox's list: a name, a colour and a keyboard shortcut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any

from engine.ports.settings import Entry

NO_SHORTCUT = "0"
NO_COLOUR = "-1"        # [MS-OXOCFG] 2.2.5.2.2


@dataclass(frozen=True, slots=True)
class Category:
    """One category. `colour` and `shortcut` are numbers as the list has them; `more` is what else the list says of it.

    What Outlook counts, how often and when it was used, is no part of it.
    """

    name: str
    colour: str
    shortcut: str = NO_SHORTCUT
    more: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def key(self) -> str:
        """Its name, whose case makes no difference. Nothing else is folded: “Maße” is another word than “Masse”."""
        return self.name.lower()

    @property
    def entry(self) -> Entry:
        """It as an entry of the setting that the list is."""
        value = json.dumps(asdict(replace(self, more=dict(self.more))), sort_keys=True)
        return Entry(self.key, self.name, value, shown=json.dumps([self.key, self.colour, self.shortcut]))

    def without_shortcut(self) -> Category:
        """The same, reached by no keys."""
        return replace(self, shortcut=NO_SHORTCUT)


def category(value: str) -> Category:
    """The category that an entry with that value is."""
    told: dict[str, Any] = json.loads(value)
    return Category(**told)
