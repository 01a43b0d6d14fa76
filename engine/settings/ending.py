"""The end of a before-image: when the rollback is done, and when the rollback window is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from engine.decisions import decided
from engine.errors import FatalError, InputError, OmmError, RefusedError, Side, UnreadableError
from engine.migration.keeping import kept_until
from engine.migration.request import Content
from engine.migration.states import ENDED, GOING_BACK
from engine.migration.visit import Engine, Visit, visit
from engine.ports.destination import Destination
from engine.settings.keeping import STASH_GONE, stash_name

# Before the window ends, because the password goes with it. Whoever rolls back after that has the store's image.
BEFORE_THE_END = timedelta(hours=2)


def unstash(at: Visit, destination: Destination, contents: Iterable[Content], ask: Callable[[Callable[[], None]], None]
            ) -> None:
    """Removes the mailbox's own copies, each by `ask`. One that the destination does not remove stays."""
    for content in contents:
        try:
            ask(partial(destination.unstash, stash_name(at.task_id, content)))
        except RefusedError as error:
            decided("before-image stays in the mailbox", task=at.task_id, error=type(error).__name__)


def settings_of(at: Visit) -> list[Content]:
    """The settings among a task's contents."""
    ways = at.engine.contents
    return [c for c in at.migration.request.contents if c in ways and ways[c].kind is None]


def purge_images(engine: Engine) -> None:
    """Removes from the store every before-image that no rollback can need any more."""
    _each(engine, _drop_if_over)


def end_windows(engine: Engine) -> None:
    """The same, and removes the mailboxes' own copies of tasks whose rollback window is about to end.

    Each mailbox is asked once, without patience: one that does not answer is asked again at the next call.
    """
    _each(replace(engine, patience=0.0), _end_window)


def _each(engine: Engine, do: Callable[[Visit], None]) -> None:
    for task_id in engine.store.images.tasks():
        try:
            with visit(engine, task_id) as at:
                do(at)
        except (InputError, UnreadableError):       # somebody works on it, it is gone, or of a newer release
            continue


def _left(at: Visit) -> timedelta:
    now = at.engine.clock()
    until = kept_until(at.migration, Side.DESTINATION, now)
    return timedelta() if until is None else until - now


def _drop_if_over(at: Visit) -> None:
    if _left(at) <= timedelta():
        at.engine.store.images.drop(at.task_id)


def _end_window(at: Visit) -> None:
    _drop_if_over(at)
    ended = at.migration.state in ENDED and at.migration.state not in GOING_BACK
    if ended and timedelta() < _left(at) <= BEFORE_THE_END and not at.journal.recall(STASH_GONE):
        try:
            with at.destination() as destination:
                unstash(at, destination, settings_of(at), lambda ask: ask())
            at.journal.remember(STASH_GONE, "yes")
        except OmmError as error:
            if isinstance(error, FatalError):
                at.note(error)
            decided("before-image stays in the mailbox for now", task=at.task_id, error=type(error).__name__)
