"""Which items of a task's tags are copies that their owner has made: remembered, so that no rollback takes them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.items.run import Run
from engine.store.stored import read_plain, write_plain

SPARED = "spared copies"         # the fact that says which items are their owner's copies


def spared(run: Run) -> set[str]:
    """The ids of those, and what else they are known by."""
    return set(read_plain(run.journal.recall(SPARED), name=f"Migration {run.task_id}", otherwise=[]))


def spare(run: Run, known_by: Iterable[str]) -> None:
    """Notes further ones."""
    run.journal.remember(SPARED, write_plain(sorted({*spared(run), *known_by})))
