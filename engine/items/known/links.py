"""Links: where the items are at the destination that others point to, by the source keys in their tags."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from sys import intern

from engine import threads
from engine.items.known.census import key_number
from engine.items.tags import Tag, parse_tag
from engine.ports.items import TaggedItem


@dataclass(frozen=True, slots=True)
class Spot:
    """An item at the destination, by what its tag says: whose it is, and what of the source it is."""

    is_own: bool
    folder: str
    twin: int
    part: int
    task: str

    def distance(self, code: str) -> tuple[bool, bool, int, int]:
        """Sorts what an item from the source folder of that code may have become: what is likelier comes first."""
        return (self.folder != code, not self.is_own, self.twin, self.part)

    def is_of(self, tag: Tag) -> bool:
        """True: it is what has become of the item with that tag."""
        return (self.task, self.folder, self.twin) == (tag.task, tag.folder, tag.twin)


class Links:
    """The ids of items, by their source keys. An item that moves, or goes, is forgotten where it was."""

    def __init__(self, task: str, *, ignored: Collection[str] = ()) -> None:
        """`task` is ours; tags of the `ignored` tasks (all compact IDs) do not count."""
        self._own = task
        self._ignored = frozenset(ignored)
        self._spots: dict[int, dict[str, Spot]] = {}
        self._keys: dict[str, int] = {}
        self._lock = threads.Lock()

    def see(self, item: TaggedItem) -> None:
        """Takes note of an item at the destination. One that is not finished is as good as none."""
        with self._lock:
            self._add(item.tag, [item.id])

    def made(self, tag: str, *ids: str) -> None:
        """Takes note of what an item was made into now, all its parts in order, and of nothing that it was before."""
        known = parse_tag(tag)
        with self._lock:
            spots = {} if known is None or not known.key else self._spots.get(int(known.key[:16], 16), {})
            before = [item_id for item_id, spot in spots.items() if known is not None and spot.is_of(known)]
            for item_id in before:
                del spots[item_id]
            self._add(tag, ids)

    def _add(self, tag: str, ids: Sequence[str]) -> None:
        known = parse_tag(tag)
        if known is None or not known.key or known.unfinished or known.task in self._ignored:
            return
        key = int(known.key[:16], 16)
        for number, item_id in enumerate(ids):
            part = known.part or (number + 1 if number else 0)
            spot = Spot(known.task == self._own, intern(known.folder), known.twin, part, intern(known.task))
            self._spots.setdefault(key, {})[item_id] = spot
            self._keys[item_id] = key

    def gone(self, item_id: str) -> None:
        """Forgets an item that is no longer where it was seen."""
        with self._lock:
            key = self._keys.pop(item_id, None)
            if key is not None:
                self._spots[key].pop(item_id, None)

    def all_of(self, key: bytes, code: str) -> tuple[str, ...]:
        """The ids of all items with that key, in the order in which `of` prefers them."""
        with self._lock:
            spots = dict(self._spots.get(key_number(key), {}))
        return tuple(sorted(
            (item_id for item_id, spot in spots.items() if spot.part <= 1),
            key=lambda item_id: spots[item_id].distance(code),
        ))

    def of(self, key: bytes, code: str, *, elsewhere: bool = True) -> tuple[str, ...]:
        """The ids of what that item of the source has become, its parts in order; () where it is nowhere.

        Of several copies it is the one from the source folder of that code, if there is one, and rather our own task's.
        Where not `elsewhere`, it is none from another folder.
        """
        with self._lock:
            spots = dict(self._spots.get(key_number(key), {}))
        # A part alone is what is left of an item.
        wholes = [spot for spot in spots.values() if spot.part <= 1 and (elsewhere or spot.folder == code)]
        if not wholes:
            return ()
        best = min(wholes, key=lambda spot: spot.distance(code))
        parts: dict[int, str] = {}
        for item_id, spot in spots.items():
            if (spot.task, spot.folder, spot.twin) == (best.task, best.folder, best.twin):
                parts.setdefault(spot.part, item_id)
        return tuple(parts[part] for part in sorted(parts))
