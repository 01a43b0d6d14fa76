"""Items of the source that became several at the destination, and of which parts are no longer there."""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.items.tags import PART, parse_tag, whole_of
from engine.ports.items import TaggedItem

LACKING = "a part of it is no longer there: at the source it is one with others, and only so it has all that it had"


class PartsThere:
    """What was seen of such items; they are few. What is not finished does not count."""

    def __init__(self, *, ignored: Collection[str] = ()) -> None:
        """Tags of the `ignored` tasks (compact IDs) do not count."""
        self._ignored = frozenset(ignored)
        self._parts: dict[str, dict[str, int]] = {}     # by the tag of the whole: its items, and their numbers

    def see(self, item: TaggedItem) -> None:
        """Takes note of an item at the destination."""
        tag = parse_tag(item.tag) if PART in item.tag else None
        if tag is not None and tag.part and not tag.unfinished and tag.task not in self._ignored:
            self._parts.setdefault(whole_of(item.tag), {})[item.id] = tag.part

    def gone(self, item_id: str) -> None:
        """Forgets an item that is no longer where it was seen."""
        for parts in self._parts.values():
            parts.pop(item_id, None)

    def lacking(self, holds: Callable[[str], bool]) -> list[str]:
        """Of each item that is not whole the id of what is left. `holds` says whether a tag's first part is there.

        Of three parts or more, nobody notices when the last ones are gone.
        """
        return [min(parts, key=lambda one: parts[one]) for whole, parts in self._parts.items()
                if parts and not _is_whole({*parts.values(), *([1] if holds(whole) else ())})]


def _is_whole(parts: set[int]) -> bool:
    return len(parts) > 1 and len(parts) == max(parts)
