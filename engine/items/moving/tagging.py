"""Which tag an item gets: by the key of its own content, which wins over what a listing said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from engine import threads
from engine.items.batches import Batch, Entry
from engine.items.kind import Digests, ItemKind
from engine.items.known.census import Census, Match, folder_number, key_number, place_number
from engine.items.known.keyset import KeySet
from engine.items.tags import Tag, item_tag
from engine.ports.items import Item, TaggedItem


class Tagging:
    """Gives every item a tag that no other item has. May be used by several readers at once."""

    def __init__(
        self, task_id: str, kind: ItemKind, census: Census, *, on_key: Callable[[Entry, bytes], None],
        on_there: Callable[[Entry, Match], None], on_doubt: Callable[[Entry], None],
    ) -> None:
        """`on_key` is told each message's true key, `on_there` of one that proves to be there, and by which tag.

        `on_doubt` is told of one that may have been moved: that is known when all other messages have told their keys.
        """
        self.given = KeySet()                   # as census.place_number
        self._task_id = task_id
        self._kind = kind
        self._census = census
        self._on_key = on_key
        self._on_there = on_there
        self._on_doubt = on_doubt
        self._before = KeySet()
        self._may_be_twice = False
        self._by_this_way: Counter[tuple[tuple[str, ...], str, int]] = Counter()     # path, words, folder's number
        self._twins: dict[int, int] = {}        # of a place with twins: the next one's number
        self._lock = threads.Lock()

    def see(self, folder_id: str, item: TaggedItem) -> None:
        """Shows the census a tag; what was written is read back while others of our items are compared with it."""
        with self._lock:
            self._census.see(folder_id, item, given=self.given)

    def start(self) -> None:
        """Notes which of our tags are taken; called when the census is complete."""
        for place, _ in self._census.own():
            self._before.add(place)
        self._may_be_twice = bool(self._census.folders_left())

    def perhaps_twice(self) -> Counter[tuple[tuple[str, ...], str]]:
        """How many items another task may have copied under another key, by folder and the words of a report."""
        left = self._census.folders_left() if self._by_this_way else frozenset()
        return Counter({
            (path, words): count for (path, words, folder), count in self._by_this_way.items() if folder in left
        })

    def is_given(self, tag: Tag) -> bool:
        """True: an item has got this tag at this visit."""
        return place_number(int(tag.folder, 16), key_number(bytes.fromhex(tag.key)), tag.twin) in self.given

    def identify(self, batch: Batch, contents: Sequence[tuple[Entry, Item]]) -> list[Entry | None]:
        """The entries with their tags. None: a listing did not show a key by which it is, or may be, there already."""
        folder = folder_number(batch.code)
        keys = [b"" if entry.tag else self._kind.key(item) for entry, item in contents]
        digests = [None if entry.tag else self._digests(item) for entry, item in contents]
        with self._lock:
            named = [
                self._named(batch, folder, entry, key, digest)
                for (entry, _), key, digest in zip(contents, keys, digests, strict=True)
            ]
        if self._may_be_twice:
            new = [item for one, (entry, item) in zip(named, contents, strict=True) if one and not entry.tag]
            found = Counter((batch.source.path, self._kind.by_this_way(item), folder) for item in new)
            with self._lock:
                self._by_this_way.update({known: count for known, count in found.items() if known[1]})
        return named

    def _digests(self, item: Item) -> Digests | None:
        if self._kind.digests is not None:
            return self._kind.digests(item)
        theirs = self._kind.theirs(item)
        return ("", theirs) if theirs else None

    def _named(
        self, batch: Batch, folder: int, entry: Entry, key: bytes, digests: Digests | None
    ) -> Entry | None:
        if entry.tag:
            return entry
        self._on_key(entry, key)
        if entry.key != key and self._is_known(entry, folder, key_number(key), digests):
            return None
        twin = self._free(folder, key_number(key))
        return entry.named(key, item_tag(self._task_id, batch.code, key, twin, digests))

    def _is_known(self, entry: Entry, folder: int, key: int, digests: Digests | None) -> bool:
        """Compares a message whose key nobody knew before, or not that alone. True: it is there, or may be."""
        if not self._census.knows(key):
            return False
        self._census.mark(folder, key)
        if digests is not None and (entry.is_twin or _of_labels(digests)):
            match = self._census.take_as_copied(folder, key, digests[1])
        else:
            match = self._census.take_same(folder, key)
        if match is not None:
            self._on_there(entry, match)
        elif not entry.is_twin and self._census.is_left(key):
            self._on_doubt(entry)
        else:
            return False
        return True

    def _free(self, folder: int, key: int) -> int:
        """The first twin's number that no item of ours has, now taken."""
        place = place_number(folder, key)
        twin = self._twins.get(place, 0)
        while not self._take(place_number(folder, key, twin)):
            twin += 1
        if twin:
            self._twins[place] = twin + 1
        return twin

    def _take(self, place: int) -> bool:
        return place not in self._before and self.given.add(place)


def _of_labels(digests: Digests) -> bool:
    """True: it is labels that they tell of. Which of several messages was copied, these tell first."""
    ours, theirs = digests
    return bool(theirs) and not ours
