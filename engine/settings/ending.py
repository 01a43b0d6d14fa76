"""The end of a before-image: when the task has ended, when its rollback is done, and when the window for that is over.

A task that has ended notes in the mailbox's own copy when it last wrote. If the store is lost, a rollback knows from
that what it brought (engine/migration/taking_up.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from engine.errors import (
    Cause,
    FatalError,
    InputError,
    LeaseLostError,
    OmmError,
    RefusedError,
    Side,
    UnreadableError,
)
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.keeping import kept_until
from engine.migration.record import Migration
from engine.migration.states import ENDED
from engine.migration.visit import Engine, Visit
from engine.migration.visiting import visit
from engine.ports.destination import Destination
from engine.settings.keeping import STASH_GONE, BeforeImage, stash_name

# Before the window ends, because the password goes with it. Whoever rolls back after that has the store's image.
BEFORE_THE_END = timedelta(hours=2)
STASH_ENDED = "stash ended"     # the fact that the mailbox's own copy says, or may say, when the task last wrote


def note_last_write(at: Visit, run: Callable[[Content], Run]) -> None:
    """Notes in the mailbox's own copy when the task last wrote, if it has one; all that it sent was answered.

    A mailbox that does not take that keeps what it has: a rollback without a record looks at more then. Raises
    FatalError of the store, LeaseLostError, HaltedError.
    """
    if at.journal.recall(STASH_GONE) != "":
        return
    at.journal.remember(STASH_ENDED, "yes")
    try:
        _renew(at, run)
    except LeaseLostError:
        raise
    except FatalError as error:
        if error.cause is Cause.STORE:
            raise
        at.decided("last write not kept in the mailbox", error=type(error).__name__)


def note_that_it_goes_on(at: Visit, run: Callable[[Content], Run]) -> None:
    """Notes in the mailbox's own copy, before anything else is written, that the task writes again.

    Raises FatalError, HaltedError.
    """
    if at.journal.recall(STASH_ENDED):
        _renew(at, run)
        at.journal.remember(STASH_ENDED, "")


def _renew(at: Visit, run: Callable[[Content], Run]) -> None:
    """Writes one of the mailbox's own copies anew: the first one's record stands for all."""
    for content in settings_of(at):
        kept = BeforeImage(run(content), content)
        image = kept.load()
        if image.changes:
            try:
                kept.renew(image)
            except RefusedError as error:
                at.decided("last write not kept in the mailbox", error=type(error).__name__)
            kept.close()
            return


def unstash(at: Visit, destination: Destination, contents: Iterable[Content], ask: Callable[[Callable[[], None]], None]
            ) -> None:
    """Removes the mailbox's own copies, each by `ask`. One that the destination does not remove stays."""
    for content in contents:
        try:
            ask(partial(destination.unstash, stash_name(at.task_id, content)))
        except RefusedError as error:
            at.decided("before-image stays in the mailbox", error=type(error).__name__)


def settings_of(at: Visit) -> list[Content]:
    """The settings among a task's contents."""
    ways = at.engine.contents
    return [c for c in at.migration.request.contents if c in ways and ways[c].kind is None]


def purge_images(engine: Engine) -> None:
    """Removes from the store every before-image that no rollback can need any more."""
    for migration in _with_images(engine):
        if _left(engine, migration) <= timedelta():
            with suppress(InputError, UnreadableError), visit(engine, migration.task_id) as at:
                _drop_if_over(at)


def end_windows(engine: Engine) -> None:
    """The same, and removes the mailboxes' own copies of tasks whose rollback window is about to end.

    Each mailbox is asked once, without patience: one that does not answer is asked again at the next call.
    """
    purge_images(engine)
    for migration in _with_images(engine):
        if _is_about_to_end(engine, migration):
            with suppress(InputError, UnreadableError), visit(replace(engine, patience=0.0), migration.task_id) as at:
                _unstash_if_about_to_end(at)


def _with_images(engine: Engine) -> Iterator[Migration]:
    """The tasks that have an image, but for those of a newer release."""
    for task_id in engine.store.images.tasks():
        with suppress(InputError, UnreadableError):
            yield engine.store.load(task_id)


def _left(engine: Engine, migration: Migration) -> timedelta:
    """For how long a rollback may still need it."""
    now = engine.clock()
    until = kept_until(migration, Side.DESTINATION, now)
    return timedelta() if until is None else until - now


def _is_about_to_end(engine: Engine, migration: Migration) -> bool:
    return migration.state in ENDED and timedelta() < _left(engine, migration) <= BEFORE_THE_END


def _drop_if_over(at: Visit) -> None:
    """Looks at the record once more, now that nobody else can change it."""
    if _left(at.engine, at.migration) <= timedelta():
        at.engine.store.images.drop(at.task_id)


def _unstash_if_about_to_end(at: Visit) -> None:
    if not _is_about_to_end(at.engine, at.migration) or at.journal.recall(STASH_GONE):
        return
    try:
        with at.destination() as destination:
            unstash(at, destination, settings_of(at), lambda ask: ask())
        at.journal.remember(STASH_GONE, "yes")
    except OmmError as error:
        if isinstance(error, FatalError):
            at.note(error)
        at.decided("before-image stays in the mailbox for now", error=type(error).__name__)
