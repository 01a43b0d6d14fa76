"""The step loop, backwards: what a migration brought is removed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from engine.contents import mail_rollback
from engine.errors import FatalError, InLineError, InputError, LeaseLostError, RefusedError, RetryableError, Side
from engine.facts import STEP_END, WINDOW_END, WINDOW_START
from engine.halt import Halt, HaltedError
from engine.lease import Lease
from engine.migration import ROLLBACK_WINDOW, Content, Failure, Migration, Reason, Rollback, State
from engine.ports import Destination
from engine.repeat import gave_up
from engine.run import Run
from engine.states import GOING_BACK, Act, Event, after, check
from engine.visit import Engine, Tell, Visit, true_cause, visit

REPORTED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rollback would do now: items removed, items kept as their owner changed them, folders looked at.

    `counting_on_it` are later tasks into the same mailbox that found items of this one already there, newest first.
    """

    items: int
    kept: int
    folders: int
    counting_on_it: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a person has agreed to: so many items removed, so many kept because they were changed."""

    items: int
    kept: int


class CountChangedError(InputError):
    """A rollback would do something else than what was agreed to. Nothing was removed."""


def preview(engine: Engine, task_id: str, *, discard_changes: bool = False, halt: Halt | None = None) -> Preview:
    """Counts what a rollback would remove. Changes nothing.

    Raises InputError when the migration cannot be rolled back (any more), FatalError.
    """
    with visit(engine, task_id, halt or Halt(), lambda _m: None) as at:
        _check(at)
        try:
            with _open(at, quietly=True) as (destination, lease):
                run, window = _prepared(at, destination, lease)
                removal = mail_rollback.plan(run, window, discard_changes=discard_changes)
        except FatalError as error:
            at.note(error)
            raise
        later = tuple(m.task_id for m in _later(at) if m.step(Content.MAIL).counts.already_there)
        return Preview(len(removal.items), len(removal.kept), len(removal.folders), later)


def roll_back(
    engine: Engine,
    task_id: str,
    *,
    discard_changes: bool = False,
    expected: Expected | None = None,
    agreed: datetime | None = None,
    halt: Halt,
    tell: Tell = lambda _m: None,
) -> Migration:
    """Takes a migration back. Safe to call again after anything; a second one does nothing.

    `expected` is what was agreed to; once the removal has begun it is not looked at any more. `agreed` is when: who
    agreed in time may have had to wait for another task's mailbox. Raises InputError when it cannot be rolled back,
    CountChangedError, HaltedError, LeaseLostError, and FatalError, which the record tells of as well.
    """
    with visit(engine, task_id, halt, tell) as at:
        if at.migration.state is State.ROLLED_BACK:
            return at.migration
        try:
            _check(at, agreed)
            _back(at, discard_changes=discard_changes, expected=expected)
        except (HaltedError, LeaseLostError):
            raise
        except RetryableError as error:
            raise stopped(at, gave_up(error)) from error
        except RefusedError as error:
            raise stopped(at, FatalError(str(error), side=Side.DESTINATION)) from error
        except FatalError as error:
            raise stopped(at, error) from error
        except InLineError:
            raise
        except InputError:
            if at.migration.stage or at.migration.waits_for:    # of an earlier try, which had to wait
                at.update(stage="", waits_for=None)
            raise
        return at.migration


def keep_for(engine: Engine, migration: Migration) -> None:
    """Keeps the destination's password for a rollback that was agreed to in time, however long it has to wait."""
    engine.vault.expire(migration.task_id, Side.DESTINATION, engine.clock() + ROLLBACK_WINDOW)


def keep_no_longer(engine: Engine, migration: Migration) -> None:
    """Has it forgotten when the window ends, as before."""
    if migration.rollback_until is not None and migration.state not in GOING_BACK:
        engine.vault.expire(migration.task_id, Side.DESTINATION, migration.rollback_until)


def stopped(at: Visit, error: FatalError) -> FatalError:
    """Notes in the record why a rollback stopped; returns the error.

    One under way needs a person now; of one that has not begun only the reason is noted.
    """
    at.note(error)
    state = at.migration.state
    if state is State.ROLLING_BACK:
        state = after(state, Event.FATAL)
    at.update(state=state, attention=at.attention(error), stage="", waits_for=None)
    return error


def _check(at: Visit, agreed: datetime | None = None) -> None:
    check(at.migration, Act.ROLL_BACK, agreed or at.engine.clock())


def _check_mailbox(at: Visit, destination: Destination) -> None:
    if at.migration.mailbox != destination.mailbox():
        raise FatalError(
            "This login opens another mailbox than the one that was migrated into.", side=Side.DESTINATION
        )


