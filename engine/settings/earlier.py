"""What earlier tasks have written of a setting: so their entries are known, however they were changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from engine.errors import FatalError, RefusedError, UnreadableError
from engine.items.run import Run
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.task_id import as_shown, compact
from engine.ports.settings import Entry
from engine.settings.image import Change, Image
from engine.settings.keeping import stash_name

MOST_UNKNOWN = 50       # tasks that are asked for in the mailbox


@dataclass(frozen=True, slots=True)
class EarlierChanges:
    """What other tasks have written into the mailbox, as long as their before-images are kept.

    `by_origin` are the changes of tasks of the same source, by what that calls the entries; of several the newest
    task's. `by_key` are those of them that the source has no name for, by their keys. `writers` are the tasks by what
    the mailbox calls what they have written.
    """

    by_origin: dict[str, Change] = field(default_factory=dict)
    by_key: dict[str, Change] = field(default_factory=dict)
    writers: dict[str, str] = field(default_factory=dict)

    def learn(self, image: Image, *, of_another_source: bool) -> None:
        """Takes in what an earlier task has written, unless a newer one has said it."""
        for change in image.changes:
            if not change.origin and not of_another_source:
                self.by_key.setdefault(change.key, change)
            if change.ours.id:
                self.writers.setdefault(change.ours.id, image.task_id)
                if change.origin and not of_another_source:
                    self.by_origin.setdefault(change.origin, change)

    def counts_on(self, ids: Iterable[str]) -> Mapping[str, int]:
        """By compact task ID, how many of those entries another task has written."""
        return Counter(compact(self.writers[one]) for one in ids if one in self.writers)


def earlier_changes(run: Run, content: Content, wanted: Iterable[Entry]) -> EarlierChanges:
    """What is known of other tasks, be it in the mailbox alone, whose tags tell that there was such a task.

    Nothing where the source has no names of its own for what is wanted: then keys alone tell what is there. Where the
    source has nothing any more, the mailbox is not asked. What cannot be read tells nothing. Raises FatalError,
    HaltedError.
    """
    found = EarlierChanges()
    names = [entry.id for entry in wanted]
    if names and not any(names):
        return found
    for task in run.earlier:        # newest first
        if task.counts and task.task_id != run.task_id:
            with suppress(FatalError, UnreadableError):
                found.learn(run.images.load(task.task_id, content), of_another_source=task.of_another_source)
    for image in _of_the_mailbox(run, content) if names else ():
        found.learn(image, of_another_source=False)
    return found


def _of_the_mailbox(run: Run, content: Content) -> Iterator[Image]:
    """The images of tasks that the store has lost, as far as this visit has seen items of theirs."""
    own = run.record()
    if run.survey is not None:      # which has read nothing yet where the contents of items are done, or not asked for
        run.survey.look()
    seen = set() if run.survey is None else set(run.survey.tasks)
    unknown = seen - {compact(task_id) for task_id in (run.task_id, *(task.task_id for task in run.earlier))}
    if own is None:
        return
    for task_id in map(as_shown, sorted(unknown)[:MOST_UNKNOWN]):
        data = None
        with suppress(RefusedError):
            data = run.patiently(partial(run.destination.stashed, stash_name(task_id, content)))
        if data is not None:
            with suppress(FatalError, UnreadableError):
                stash = run.images.unseal(data, task_id, content)
                theirs = stash.task()
                if theirs is not None and _same(theirs.request.source, own.request.source):
                    yield stash


def _same(one: Account, other: Account) -> bool:
    return (one.identity, one.host) == (other.identity, other.host)
