"""The way of the items of one content: forwards, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from engine.items.back.mailbox_clock import Window
from engine.items.back.removal import Found, Removal, plan
from engine.items.back.removing import Removed, remove
from engine.items.copying import copy
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts


@dataclass(frozen=True, slots=True)
class ItemWay:
    """Items of one kind: those that are missing are copied; what was brought is known by its tags, and removed."""

    kind: ItemKind

    @property
    def content(self) -> Content:
        """What is moved."""
        return self.kind.content

    def forwards(self, run: Run) -> Counts:
        """Copies what is missing. Raises FatalError, HaltedError; the next visit goes on."""
        return copy(run, self.kind)

    def look_back(self, run: Run, window: Window, there: Iterable[Found]) -> Removal:
        """What a rollback would remove and keep, of what is `there` of this content. Changes nothing."""
        return plan(run, window, self.kind, there)

    def backwards(self, run: Run, ids: Sequence[str], *, on_removed: Callable[[int], None]) -> Removed:
        """Removes those items for good; says what became of each, and tells how many more are gone as it goes on."""
        return remove(run, ids, on_removed=on_removed)

    def names(self, run: Run, ids: Sequence[str]) -> dict[str, str]:
        """Their subjects."""
        return run.patiently(partial(run.destination.names, ids))
