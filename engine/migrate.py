"""The step loop, forwards: one content after the other, until the end, a pause, or a person's help is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from engine.contents import mail
from engine.errors import FatalError, InLineError, InputError, LeaseLostError, RefusedError, RetryableError, Side
from engine.halt import Halt, HaltedError
from engine.migration import RESUMABLE, ROLLBACK_WINDOW, Content, Counts, Migration, MigrationRequest, State, Step
from engine.ports import Destination
from engine.repeat import gave_up
from engine.run import Run
from engine.store import Ask
from engine.visit import SECRETS_KEPT, Engine, Tell, Visit, moving, true_cause, visit

STEPS: Mapping[Content, Callable[[Run], Counts]] = MappingProxyType({Content.MAIL: mail.migrate})
STOPPED = frozenset({State.PAUSED, State.NEEDS_ATTENTION})     # until a person has it go on
UNDER_WAY = frozenset({State.WAITING, State.RUNNING})          # all else waits for a person, or is over
WINDOW_START, WINDOW_END = "window start", "window end"
STEP_END = "step end"       # where the process that wrote has not noted the window's end


def start(engine: Engine, request: MigrationRequest, *, source_password: str, destination_password: str) -> Migration:
    """A new migration in line, its secrets in the vault."""
    _check_contents(request)
    migration = engine.store.create(request)
    keep_secrets(engine, migration.task_id, {Side.SOURCE: source_password, Side.DESTINATION: destination_password})
    return migration


def start_kept(engine: Engine, task_id: str, request: MigrationRequest) -> Migration:
    """A new migration in line under a task ID that its passwords are in the vault for already; begun once only.

    Called again after anything, it returns the record that there is.
    """
    _check_contents(request)
    for side in Side:
        engine.vault.expire(task_id, side, engine.clock() + SECRETS_KEPT)
    return engine.store.create(request, task_id=task_id)


def _check_contents(request: MigrationRequest) -> None:
    unknown = [c for c in request.contents if c not in STEPS]
    if unknown or not request.contents:
        raise InputError(f"This cannot be migrated: {', '.join(unknown) or 'nothing was chosen'}.")


def keep_secrets(engine: Engine, task_id: str, secrets: Mapping[Side, str]) -> None:
    """Puts passwords into the vault, in the place of what was there."""
    for side, secret in secrets.items():
        engine.vault.put(task_id, side, secret, expires=engine.clock() + SECRETS_KEPT)


def migrate(engine: Engine, task_id: str, *, halt: Halt, tell: Tell = lambda _m: None) -> Migration:
    """Works on a migration until it ends, is paused, or needs attention; returns its record.

    Safe to call again after anything, a SIGKILL included: only what is missing is copied. Raises InputError when it
    cannot be resumed or another process is at work on it, LeaseLostError when another process has taken it over.
    """
    with visit(engine, task_id, halt, tell, hears_pause=True) as at:
        if at.migration.state not in RESUMABLE:
            raise InputError(f"Task {task_id} is {at.migration.state}: there is nothing to resume.")
        if at.migration.state in STOPPED:
            _answer_all(at)
        try:
            at.update(state=State.RUNNING, stage="signing in", attention=None, waits_for=None)
            _work(at)
        except HaltedError:
            _halted(at, in_step=at.migration.started is not None)
        except InLineError:     # its turn has not come, so no step is under way
            if not engine.store.asked(task_id):
                raise
            _halted(at, in_step=False)
        except LeaseLostError:
            raise
        except RetryableError as error:
            _failed(at, gave_up(error))
        except RefusedError as error:       # of something that is no item: the list of folders, perhaps
            _failed(at, FatalError(str(error), side=Side.DESTINATION))
        except FatalError as error:
            _failed(at, error)
        return at.migration


def _failed(at: Visit, error: FatalError) -> None:
    """Needs a person; unless somebody has cancelled it, and will not come back for it."""
    if _cancelled(at):
        at.note(error)
        _end(at)
        return
    at.engine.store.answer(at.task_id, Ask.PAUSE)
    at.needs_attention(error)


def _work(at: Visit) -> None:
    with at.destination() as destination:
        try:
            _steps(at, destination)
        except FatalError as error:
            raise true_cause(error, destination) from error


def _steps(at: Visit, destination: Destination) -> None:
    source = at.open_source()
    with at.mailbox(destination, waiting=State.WAITING) as lease:
        if at.migration.started is None:
            at.journal.remember(WINDOW_START, destination.now().isoformat())
        at.journal.remember(WINDOW_END, "")
        at.journal.remember(STEP_END, "")
        at.update(state=State.RUNNING, started=at.migration.started or at.engine.clock())
        at.engine.store.clear_report(at.task_id)
        try:
            at.settle()
            for content in at.migration.request.contents:
                if at.migration.step(content).ended is None:
                    if at.migration.step(content).started is None and _cancelled(at):
                        break       # what was begun is finished first
                    _step(at, content, at.run(content, destination, lease, source=source))
        except LeaseLostError:      # whoever has it now says when the window ends
            raise
        except BaseException:
            at.journal.remember(WINDOW_END, destination.now().isoformat())
            raise
        at.journal.remember(WINDOW_END, destination.now().isoformat())
        _end(at)


def _step(at: Visit, content: Content, run: Run) -> None:
    at.update(stage=moving(content))
    at.update_step(content, Step(started=at.migration.step(content).started or at.engine.clock()))
    STEPS[content](run)
    at.update_step(content, replace(at.migration.step(content), ended=at.engine.clock()))
    at.engine.store.forget_resent(at.task_id)


def _cancelled(at: Visit) -> bool:
    return Ask.CANCEL in at.engine.store.asked(at.task_id)


def _end(at: Visit) -> None:
    state = State.CANCELLED if _cancelled(at) else State.COMPLETED
    _note_step_end(at)
    at.update(state=state, stage="", ended=at.engine.clock(), attention=None, waits_for=None)
    _answer_all(at)
    _let_go_of_secrets(at.engine, at.task_id)


def _answer_all(at: Visit) -> None:
    """What was asked before counts no more."""
    for ask in Ask:
        at.engine.store.answer(at.task_id, ask)


def _note_step_end(at: Visit) -> None:
    """A process that was killed has not noted when it ended: what is changed from now on is its owner's work."""
    if at.journal.recall(WINDOW_END) == "":
        at.journal.remember(STEP_END, at.engine.clock().isoformat())


