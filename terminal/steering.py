"""Looking at tasks, asking those under way to pause or to end, and forgetting those that are over."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

import click

from bot import steering
from bot.forgetting import check_forget, forget_here
from bot.permissions import Operator
from bot.stored.audit_entries import What
from bot.work.retention import Beside
from engine.errors import DamagedError
from engine.migration.record import Migration, State
from engine.migration.report_table import table
from engine.migration.states import ENDED, Act, allows, way_back_ends
from engine.migration.steering import BY_OPERATOR, forget_damaged
from engine.migration.visit import Engine
from terminal import records, words
from terminal.acting import acting
from terminal.session import Session, Tasks, held, tasks_of
from terminal.usage import UsageError

PATIENCE = 30.0     # seconds for the batch under way
LOOK = 0.1          # seconds
STAYS = "What it copied stays where it is, and so do messages about it in Slack."


def run_list(session: Session) -> int:
    """Every task, newest first."""
    unreadable: list[str] = []
    with session.engine() as engine:
        found = engine.store.all(unreadable=unreadable.append)
        tasks = [(migration, held(engine, migration)) for migration in found]
    for task_id in unreadable:
        session.out.warn(f"Migration {task_id} is not shown: a newer release of OMM has stored it, or it is damaged. "
                         f"If it is damaged, remove it with: omm forget {task_id}")
    session.out.say(*(words.table(tasks) if tasks else ["There are no migrations yet. Begin with: omm migrate"]))
    session.out.result({"tasks": [records.detailed(migration, held=is_held) for migration, is_held in tasks]})
    return 0


def run_status(session: Session, task_id: str) -> int:
    """One task in full."""
    with session.engine() as engine:
        migration = engine.store.load(task_id)
        is_held, now = held(engine, migration), engine.clock()
    session.out.say(*words.details(migration, held=is_held, now=now))
    session.out.result(records.detailed(migration, held=is_held))
    return 0


def run_report(session: Session, task_id: str, *, csv: str | None = None) -> int:
    """Everything that was not copied; with `csv` as a table, into that file or, for `-`, to standard output.

    Raises UsageError when the file cannot be written.
    """
    with session.engine() as engine:
        migration = engine.store.load(task_id)
        report = engine.store.reported(task_id)
        is_held = held(engine, migration)
    if csv is not None:
        write_file(session, csv, [table(report)], "The report")
    else:
        session.out.say(*words.full_report(migration, report))
    session.out.result(records.whole(migration, report, held=is_held))
    return 0


def write_file(session: Session, file: str, content: Iterable[bytes], name: str) -> None:
    """Writes a table, called `name`. A new file is for its owner's eyes alone: it names folders, subjects or accounts.

    Raises UsageError when the file cannot be written.
    """
    if file == "-":
        for part in content:
            session.out.write(part)
        return
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:  # noqa: PTH123 - a descriptor
            opened.writelines(content)
    except OSError as error:
        raise UsageError(f"{name} cannot be written to {file}: {error.strerror}.") from None
    session.out.say(f"{name} is in {file}.")


def run_pause(session: Session, task_id: str) -> int:
    """Has a task stop at the next batch, and waits until it has."""
    with session.tasks() as tasks:
        session.out.task_id = steering.pause(tasks, Operator(), task_id).task_id
        state = _state_once_free(tasks.engine, task_id)
    if state is State.PAUSED:
        session.out.say(f"Migration {task_id} is paused. Continue with: omm resume {task_id}")
    elif state is State.RUNNING:
        session.out.say(f"Migration {task_id} pauses as soon as what is under way has arrived.")
    else:
        session.out.say(f"Migration {task_id} is {state} by now.")
    session.out.result({"task_id": task_id, "state": state.value})
    return 0


def _state_once_free(engine: Engine, task_id: str) -> State:
    until = time.monotonic() + PATIENCE
    while engine.store.held(f"migration:{task_id}") is not None and time.monotonic() < until:
        time.sleep(LOOK)
    return engine.store.load(task_id).state


def run_cancel(session: Session, task_id: str, *, now: bool = False) -> int:
    """Has a task end after the step under way, or `now`: at the next batch. One that nobody works on ends at once."""
    with session.tasks() as tasks:
        session.out.task_id = task_id
        migration = (steering.stop if now else steering.cancel)(tasks, Operator(), task_id)
        if now and migration.state not in ENDED:
            _state_once_free(tasks.engine, task_id)
            migration = tasks.engine.store.load(task_id)
    session.out.say(*_cancelled(migration, now=now))
    session.out.result({"task_id": task_id, "state": migration.state.value})
    return 0


def _cancelled(migration: Migration, *, now: bool) -> list[str]:
    task_id = migration.task_id
    if migration.state is State.CANCELLED and migration.started is None:
        return [f"Migration {task_id} is cancelled. Nothing was copied."]
    if migration.state is State.CANCELLED:
        return [f"Migration {task_id} is cancelled. What was copied can be rolled back: omm rollback {task_id}"]
    if migration.state in ENDED:
        return [f"Migration {task_id} is {migration.state} by now."]
    if now:
        return [f"Migration {task_id} ends as soon as what is under way has arrived."]
    return [
        f"Migration {task_id} ends when the step under way is finished ({migration.stage or migration.state}).",
        f"To stop it now: omm cancel {task_id} --now",
    ]


def run_forget(session: Session, task_id: str, *, yes: bool) -> int:
    """Removes everything of a task from the store but what the audit keeps, if the person agrees."""
    session.out.task_id = task_id
    with session.tasks() as tasks:
        if migration := _forgettable(tasks, task_id):
            if not yes:
                _ask_before_forgetting(session, migration, tasks.clock())
            forget_here(tasks, Operator(), task_id)
    if migration is None:
        _forget_damaged(session, task_id, yes=yes)
    session.out.say(f"Migration {task_id} is forgotten. {STAYS}")
    session.out.result({"task_id": task_id, "state": "forgotten"})
    return 0


def _forgettable(tasks: Tasks, task_id: str) -> Migration | None:
    """The record of one that can be forgotten; None for a damaged one. Raises InputError and UnreadableError."""
    with suppress(DamagedError):
        tasks.engine.store.load(task_id)
        return check_forget(tasks, Operator(), task_id)
    return None


def _ask_before_forgetting(session: Session, migration: Migration, now: datetime) -> None:
    """Raises click.Abort when the person does not agree, UsageError when nobody can be asked."""
    task, until = f"Migration {migration.task_id}", way_back_ends(migration)
    if allows(migration, Act.ROLL_BACK, now):
        session.out.say(f"{task} can still be rolled back{f' until {words.moment(until)}' if until else ''}. "
                        "Once it is forgotten, it cannot.")
    if allows(migration, Act.RESUME, now):
        session.out.say(f"{task} is {migration.state}. Once it is forgotten, it cannot be resumed.")
    session.out.say(f"This deletes the record, report and passwords of migration {migration.task_id}. "
                    "The audit keeps task ID, times, counts and who did what.", STAYS)
    _confirm_forgetting(session)


def _forget_damaged(session: Session, task_id: str, *, yes: bool) -> None:
    """The same for a task whose record is damaged."""
    if not yes:
        session.out.say(
            f"The record of migration {task_id} is damaged, and no release of OMM can read it. "
            "The migration can be neither resumed nor rolled back.",
            f"Once it is forgotten, only the audit names it: task ID, times and who did what. {STAYS}",
            "To copy the mailbox, start a new migration.",
        )
        _confirm_forgetting(session)
    with session.doors() as opened:
        beside = Beside(opened.redis, clock=opened.engine.clock)
        with acting(tasks_of(opened), What.FORGET, task_id):
            forget_damaged(opened.engine, task_id, lambda gone: beside.forget_damaged(gone, BY_OPERATOR))


def _confirm_forgetting(session: Session) -> None:
    if not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on. Add --yes if you are sure.")
    session.out.stream.flush()
    click.confirm("Forget it?", default=False, err=True, abort=True)
