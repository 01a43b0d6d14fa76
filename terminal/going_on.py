"""Going on with a task that there is: resuming and retrying it, and the open one that `omm migrate` takes up."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from bot.ids import Action
from bot.permissions import Operator, steerable
from bot.steering import begin_retry, go_on
from bot.stored.audit_entries import What
from engine.errors import Cause, FatalError, InputError, Side
from engine.migration.record import Migration, State
from engine.migration.renamed import destination_now
from engine.migration.states import GOING_BACK, RESUMABLE
from engine.migration.visit import Engine
from engine.store.vault import Secret
from engine.systems import CredentialKind
from terminal import words
from terminal.acting import acting
from terminal.driving import work
from terminal.session import Session, Tasks, held, tasks_of
from wiring import Doors

WAITED_FOR_A_DEAD_OWNER = 150.0     # seconds; its lease covers the request that it died in
LOOK = 0.2                          # seconds


def take_up(session: Session, doors: Doors, opened: Migration, secrets: Mapping[Side, Secret]) -> None:
    """Has the open task of two accounts go on, with the passwords that were given. The caller works on it next.

    Raises InputError when another process is at work on it.
    """
    engine = doors.engine
    stands = words.stands(opened, held=held(engine, opened))
    goes = "is taken up" if opened.is_early(engine.clock()) else "goes on"
    session.out.say(f"Migration {opened.task_id} ({stands}) {goes}.")
    wait_for_a_dead_owner(session, engine, opened)
    go_on(tasks_of(doors), Operator(), opened.task_id, secrets)


def run_resume(session: Session, task_id: str, *, copy_again: bool = False) -> int:
    """Goes on with a task that stopped. `copy_again` is as for `run_migrate`."""
    with session.tasks() as tasks:
        with acting(tasks, What.COPY_AGAIN if copy_again else What.RESUME, task_id):
            _resume(session, tasks, task_id, copy_again=copy_again)
        return work(session, tasks.engine, task_id)


def _resume(session: Session, tasks: Tasks, task_id: str, *, copy_again: bool) -> None:
    """Puts a task that stopped back in line; leaves one that is in line as it is."""
    engine = tasks.engine
    migration = engine.store.load(task_id)
    session.out.task_id = task_id
    if migration.state in GOING_BACK:
        raise InputError(f"Migration {task_id} is being rolled back. Continue with: omm rollback {task_id}")
    if migration.state in RESUMABLE or migration.state is State.FAILED:
        wait_for_a_dead_owner(session, engine, migration)
        typed = missing_secrets(session, engine, migration, (Side.SOURCE, Side.DESTINATION))
        go_on(tasks, Operator(), task_id, typed, copy_again=copy_again)


def run_retry(session: Session, task_id: str) -> int:
    """Runs a migration that has ended again, to copy what is missing. The source's password is asked for."""
    with session.tasks() as tasks:
        engine = tasks.engine
        with acting(tasks, What.RETRY, task_id):
            session.out.task_id = engine.store.load(task_id).task_id
            migration = steerable(tasks, Operator(), task_id, Action.RETRY)
            wait_for_a_dead_owner(session, engine, migration)
            typed = missing_secrets(session, engine, migration, (Side.SOURCE, Side.DESTINATION))
            begin_retry(tasks, Operator(), task_id, typed)
        return work(session, engine, task_id)


def missing_secrets(
    session: Session, engine: Engine, migration: Migration, sides: Sequence[Side]
) -> dict[Side, Secret]:
    """The passwords that were given anew, and those that must be: no longer kept, or refused by the server."""
    found = {}
    for side in sides:
        given = prepared_for(session, migration, side)
        if given is None and must_be_asked(session, engine, migration, side):
            given = _asked_for(session, migration, side)
        if given is not None:
            found[side] = given
    return found


def prepared_for(session: Session, migration: Migration, side: Side) -> Secret | None:
    """What a file or the environment holds for that side of a task."""
    found = session.prepared(side)
    return found if found is None or not _granted(migration, side) else _asked_for(session, migration, side)


def _granted(migration: Migration, side: Side) -> bool:
    """True: a side that is signed in to with more than a password."""
    return side is Side.SOURCE and migration.request.source.system.row.credential is not CredentialKind.PASSWORD


def _asked_for(session: Session, migration: Migration, side: Side) -> Secret:
    if _granted(migration, side):
        from terminal.google_access import access_to  # noqa: PLC0415 - few accounts need it

        return access_to(session, migration.request.source, migration.request.contents)
    return session.password(side, migration.request.source if side is Side.SOURCE else destination_now(migration))


def must_be_asked(session: Session, engine: Engine, migration: Migration, side: Side) -> bool:
    """True: nothing is kept for that side of a task, or what is kept was refused."""
    stopped = migration.attention
    if stopped is not None and stopped.cause in (Cause.SIGN_IN, Cause.CONSENT) and stopped.side == side:
        return True
    try:
        session.hidden(engine.vault.get(migration.task_id, side))
    except FatalError as error:
        if error.cause is not Cause.NOT_KEPT:
            raise
        return True
    return False


def wait_for_a_dead_owner(session: Session, engine: Engine, migration: Migration) -> None:
    """A process that was killed leaves its lease behind for a while; one that lives writes the record.

    Raises InputError when another process is at work on the task.
    """
    until = time.monotonic() + WAITED_FOR_A_DEAD_OWNER
    said = False
    while held(engine, migration):
        if engine.store.load(migration.task_id).updated != migration.updated or time.monotonic() > until:
            raise InputError(
                f"Another process is working on migration {migration.task_id}. See: omm status {migration.task_id}"
            )
        if not said:
            session.out.say("Its last run may have been cut off: making sure that it is over (up to half a minute).")
            said = True
        time.sleep(LOOK)
