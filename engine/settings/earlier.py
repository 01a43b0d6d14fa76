"""What earlier tasks have written of a setting: so their entries are known, however they were changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial

from engine.errors import FatalError, UnreadableError
from engine.items.run import Run
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.task_id import as_shown, compact
from engine.settings.image import Change, Image
from engine.settings.keeping import stash_name

MOST_UNKNOWN = 50       # tasks that are asked for in the mailbox


def earlier_changes(run: Run, content: Content) -> Mapping[str, Change]:
    """What tasks of the same source have written into this mailbox, by what the source calls the entries.

    Of several, the newest task's. It is known as long as the before-image of a task is kept, be it in the mailbox
    alone, whose tags tell that there was such a task. What cannot be read tells nothing. Raises FatalError,
    HaltedError.
    """
    found: dict[str, Change] = {}
    for image in (*_of_the_store(run, content), *_of_the_mailbox(run, content)):
        for change in image.changes:
            if change.origin and change.ours.id:
                found.setdefault(change.origin, change)
    return found


def _of_the_store(run: Run, content: Content) -> Iterator[Image]:
    for task in run.earlier:        # newest first
        if task.counts and not task.of_another_source and task.task_id != run.task_id:
            with suppress(FatalError, UnreadableError):
                yield run.images.load(task.task_id, content)


def _of_the_mailbox(run: Run, content: Content) -> Iterator[Image]:
    """The images of tasks that the store has lost, as far as this visit has seen items of theirs."""
    own = run.record()
    seen = set() if run.survey is None else set(run.survey.tasks)
    unknown = seen - {compact(task_id) for task_id in (run.task_id, *(task.task_id for task in run.earlier))}
    if own is None:
        return
    for task_id in map(as_shown, sorted(unknown)[:MOST_UNKNOWN]):
        data = run.patiently(partial(run.destination.stashed, stash_name(task_id, content)))
        if data is not None:
            with suppress(FatalError, UnreadableError):
                stash = run.images.unseal(data, task_id, content)
                theirs = stash.task()
                if theirs is not None and _same(theirs.request.source, own.request.source):
                    yield stash


def _same(one: Account, other: Account) -> bool:
    return (one.identity, one.host) == (other.identity, other.host)
