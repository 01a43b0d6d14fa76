"""The step loop, forwards: one content after the other, until the end, a pause, or a person's help is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from types import MappingProxyType
from typing import cast

from engine.errors import (
    Cause,
    FatalError,
    InLineError,
    InputError,
    LaterError,
    LeaseLostError,
    RefusedError,
    RetryableError,
    Side,
)
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.first_write import Watched
from engine.migration.keeping import SECRETS_KEPT, TYPED_KEPT, kept_until, settle
from engine.migration.later import wait_for_more
from engine.migration.leaving import end, ended_as_asked
from engine.migration.probe import true_cause
from engine.migration.record import Counts, Migration, State
from engine.migration.renamed import check_still_the_same
from engine.migration.request import MigrationRequest
from engine.migration.same_choice import check_same_choice
from engine.migration.same_mailbox import check_not_the_same
from engine.migration.states import MOVES, RESUMABLE, UNDER_WAY, Act, Event, after, check
from engine.migration.visit import Engine, Visit, moving
from engine.migration.visiting import visit
from engine.pace.halt import Halt, HaltedError
from engine.pace.repeat import gave_up
from engine.ports.destination import Destination
from engine.settings.ending import note_last_write, note_that_it_goes_on, purge_images
from engine.store.facts import WINDOW_END, WINDOW_START

REFUSING = frozenset({
    Cause.SIGN_IN, Cause.FORBIDDEN, Cause.WRONG_PROTOCOL, Cause.NO_EWS, Cause.TOO_OLD, Cause.MAILBOX_GONE,
    Cause.SAME_MAILBOX, Cause.OTHER_CHOICE,
})      # a server says no, and will say so again; all else may pass, or a person can mend it and resume


def start(engine: Engine, request: MigrationRequest, *, source_password: str, destination_password: str) -> Migration:
    """A new migration in line, its secrets in the vault."""
    _check_request(engine, request)
    migration = engine.store.create(request)
    engine.decided("created", task=migration.task_id, contents=len(request.contents))
    keep_secrets(engine, migration.task_id, {Side.SOURCE: source_password, Side.DESTINATION: destination_password})
    return migration


def start_kept(engine: Engine, task_id: str, request: MigrationRequest) -> Migration:
    """A new migration in line under a task ID that its passwords are in the vault for already; begun once only.

    Called again after anything, it returns the record that there is.
    """
    _check_request(engine, request)
    migration = engine.store.create(request, task_id=task_id)
    keep_on(engine, migration)
    engine.decided("created", task=task_id, contents=len(request.contents), state=migration.state)
    return migration


def keep_on(engine: Engine, migration: Migration) -> None:
    """Keeps the passwords for as long as a task in line needs them, counted from when it was last put there.

    They were typed for a form or a retry whose process may have died before it could say so. None is kept shorter than
    before, and those of a task that has ended are left alone.
    """
    if migration.state in RESUMABLE:
        since = migration.resumed or migration.created
        for side in Side:
            engine.vault.extend(migration.task_id, side, since + SECRETS_KEPT)
        _settle_if_over(engine, migration, since)


def _settle_if_over(engine: Engine, known: Migration, given: datetime) -> None:
    """Settles once more how long passwords are kept, where the task has ended since it was `known`."""
    now = _record(engine, known.task_id)
    if now is None:     # forgotten
        engine.vault.drop(known.task_id)
    elif now.state is not known.state and now.state not in RESUMABLE:
        settle(engine.vault, now, given)


def _check_request(engine: Engine, request: MigrationRequest) -> None:
    """Raises InputError for a content that cannot be moved, and for a server that is still to be looked up."""
    if not (request.source.host and request.destination.host):
        raise InputError("The server of an account is not known yet.")
    unknown = [c for c in request.contents if c not in engine.contents]
    if unknown or not request.contents:
        raise InputError(f"This cannot be migrated: {', '.join(unknown) or 'nothing was chosen'}.")


def keep_secrets(engine: Engine, task_id: str, secrets: Mapping[Side, str]) -> None:
    """Puts passwords into the vault, in the place of what was there, for as long as the task needs them.

    A task that failed before its first write has to be resumed within the hour: until then it needs none.
    """
    given, known = engine.clock(), _record(engine, task_id)
    failed = known is not None and known.state is State.FAILED
    for side, secret in secrets.items():
        until = given + TYPED_KEPT if failed else kept_until(known, side, given)
        if until is not None:
            engine.vault.put(task_id, side, secret, expires=until)
    if known is not None:
        _settle_if_over(engine, known, given)


def _record(engine: Engine, task_id: str) -> Migration | None:
    try:
        return engine.store.load(task_id)
    except InputError:
        return None


def migrate(engine: Engine, task_id: str, *, halt: Halt) -> Migration:
    """Works on a migration until it ends, stops, or is handed over to the next process; returns its record.

    Safe to call again after anything, a SIGKILL included: only what is missing is copied. Raises InputError when it is
    not under way (one that stopped is resumed first) or another process is at work on it, LeaseLostError when another
    process has taken it over.
    """
    with visit(engine, task_id, halt, works=True) as at:
        check(at.migration, Act.TAKE_UP, engine.clock())
        engine.decided("taken up", task=task_id, state=at.migration.state, fencing=at.migration.fencing)
        keep_on(engine, at.migration)
        while not (halt.is_set() or at.is_to_stop() or at.is_held_up()):
            at.heard = False
            with halt.part() as at.halt:
                _attempt(at)
            if not at.heard or at.migration.state not in UNDER_WAY:
                break       # else it halted for a pause that a cancel has replaced: the step goes on
        _back_in_line(at)
    return at.migration


def _back_in_line(at: Visit) -> None:
    """Puts it back in line if it has stopped, or has not begun, because all migrations are held up."""
    if at.migration.state is State.RUNNING and at.is_held_up():
        at.update(state=after(State.RUNNING, Event.HELD_UP), stage="", waits_for=None)
        at.decided("held up")


def _attempt(at: Visit) -> None:
    """Works until the end, a halt, or a fatal error, which the record tells."""
    try:
        at.update(state=State.RUNNING, stage="signing in", attention=None, waits_for=None, not_before=None)
        _work(at)
    except HaltedError:
        at.decided("halted", step=at.migration.step_under_way or "", asked=str(at.heard))
    except InLineError:     # its turn has not come
        if not at.is_to_stop():
            raise
    except LeaseLostError:
        raise
    except LaterError as error:
        wait_for_more(at, error)
    except RetryableError as error:
        _failed(at, gave_up(error))
    except RefusedError as error:       # of something that is no item: the list of folders, perhaps
        _failed(at, FatalError(str(error), side=Side.DESTINATION))
    except FatalError as error:
        _failed(at, error)


def _failed(at: Visit, error: FatalError) -> None:
    """Needs a person; unless somebody has cancelled it, and will not come back for it, or nothing was written yet.

    Raises the error when the migration has ended: only the store can fail then, and the next process looks again.
    """
    if Event.FATAL not in MOVES[at.migration.state]:
        raise error
    if ended_as_asked(at):
        at.note(error)
    elif at.migration.started is None and error.cause in REFUSING:
        at.note(error)
        end(at, after(at.migration.state, Event.REFUSED), attention=at.attention(error))
    else:
        at.needs_attention(error)


def _work(at: Visit) -> None:
    with at.destination() as destination:
        watched = Watched(destination)
        try:
            _steps(at, cast("Destination", watched), watched)
        except FatalError as error:
            raise true_cause(error, destination) from error


def _steps(at: Visit, destination: Destination, watched: Watched) -> None:
    source = at.open_source(destination)
    check_still_the_same(at, destination)
    check_not_the_same(at.migration.request, source, destination, at.halt, patience=at.engine.patience)
    with at.mailbox(destination, waiting=State.WAITING) as lease:
        key = destination.mailbox()
        check_same_choice(at.migration.request, source, lambda: at.engine.store.of_mailbox(key), but=at.task_id)
        first = at.migration.started is None
        wrote = at.migration.wrote and not first
        if first:
            at.journal.remember(WINDOW_START, destination.now().isoformat())
        at.journal.remember(WINDOW_END, "")
        at.update(state=State.RUNNING, started=at.migration.started or at.engine.clock(), wrote=True)
        try:
            at.settle()
            note_that_it_goes_on(at, lambda content: at.run(content, destination, lease))
            survey = at.survey(destination, lease)
            _each_step(at, lambda content: at.run(content, destination, lease, source=source, survey=survey))
        except LeaseLostError:      # whoever has it now says when the window ends
            raise
        except BaseException as error:
            at.journal.remember(WINDOW_END, destination.now().isoformat())
            if first and not watched.wrote and isinstance(error, FatalError) and error.cause in REFUSING:
                at.update(started=None, steps=MappingProxyType({}))
            _note_that_nothing_was_written(at, wrote=wrote or watched.wrote)
            raise
        at.journal.remember(WINDOW_END, destination.now().isoformat())
        note_last_write(at, lambda content: at.run(content, destination, lease))
        _note_that_nothing_was_written(at, wrote=wrote or watched.wrote)
        if all(map(at.migration.is_done, at.migration.request.contents)) and not ended_as_asked(at):
            end(at, after(at.migration.state, Event.ALL_STEPS_ENDED))


def _note_that_nothing_was_written(at: Visit, *, wrote: bool) -> None:
    """A process that dies leaves the record as it was while the work went on: something may have been written."""
    if not wrote:
        at.update(wrote=False)


def _each_step(at: Visit, run: Callable[[Content], Run]) -> None:
    """Runs the steps in order, those that are done left out, until somebody asks it to stop."""
    for content in at.engine.contents:
        if content in at.migration.request.contents and not at.migration.is_done(content):
            if at.is_to_stop():     # a step that had begun is finished after a cancel, so that is not to stop yet
                return
            _step(at, content, run(content))


def _step(at: Visit, content: Content, run: Run) -> None:
    before = at.migration.step(content)
    begun = replace(
        before, started=before.started or at.engine.clock(), ended=None, items_per_second=0.0, bytes_per_second=0.0
    )
    left = tuple(other for other in at.migration.again if other is not content)
    at.update(stage=moving(content), steps=at.migration.with_step(content, begun).steps, again=left)
    at.engine.contents[content].forwards(run)
    at.engine.store.forget_resent(at.task_id)     # before the step has ended: nobody would come back for it
    at.update_step(content, replace(at.migration.step(content), ended=at.engine.clock()))
    at.decided("step ended", content=content, **_counted(at.migration.step(content).counts))


def _counted(counts: Counts) -> dict[str, int]:
    return {name: count for name, count in asdict(counts).items() if count}


def purge(engine: Engine) -> None:
    """Removes secrets and before-images whose time is over; called by every door when it starts."""
    engine.vault.purge(engine.clock())
    purge_images(engine)
