"""The proof at the end of a step: the tags are read once more, and what is not there is counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from engine.items.kind import ItemKind
from engine.items.known.census import Census
from engine.items.known.keyset import KeySet
from engine.items.known.tag_index import TagIndex
from engine.items.moving.own_twins import OwnTwins
from engine.items.moving.remainders import Remainders
from engine.items.run import Run
from engine.ports.items import TaggedItem


class Proof:
    """Counts, of the items copied at this visit, those that are gone and those that lie elsewhere."""

    def __init__(
        self, run: Run, kind: ItemKind, index: TagIndex, census: Census, given: KeySet, *, kinds: Sequence[ItemKind],
        copied: int, left: int,
    ) -> None:
        """`index` shows `census` what it reads; `given` are the tags of this visit, as census.place_number.

        `kinds` are all that the migration moves. `left` is how much had left folders, as `index` counts it, when the
        step began.
        """
        self._run = run
        self._kind = kind
        self._kinds = kinds
        self._left = left
        self._remainders = Remainders()
        self._index = index
        self._census = census
        self._given = given
        self._copied = copied
        self._removed, self._moved = copied, 0      # as counted last
        self.half_written: list[TaggedItem] = []    # at this visit, and kept, as their owner has changed them

    def read(self) -> tuple[int, int]:
        """How many items their owner removed since we copied them, and how many lie elsewhere than where we wrote them.

        The index shows a tag once, and an item that was looked for after a lost answer was shown then: when anything
        has left a folder since, or was sent twice, the whole mailbox is read anew.
        """
        resent = self._run.journal.resent()
        if not resent:
            self._index.read_all(enough=self._is_whole)
            if self._removed:
                self._index.read_all()
        if resent or self._index.left > self._left:
            twins = OwnTwins()
            twins.look_for(resent)
            self._read_anew(twins, detail=bool(resent))     # times tell our second copy from theirs
            twins.remove(self._run, self._kind)
            self.half_written = self._remainders.remove(
                self._run, self._kinds, resent, is_whole=self._census.holds
            )
            self._count()
        elif self._removed:
            self._count()
        return self._removed, self._moved

    def _read_anew(self, twins: OwnTwins, *, detail: bool) -> None:
        self._census = self._census.anew()
        run = self._run
        index = TagIndex(
            run.destination, run.halt, partial(self._see, twins), detail=detail, patience=run.patience,
            on_wait=run.on_wait,
        )
        index.read_all()

    def _is_whole(self) -> bool:
        """Counts anew. True: nothing that was copied is gone."""
        self._count()
        return not self._removed

    def _count(self) -> None:
        seen = moved = 0
        for place, at_home in self._census.own():
            if place in self._given:
                seen += 1
                moved += not at_home
        self._removed, self._moved = max(0, self._copied - seen), moved

    def _see(self, twins: OwnTwins, folder_id: str, item: TaggedItem) -> None:
        if not self._remainders.see(folder_id, item):
            self._census.see(folder_id, item)
            twins.see(folder_id, item)
