"""A setting of the mailbox in memory, whose entries are called by their keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.ports.items import DONE, Outcome
from engine.ports.settings import Entry


@dataclass(frozen=True)
class MemorySettings:
    """Reads by `ask`, and changes what is `there` by `write`, as the destination that it is of."""

    there: dict[str, str]
    ask: Callable[[str, Callable[[], Any]], Any]
    write: Callable[[str, Sequence[Callable[[], Outcome]]], list[Outcome]]

    def read(self) -> list[Entry]:
        return list(self.ask("settings", lambda: [Entry(key, key, value) for key, value in self.there.items()]))

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        return self.write("apply", [partial(put, self.there, entry.key, entry.value) for entry in add])

    def restore(self, before: Sequence[Entry], ours: Sequence[Entry]) -> list[Outcome]:
        were = {entry.key: entry.value for entry in before}
        return self.write("restore", [partial(put, self.there, entry.key, were.get(entry.key)) for entry in ours])


def put(where: dict[str, Any], key: str, value: Any) -> Outcome:
    """Puts a value there, or removes what there is."""
    if value is None:
        where.pop(key, None)
    else:
        where[key] = value
    return DONE
