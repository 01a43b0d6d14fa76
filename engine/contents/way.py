"""The way of a content: what each of them is asked for, forwards and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from engine.items.back.mailbox_clock import Window
from engine.items.back.removal import Found, Removal
from engine.items.back.removing import Removed
from engine.items.kind import ItemKind
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts


class Way(Protocol):
    """One object for both directions: who brings something knows how it is taken back."""

    @property
    def content(self) -> Content: ...

    @property
    def kind(self) -> ItemKind | None:
        """The items that it moves; None where there are none, but settings."""
        ...

    def forwards(self, run: Run) -> Counts:
        """Moves it. Raises FatalError or HaltedError; the next visit goes on."""
        ...

    def look_back(self, run: Run, window: Window, there: Iterable[Found]) -> Removal:
        """What a rollback would remove and keep; `there` are the task's items of this content. Changes nothing."""
        ...

    def backwards(self, run: Run, ids: Sequence[str], *, on_removed: Callable[[int], None]) -> Removed:
        """Removes those items for good; tells how many more are gone as it goes on."""
        ...

    def names(self, run: Run, ids: Sequence[str]) -> dict[str, str]:
        """What the owner calls those items; one that is gone is left out."""
        ...