def _let_go_of_secrets(engine: Engine, task_id: str) -> None:
    """The source's password goes at the end, the destination's with the rollback window."""
    engine.vault.drop(task_id, Side.SOURCE)
    engine.vault.expire(task_id, Side.DESTINATION, engine.clock() + ROLLBACK_WINDOW)


def _halted(at: Visit, *, in_step: bool) -> None:
    """Ended if it was cancelled and no step is under way, paused if a person asked for it.

    Else it is handed over, and nothing to be seen of it, to the next process.
    """
    asked = at.engine.store.asked(at.task_id)
    at.engine.store.answer(at.task_id, Ask.PAUSE)
    if Ask.CANCEL in asked and not in_step:
        _end(at)
    elif Ask.PAUSE in asked:
        _note_step_end(at)
        at.update(state=State.PAUSED, stage="", waits_for=None)


def cancel(engine: Engine, task_id: str) -> Migration:
    """Asks a migration under way to end after its step; ends one that is not under way at once.

    Raises InputError when it has ended already.
    """
    migration = engine.store.load(task_id)
    if migration.state not in RESUMABLE:
        raise InputError(f"Task {task_id} is {migration.state}: there is nothing to cancel.")
    engine.store.ask(task_id, Ask.CANCEL)
    try:
        with visit(engine, task_id, Halt(), lambda _m: None) as at:
            if at.migration.state in RESUMABLE:     # it may have ended a moment ago
                _end(at)
            return at.migration
    except InputError:     # somebody is at work on it and has heard
        return migration


def pause(engine: Engine, task_id: str) -> Migration:
    """Asks a migration under way to stop at the next batch; one that is only in line stops at once.

    Raises InputError when there is nothing to stop.
    """
    migration = engine.store.load(task_id)
    if migration.state not in UNDER_WAY:
        raise InputError(f"Task {task_id} is not running.")
    engine.store.ask(task_id, Ask.PAUSE)
    try:
        with visit(engine, task_id, Halt(), lambda _m: None) as at:
            if at.migration.state in UNDER_WAY:     # it may have ended a moment ago
                _halted(at, in_step=False)
            return at.migration
    except InputError:     # somebody is at work on it and has heard
        return migration


def resume(engine: Engine, task_id: str) -> Migration:
    """Puts a migration that stopped back in line, for a process that calls `migrate`.

    Raises InputError when it has not stopped.
    """
    with visit(engine, task_id, Halt(), lambda _m: None) as at:
        if at.migration.state not in STOPPED:
            raise InputError(f"Task {task_id} is {at.migration.state}: there is nothing to resume.")
        _answer_all(at)
        at.update(state=State.WAITING, stage="", attention=None, waits_for=None)
        return at.migration


def copy_again(engine: Engine, task_id: str) -> Migration:
    """Lets a task copy everything again although nothing of what was copied earlier can be seen.

    The record keeps it until the task ends. Raises InputError when another process is at work on it.
    """
    with visit(engine, task_id, Halt(), lambda _m: None) as at:
        at.update(copy_again=True)
        return at.migration


def purge(engine: Engine) -> None:
    """Removes secrets whose time is over; called by every door when it starts."""
    engine.vault.purge(engine.clock())
