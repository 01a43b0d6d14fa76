"""What earlier tasks have written of a setting: so their entries are known, however they were changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.errors import FatalError, UnreadableError
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.task_id import compact
from engine.settings.image import Change


@dataclass(frozen=True, slots=True)
class EarlierChanges:
    """What other tasks have written into the mailbox, as long as their before-images are kept.

    `by_origin` are the changes of tasks of the same source, by what that calls the entries; of several the newest
    task's. `writers` are the tasks by what the mailbox calls what they have written.
    """

    by_origin: dict[str, Change] = field(default_factory=dict)
    writers: dict[str, str] = field(default_factory=dict)

    def counts_on(self, ids: Iterable[str]) -> Mapping[str, int]:
        """By compact task ID, how many of those entries another task has written."""
        return Counter(compact(self.writers[one]) for one in ids if one in self.writers)


def earlier_changes(run: Run, content: Content) -> EarlierChanges:
    """Reads them. What cannot be read tells nothing."""
    found = EarlierChanges()
    for task in run.earlier:        # newest first
        if task.counts and task.task_id != run.task_id:
            for change in _written(run, task.task_id, content):
                found.writers.setdefault(change.ours.id, task.task_id)
                if change.origin and not task.of_another_source:
                    found.by_origin.setdefault(change.origin, change)
    return found


def _written(run: Run, task_id: str, content: Content) -> list[Change]:
    try:
        image = run.images.load(task_id, content)
    except (FatalError, UnreadableError):
        return []
    return [change for change in image.changes if change.ours.id]
