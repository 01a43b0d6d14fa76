"""What earlier tasks have written of a setting: so their entries are known, however they were changed since."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import FatalError, UnreadableError
from engine.items.run import Run
from engine.migration.content import Content
from engine.settings.image import Change


def earlier_changes(run: Run, content: Content) -> Mapping[str, Change]:
    """What tasks of the same source have written into this mailbox, by what the source calls the entries.

    Of several, the newest task's. It is known as long as the before-image of a task is kept. What cannot be read tells
    nothing.
    """
    found: dict[str, Change] = {}
    for task in run.earlier:        # newest first
        if task.counts and not task.of_another_source and task.task_id != run.task_id:
            for change in _written(run, task.task_id, content):
                found.setdefault(change.origin, change)
    return found


def _written(run: Run, task_id: str, content: Content) -> list[Change]:
    try:
        image = run.images.load(task_id, content)
    except (FatalError, UnreadableError):
        return []
    return [change for change in image.changes if change.origin and change.ours.id]
