"""What the engine asks about Inbox rules: where they file mail, whether they send any, which stop the later ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from engine.ports.settings import Entry, Settings

NOWHERE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rule(Entry):
    """A rule of a source, with everybody's addresses as they are from now on; its key holds at the source alone.

    `folders` are those that it files into, by their ids at the source, with their names; "" where one is there no more.
    `sends`: it sends mail on. `stops`: it keeps the rules behind it from the mail that it acts on. `stopping` is the
    rule that does nothing but that, of the same conditions and exceptions; None where these cannot be carried.
    `theirs` is the digest of the rule as the source has it.
    """

    folders: Mapping[str, str] = field(default_factory=lambda: NOWHERE)
    sends: bool = False
    stops: bool = False
    stopping: Entry | None = None
    theirs: str = ""


class RuleSettings(Settings, Protocol):
    """The rules of a destination mailbox. Of several with one meaning each has a key of its own (`numbered`)."""

    def placed(self, rule: Entry, folders: Mapping[str, str]) -> Entry:
        """A rule of a source as this mailbox is to have it, with the key of what it means here.

        `folders` are the ids of its folders, by those at the source. Asks nothing.
        """
        ...


def numbered(keys: Iterable[str]) -> list[str]:
    """The keys, with .2, .3, … behind those that were there before."""
    counts = Counter[str]()
    made: list[str] = []
    for key in keys:
        counts[key] += 1
        made.append(key if counts[key] == 1 else f"{key}.{counts[key]}")
    return made
