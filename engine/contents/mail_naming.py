"""Which tag a message gets: by the key of its own bytes, which win over what a listing said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine import threads
from engine.batches import Batch, Entry
from engine.census import Census, folder_number, key_number, place_number
from engine.keyset import KeySet
from engine.ports import SourceMessage
from engine.source_key import message_key
from engine.tags import item_tag


class Naming:
    """Gives every message a tag that no other item has. May be used by several readers at once."""

    def __init__(
        self, task_id: str, census: Census, *, on_key: Callable[[Entry, bytes], None],
        on_there: Callable[[Entry, str], None],
    ) -> None:
        """`on_key` is told each message's true key, `on_there` of one that proves to be there, and by whose tag."""
        self.given = KeySet()                   # as census.place_number
        self._task_id = task_id
        self._census = census
        self._on_key = on_key
        self._on_there = on_there
        self._before = KeySet()
        self._twins: dict[int, int] = {}        # of a place with twins: the next one's number
        self._lock = threads.Lock()

    def start(self) -> None:
        """Notes which of our tags are taken; called when the census is complete."""
        for place, _ in self._census.own():
            self._before.add(place)

    def identify(self, batch: Batch, entry: Entry, message: SourceMessage) -> Entry | None:
        """The entry with its tag. None: its listing did not show its true key, and by that it is there already."""
        if entry.tag:
            return entry
        key = message_key(message.mime)
        folder = folder_number(batch.code)
        with self._lock:
            self._on_key(entry, key)
            if entry.key != key:
                match = self._census.take_same(folder, key_number(key))
                if match is not None:
                    self._on_there(entry, match.task)
                    return None
            twin = self._free(folder, key_number(key))
        return replace(entry, key=key, tag=item_tag(self._task_id, batch.code, key, twin))

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
