"""Items of the source that became several at the destination, and of which parts are no longer there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from engine.items.tags import PART, UNFINISHED, parse_tag, part_of, whole_of
from engine.ports.items import TaggedItem

LACKING = "a part of it is no longer there: at the source it is one with others, and only so it has all that it had"


class PartsThere:
    """What was seen of such items; they are few. What is not finished does not count."""

    def __init__(self, *, ignored: Collection[str] = ()) -> None:
        """Tags of the `ignored` tasks (compact IDs) do not count."""
        self._ignored = frozenset(ignored)
        self._parts: dict[str, dict[str, int]] = {}     # by the tag of the whole: its items, and their numbers
        self._lowest: dict[str, tuple[int, str, TaggedItem]] = {}       # its lowest part, and the folder of that
        self._unfinished: set[str] = set()
        self._deleted_first: set[str] = set()

    def see(self, folder_id: str, item: TaggedItem) -> None:
        """Takes note of an item at the destination."""
        if item.tag.endswith(UNFINISHED):
            self._unfinished.add(whole_of(item.tag))
            return
        tag = parse_tag(item.tag) if PART in item.tag else None
        if tag is not None and tag.part and tag.task not in self._ignored:
            whole = whole_of(item.tag)
            self._parts.setdefault(whole, {})[item.id] = tag.part
            if whole not in self._lowest or tag.part < self._lowest[whole][0]:
                self._lowest[whole] = tag.part, folder_id, item

    def gone(self, item_id: str) -> None:
        """Forgets an item that is no longer where it was seen."""
        for parts in self._parts.values():
            parts.pop(item_id, None)

    def without_first(
        self, holds: Callable[[str], bool], *, of: Collection[str]
    ) -> Iterator[tuple[str, TaggedItem]]:
        """Of each item whose first part its owner has deleted the lowest part that is left, as if it were the first,
        with its folder: the item was copied. `holds` says whether a tag's first part is there; only items of those
        tasks (compact IDs) count.

        The first part is made before all others, and is finished after them.
        """
        for whole, parts in self._parts.items():
            is_known = whole.partition(":")[0] in of
            if parts and is_known and whole not in self._unfinished and not holds(whole):
                self._deleted_first.add(whole)
                _, folder_id, item = self._lowest[whole]
                yield folder_id, replace(item, tag=part_of(item.tag, 1))

    def lacking(self, holds: Callable[[str], bool]) -> dict[str, str]:
        """Of each item that is not whole the id of what is left, with the code of its source folder.

        `holds` says whether a tag's first part is there.
        Of three parts or more, nobody notices when the last ones are gone.
        """
        def has_first(whole: str) -> bool:
            return whole not in self._deleted_first and holds(whole)

        return {min(parts, key=lambda one: parts[one]): whole.split(":")[1] for whole, parts in self._parts.items()
                if parts and not _is_whole({*parts.values(), *([1] if has_first(whole) else ())})}


def _is_whole(parts: set[int]) -> bool:
    return len(parts) > 1 and len(parts) == max(parts)
