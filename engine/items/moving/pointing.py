"""Items that point to others: each is written once what it points to is there.

What is of another content is there already, or does not come: the steps have an order. What is of the same content is
waited for, as long as it is still to be written. Where items point to one another in a circle, one of them is written
without, and its writer puts something in the place of what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from engine import threads
from engine.items.batches import Batch, Entry
from engine.items.kind import ItemKind
from engine.items.known.census import key_number
from engine.items.known.links import Links
from engine.ports.items import Item, Outcome, Verdict
from engine.ports.source import SourceFolder

Identify = Callable[[Batch, Sequence[tuple[Entry, Item]]], Sequence[Entry | None]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item that was read and is not sent yet; `wants` are the numbers of the keys that it waits for."""

    batch: Batch
    entry: Entry
    wants: frozenset[int]

    @property
    def key(self) -> int:
        """The number of its own key."""
        return key_number(self.entry.key)


class Pointing:
    """What the items of one content point to. May be used by many threads."""

    def __init__(
        self, kind: ItemKind, links: Links, folders: Sequence[SourceFolder], identify: Identify,
        *, copies: Mapping[int, Mapping[str, int]] = MappingProxyType({}),
    ) -> None:
        """`folders` are those of the source; `copies` how many items have the same key, by its number and by folders.

        `identify` gives items of a batch that were read their tags; None: one need not be sent after all.
        """
        self._kind = kind
        self._links = links
        self._codes = {folder.ref: kind.item_code(folder) for folder in folders}
        self._identify = identify
        self._copies = copies
        self._waiting: list[Waiting] = []
        self._due: set[tuple[int, int]] = set()
        self._lock = threads.Lock()

    def identified(self, batch: Batch, contents: Sequence[tuple[Entry, Item]]) -> list[tuple[Entry, Item]]:
        """Those that are to be sent now, each with its tag; those that wait for others are set aside."""
        found: list[tuple[Entry, Item]] = []
        for (_, item), entry in zip(contents, self._identify(batch, contents), strict=True):
            if entry is None or self._is_to_wait(batch, entry, item):
                item.close()
            else:
                found.append((entry, item))
        return found

    def _is_to_wait(self, batch: Batch, entry: Entry, item: Item) -> bool:
        """True: it points to others of its content that are not there, and was set aside."""
        if not self._kind.points_to or (entry.listing, entry.number) in self._due:
            return False
        wants = frozenset(self._wanted(item)) - {key_number(entry.key)}
        if wants:
            with self._lock:
                self._waiting.append(Waiting(batch, entry, wants))
        return bool(wants)

    def _wanted(self, item: Any) -> Iterator[int]:
        for link in item.links:
            if link.content is self._kind.content and not self._ids(link):
                yield key_number(link.key)

    def _ids(self, link: Any) -> tuple[str, ...]:
        """None of those of which several have the same key, if nothing else tells them from one another."""
        code = self._codes.get(link.folder, "")
        if link.address:
            return self._links.all_of(link.key, code)
        several = self._copies.get(key_number(link.key))
        if several is None:
            return self._links.of(link.key, code)
        return self._links.of(link.key, code, elsewhere=False) if several.get(link.folder) == 1 else ()

    def due(self) -> list[Batch]:
        """What was set aside and can be written now that all else was; [] where nothing is left."""
        with self._lock:
            keys = {one.key for one in self._waiting}
            due = [one for one in self._waiting if not one.wants & keys] or self._one_of_a_circle()
            self._due.update((one.entry.listing, one.entry.number) for one in due)
            self._waiting = [one for one in self._waiting if (one.entry.listing, one.entry.number) not in self._due]
        return list(_batches(due))

    def _one_of_a_circle(self) -> list[Waiting]:
        """One of those that wait for one another, and so for themselves."""
        by_key = {one.key: one for one in self._waiting}
        at = next(iter(self._waiting), None)
        seen: set[int] = set()
        while at is not None and at.key not in seen:
            seen.add(at.key)
            at = by_key[min(at.wants & by_key.keys())]
        return [] if at is None else [at]

    def resolved(self, contents: Sequence[tuple[Entry, Item]]) -> list[tuple[Entry, Item]]:
        """The same, each with the ids of what it points to."""
        if not self._kind.points_to:
            return list(contents)
        return [(entry, self._with_ids(item)) for entry, item in contents]

    def _with_ids(self, item: Any) -> Any:
        found = {link: ids for link in item.links if (ids := self._ids(link))}
        return replace(item, linked=found)

    def written(self, contents: Sequence[tuple[Entry, Item]], outcomes: Sequence[Outcome]) -> None:
        """Takes note of what is there now, for whoever points to it."""
        if self._kind.content in self._kind.points_to:
            for (entry, _), outcome in zip(contents, outcomes, strict=True):
                if outcome.verdict is Verdict.DONE and outcome.id:
                    self._links.made(entry.tag, outcome.id, *outcome.others)


def _batches(due: Sequence[Waiting]) -> Iterator[Batch]:
    """Those that were read together, together again."""
    together: dict[int, tuple[Batch, list[Entry]]] = {}
    for one in due:
        together.setdefault(id(one.batch), (one.batch, []))[1].append(one.entry)
    for batch, entries in together.values():
        yield replace(batch, entries=tuple(entries))
