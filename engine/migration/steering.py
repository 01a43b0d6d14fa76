"""Steering: what people do to a migration. When they may is said by states.py, the table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from math import ceil
from types import MappingProxyType

from engine.errors import DamagedError, InputError, Side, TakenError, UnreadableError
from engine.migration.content import Content
from engine.migration.keeping import TYPED_KEPT, settle
from engine.migration.record import Migration, State
from engine.migration.request import MigrationRequest
from engine.migration.states import STOPPED, Act, Ask, after, check
from engine.migration.visit import Engine, unanswered
from engine.migration.visiting import visit
from engine.store.lease import Lease
from engine.words import listed, number

BY_OPERATOR, BY_RETENTION = "operator", "retention"     # who forgets a task, where no person in Slack asks for it
NOTHING_TYPED: Mapping[Side, str] = MappingProxyType({})


def pause(engine: Engine, task_id: str) -> Migration:
    """Asks a migration to stop at the next batch; one that nobody works on is paused at once.

    Returns the record as it is then. Raises InputError when there is nothing to pause, or when it is being cancelled.
    """
    return _ask(engine, task_id, Ask.PAUSE)


def cancel(engine: Engine, task_id: str) -> Migration:
    """Asks a migration to end after the step under way; one that nobody works on ends at once.

    Returns the record as it is then. Raises InputError when it has ended already, or is to stop now anyway.
    """
    return _ask(engine, task_id, Ask.CANCEL)


def stop(engine: Engine, task_id: str) -> Migration:
    """Asks a migration to end at the next batch, without the rest of the step; one that nobody works on ends at once.

    Returns the record as it is then. Raises InputError when it has ended already.
    """
    return _ask(engine, task_id, Ask.STOP)


def _ask(engine: Engine, task_id: str, ask: Ask) -> Migration:
    """Leaves the ask, then visits the migration: whoever leaves it acts on what is asked, we or the one at work."""
    check(engine.store.load(task_id), ask.act, engine.clock())
    if not engine.store.ask(task_id, ask):
        raise InputError(f"Migration {task_id} is being cancelled already.")
    engine.decided("asked", task=task_id, ask=ask)
    with suppress(TakenError), visit(engine, task_id):
        pass
    return engine.store.load(task_id)


def resume(engine: Engine, task_id: str) -> Migration:
    """Puts a migration that stopped, or failed before its first write, back in line for a process that calls `migrate`.

    What was asked of it before is withdrawn. Raises InputError when there is nothing to resume, TakenError while
    another process is at work on it.
    """
    with visit(engine, task_id) as at:
        act = Act.RETRY if at.migration.state is State.FAILED else Act.RESUME
        check(at.migration, act, engine.clock())
        _withdraw(engine, task_id)
        at.update(
            state=after(at.migration.state, act), stage="", attention=None, waits_for=None, ended=None,
            resumed=engine.clock(), held_open=None,
        )
        if act is Act.RETRY:
            settle(engine.vault, at.migration, engine.clock())
    return at.migration


def retry(engine: Engine, task_id: str, secrets: Mapping[Side, str] = NOTHING_TYPED) -> Migration:
    """Puts a migration that has ended back in line, to copy what is missing: what failed, was skipped or is new.

    It stays the same migration, so its rollback takes back all that it ever brought, until 48 hours after the new end.
    `secrets` are the passwords that were typed for it; the others are those still kept. Returns the record. Raises
    InputError when there is nothing to retry, TakenError while another process is at work on it.
    """
    with visit(engine, task_id) as at:
        check(at.migration, Act.RETRY, engine.clock())
        _withdraw(engine, task_id)
        for side, secret in secrets.items():      # gone soon, should this process die before the next line
            engine.vault.put(task_id, side, secret, expires=engine.clock() + TYPED_KEPT)
        at.update(
            state=after(at.migration.state, Act.RETRY), stage="", attention=None, waits_for=None, ended=None,
            retries=at.migration.retries + 1, copy_again=False, resumed=engine.clock(), held_open=None,
            again=tuple(c for c in at.migration.request.contents if at.migration.step(c).ended is not None),
        )
        settle(engine.vault, at.migration, engine.clock())
    return at.migration


def go_on(engine: Engine, task_id: str) -> Migration:
    """Resumes a migration that stopped; of one that was interrupted, withdraws the pause that it did not live to hear.

    For a person at a terminal who is about to work on it, and has made sure that nobody else does.
    """
    migration, asked = engine.store.load(task_id), engine.store.asked(task_id)
    if migration.state in STOPPED or migration.state is State.FAILED:
        return resume(engine, task_id)
    if asked is not None and asked.ask is Ask.PAUSE:
        engine.store.clear_ask(task_id, asked)
    return migration


def leave_off(engine: Engine, task_id: str, contents: Collection[Content]) -> Migration:
    """Has a migration not move those contents, as what opens its source now does not open them.

    What it has begun with stays among what it moves, for its rollback; so does all, where nothing would be left.
    Returns the record. Raises TakenError while another process is at work on it, unless nothing is to be done.
    """
    known = engine.store.load(task_id)
    if _without(known, contents) == known.request:
        return known
    with visit(engine, task_id) as at:
        at.update(request=_without(at.migration, contents))
        engine.decided("left off", task=task_id, contents=listed([c.value for c in at.migration.request.unopened]))
    return at.migration


def _without(migration: Migration, contents: Collection[Content]) -> MigrationRequest:
    request = migration.request
    off = tuple(c for c in request.contents if c in contents and migration.step(c).started is None)
    left = tuple(content for content in request.contents if content not in off)
    return replace(request, contents=left, unopened=(*request.unopened, *off)) if left else request


def _withdraw(engine: Engine, task_id: str) -> None:
    if (asked := engine.store.asked(task_id)) is not None:
        engine.store.clear_ask(task_id, asked)
        engine.decided("ask withdrawn", task=task_id, ask=asked.ask)


def copy_again(engine: Engine, task_id: str) -> Migration:
    """Lets a task copy everything again although nothing of what was copied earlier can be seen.

    The record keeps it until the task ends. Raises InputError when another process is at work on it.
    """
    with visit(engine, task_id) as at:
        at.update(copy_again=True)
        engine.decided("everything may be copied again", task=task_id)
    return at.migration


def forget(engine: Engine, task_id: str, *, by: str = BY_OPERATOR) -> None:
    """Removes everything of a migration: its record, its report, its passwords, and with them the way back.

    What it copied stays where it is. `by` is who asks for it: the Slack ID of a person, or one of the words above.
    Killed half-way, it can be called again: the record goes last.

    Raises InputError while it is under way, or while something that it sent may still arrive (the next task into that
    mailbox has to know of it), TakenError while another process is at work on it.
    """
    with visit(engine, task_id) as at:
        check(at.migration, Act.FORGET, engine.clock())
        _check_answered(task_id, at.unanswered())
        engine.forget_beside(at.migration, by)
        engine.store.task_keys.drop(task_id)    # before the vault, which rewrites the file on disk
        engine.vault.drop(task_id)
        engine.store.forget(task_id)
        engine.decided("forgotten", task=task_id, state=at.migration.state, by=by)


def forget_damaged(engine: Engine, task_id: str, forget_beside: Callable[[str], None]) -> None:
    """Removes everything of a migration whose record no release can read; what it copied stays where it is.

    `forget_beside` removes what others keep of the task ID. Killed half-way, it can be called again: the record goes
    last. Raises InputError as `forget`, and for a record that can be read, UnreadableError for one of a newer release.
    """
    lease = engine.store.acquire(f"migration:{task_id}", holder=task_id)
    if not isinstance(lease, Lease):
        raise TakenError(f"Another process is working on migration {task_id}.")
    with lease:
        _check_damaged(engine, task_id)
        with suppress(UnreadableError):     # damaged as well
            _check_answered(task_id, unanswered(engine, task_id))
        forget_beside(task_id)
        engine.store.task_keys.drop(task_id)
        engine.vault.drop(task_id)
        engine.store.forget_damaged(task_id)
        engine.decided("forgotten", task=task_id, state="damaged", by=BY_OPERATOR)


def _check_damaged(engine: Engine, task_id: str) -> None:
    try:
        engine.store.load(task_id)
    except DamagedError:
        return
    raise InputError(f"The record of migration {task_id} is not damaged.")


def _check_answered(task_id: str, left: float) -> None:
    if left > 0:
        seconds = number(ceil(left), "second")
        raise InputError(f"Something that migration {task_id} sent may still arrive. It can be forgotten in {seconds}.")