@contextmanager
def _open(at: Visit, *, quietly: bool = False) -> Iterator[tuple[Destination, Lease]]:
    with at.destination() as destination:
        try:
            _check_mailbox(at, destination)
            with at.mailbox(destination, quietly=quietly) as lease:
                yield destination, lease
        except FatalError as error:
            raise true_cause(error, destination) from error


def _prepared(at: Visit, destination: Destination, lease: Lease) -> tuple[Run, mail_rollback.Window]:
    start = at.journal.recall(WINDOW_START)
    if start is None:
        raise FatalError("The time of this migration's first write is not known.")
    end = at.journal.recall(WINDOW_END)
    finish = datetime.fromisoformat(end) if end else destination.now()
    stopped = at.journal.recall(STEP_END)
    step_end = datetime.fromisoformat(stopped) if stopped else finish
    window = mail_rollback.Window(datetime.fromisoformat(start), finish, step_end)
    return at.run(Content.MAIL, destination, lease), window


def _grown(at: Visit, run: Run, window: mail_rollback.Window) -> mail_rollback.Window:
    """The window with all that was sent without an answer in it: it may be carried out until the grace is over."""
    opened = run.journal.opened()
    if not opened:
        return window
    left = max(run.grace - sent.age for sent in opened.values())
    if left > 0:
        at.update(stage="waiting for what was sent last")
        run.halt.wait(left)
    return replace(window, end=max(window.end, run.destination.now()))


def _back(at: Visit, *, discard_changes: bool, expected: Expected | None) -> None:
    began = at.migration.rollback or Rollback(started=at.engine.clock())
    with _open(at) as (destination, lease):
        run, window = _prepared(at, destination, lease)
        window = _grown(at, run, window)
        if expected is not None and at.migration.state not in GOING_BACK:
            _check_count(at, run, window, expected)
        back = after(at.migration.state, Act.ROLL_BACK)
        at.update(state=back, stage="looking for what was brought", attention=None, rollback=began)
        at.journal.remember(WINDOW_END, window.end.isoformat())
        run.journal.close(list(run.journal.opened()))
        removal = mail_rollback.plan(run, window, discard_changes=discard_changes)
        found = began.removed + len(removal.items) + len(removal.kept)
        at.update(stage="removing", rollback=replace(began, found=found, kept=len(removal.kept)))
        refused = mail_rollback.remove(run, removal, on_removed=lambda count: _count(at, count))
        _report_kept(at, run, dict.fromkeys(removal.kept, "changed since the migration, so it stays"))
        _report_kept(at, run, {item: f"the destination does not remove it: {why}" for item, why in refused.items()})
        if refused:
            at.update(rollback=replace(at.migration.rollback or began, kept=len(removal.kept) + len(refused)))
        folders = mail_rollback.remove_folders(run, removal.folders)
    so_far = at.migration.rollback or began
    done = replace(so_far, folders_removed=so_far.folders_removed + folders, ended=at.engine.clock())
    gone, ended = after(at.migration.state, Event.ALL_REMOVED), at.migration.ended or at.engine.clock()
    at.update(state=gone, stage="", rollback=done, ended=ended)
    at.engine.vault.drop(at.task_id)


def _check_count(at: Visit, run: Run, window: mail_rollback.Window, expected: Expected) -> None:
    """Counts once more. While it does, the record has a stage, so that people see that something goes on."""
    at.update(stage="counting once more")
    removal = mail_rollback.plan(run, window, discard_changes=False)
    if (len(removal.items), len(removal.kept)) != (expected.items, expected.kept):
        at.update(stage="")
        raise CountChangedError("The mailbox has changed since it was counted. Nothing was removed.")


def _count(at: Visit, removed: int) -> None:
    if at.migration.rollback is not None:
        at.update(rollback=replace(at.migration.rollback, removed=at.migration.rollback.removed + removed))


def _report_kept(at: Visit, run: Run, reasons: Mapping[str, str]) -> None:
    """Names items that stay, by their ids, with the reason of each."""
    ids = tuple(reasons)
    for start in range(0, len(ids), REPORTED_AT_ONCE):
        named = run.patiently(partial(run.destination.names, ids[start : start + REPORTED_AT_ONCE]))
        at.report([Failure(Content.MAIL, "", name, reasons[item], Reason.KEPT) for item, name in named.items()])


def _later(at: Visit) -> list[Migration]:
    tasks = at.engine.store.of_mailbox(at.migration.mailbox or "")
    return [m for m in tasks if m.created > at.migration.created and m.state is not State.ROLLED_BACK]
