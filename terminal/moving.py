"""Checking, migrating and resuming."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from bot.ids import Action
from bot.permissions import Operator, steerable
from bot.steering import begin_retry, go_on
from engine.contents import movable, why_not
from engine.errors import Cause, FatalError, InputError, Side
from engine.hooks import on_saved
from engine.migration import steering
from engine.migration.account import Account, parse_account
from engine.migration.checks import Checked, check
from engine.migration.content import Content
from engine.migration.forwards import migrate, start
from engine.migration.record import Migration, State
from engine.migration.renamed import destination_now
from engine.migration.request import MigrationRequest
from engine.migration.states import GOING_BACK, RESUMABLE
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.store.vault import Secret
from engine.systems import expected, systems
from terminal import records, words
from terminal.looking_up import with_servers
from terminal.progress import progress
from terminal.service_account import Openings
from terminal.session import Session, Tasks, held
from terminal.stopping import stopping
from terminal.usage import UsageError

COMPLETED, WITH_FAILURES, NOT_COMPLETED = 0, 1, 2
WAITED_FOR_A_DEAD_OWNER = 150.0     # seconds; its lease covers the request that it died in
LOOK = 0.2                          # seconds


def request_of(
    source: str, destination: str, contents: str | None, *, allow_plaintext: bool, source_mailbox: str | None = None,
    destination_mailbox: str | None = None, full_access: Collection[str] = (),
) -> MigrationRequest:
    """What was typed, parsed. Raises UsageError. The mailboxes are those that service accounts open."""
    opened = Openings({Side.SOURCE: source_mailbox, Side.DESTINATION: destination_mailbox}, full_access)
    ends = {
        side: opened.of(side, account_of(url, side, allow_plaintext=allow_plaintext, may_lack_server=True))
        for side, url in ((Side.SOURCE, source), (Side.DESTINATION, destination))
    }
    for side, account in ends.items():
        if not account.system.contents(side):
            raise UsageError(expected(side))
    able = movable(ends[Side.SOURCE].system, ends[Side.DESTINATION].system)
    why = why_not(ends[Side.SOURCE].system, ends[Side.DESTINATION].system)
    return MigrationRequest(ends[Side.SOURCE], ends[Side.DESTINATION], _contents(contents, able, why))


def account_of(url: str, side: Side, *, allow_plaintext: bool, may_lack_server: bool = False) -> Account:
    """An account as it was typed, parsed. Raises UsageError. `may_lack_server` is as for `parse_account`."""
    try:
        url.encode()
        return parse_account(
            url, allow_plaintext=allow_plaintext, example=systems(side)[0].example, may_lack_server=may_lack_server
        )
    except UnicodeEncodeError:
        raise UsageError(f"The {side} is not text in UTF-8.") from None
    except InputError as error:
        raise UsageError(f"{side.capitalize()}: {error}") from None


def _contents(text: str | None, possible: Sequence[Content], why: str) -> tuple[Content, ...]:
    """What was named, in the order of the steps; all that is possible where nothing was. `why` the rest is not."""
    if text is None:
        return tuple(possible)
    names = [part.strip().lower().replace("-", " ") for part in text.split(",")]
    known = {content.value.replace("-", " "): content for content in Content}
    able = ", ".join(possible)
    for name in names:
        if name not in known:
            raise UsageError(f"--contents names something unknown. Between these accounts, these can be moved: {able}.")
        if known[name] not in possible:
            raise UsageError(
                f"OMM cannot move {name} between these accounts. These can be moved: {able}. {why}".rstrip()
            )
    return tuple(content for content in possible if content.value.replace("-", " ") in names)


def run_check(session: Session, wanted: MigrationRequest) -> int:
    """Signs in to both sides and says what is there."""
    wanted = with_servers(session, wanted)
    secrets = _secrets(session, wanted)
    with session.engine() as engine:
        found = _check(session, engine, wanted, secrets)
    session.out.say("Both servers accepted the login and the password. Nothing was changed.")
    session.out.result(records.checked(found))
    return COMPLETED


def _secrets(session: Session, wanted: MigrationRequest) -> dict[Side, Secret]:
    return {
        Side.SOURCE: session.password(Side.SOURCE, wanted.source),
        Side.DESTINATION: session.password(Side.DESTINATION, wanted.destination),
    }


def _check(session: Session, engine: Engine, wanted: MigrationRequest, secrets: dict[Side, Secret]) -> Checked:
    session.out.say("Signing in to both mailboxes. Some servers take up to a minute.")
    found = check(
        engine, wanted, source_password=secrets[Side.SOURCE], destination_password=secrets[Side.DESTINATION]
    )
    session.out.say(*words.checked(wanted, found))
    return found


def run_migrate(session: Session, wanted: MigrationRequest, *, copy_again: bool = False) -> int:
    """Takes up the open task of these two accounts, or begins a new one.

    `copy_again` lets it copy everything although nothing of what was copied earlier can be seen.
    """
    wanted = with_servers(session, wanted)
    secrets = _secrets(session, wanted)
    with session.tasks() as tasks:
        _check(session, tasks.engine, wanted, secrets)
        task_id = _task(session, tasks, wanted, secrets)
        if copy_again:
            steering.copy_again(tasks.engine, task_id)
        return _work(session, tasks.engine, task_id)


def _task(session: Session, tasks: Tasks, wanted: MigrationRequest, secrets: dict[Side, Secret]) -> str:
    engine = tasks.engine
    opened = engine.store.open_for(wanted.source, wanted.destination)
    if opened is None or opened.request.contents != wanted.contents:
        task_id = start(
            engine, wanted, source_password=secrets[Side.SOURCE], destination_password=secrets[Side.DESTINATION]
        ).task_id
        session.out.say(f"Migration {task_id}")
    else:
        task_id = opened.task_id
        session.out.say(f"Migration {task_id} ({words.stands(opened, held=held(engine, opened))}) goes on.")
        wait_for_a_dead_owner(session, engine, opened)
        go_on(tasks, Operator(), task_id, secrets)
    session.out.task_id = task_id
    return task_id


def run_resume(session: Session, task_id: str, *, copy_again: bool = False) -> int:
    """Goes on with a task that stopped. `copy_again` is as for `run_migrate`."""
    with session.tasks() as tasks:
        engine = tasks.engine
        migration = engine.store.load(task_id)
        session.out.task_id = task_id
        if migration.state in GOING_BACK:
            raise InputError(f"Migration {task_id} is being rolled back. Continue with: omm rollback {task_id}")
        if migration.state in RESUMABLE or migration.state is State.FAILED:
            wait_for_a_dead_owner(session, engine, migration)
            typed = missing_secrets(session, engine, migration, (Side.SOURCE, Side.DESTINATION))
            go_on(tasks, Operator(), task_id, typed, copy_again=copy_again)
        return _work(session, engine, task_id)


def run_retry(session: Session, task_id: str) -> int:
    """Runs a migration that has ended again, to copy what is missing. The source's password is asked for."""
    with session.tasks() as tasks:
        engine = tasks.engine
        session.out.task_id = engine.store.load(task_id).task_id
        migration = steerable(tasks, Operator(), task_id, Action.RETRY)
        wait_for_a_dead_owner(session, engine, migration)
        typed = missing_secrets(session, engine, migration, (Side.SOURCE, Side.DESTINATION))
        begin_retry(tasks, Operator(), task_id, typed)
        return _work(session, engine, task_id)


def missing_secrets(
    session: Session, engine: Engine, migration: Migration, sides: Sequence[Side]
) -> dict[Side, Secret]:
    """The passwords that were given anew, and those that must be: no longer kept, or refused by the server."""
    found = {}
    for side in sides:
        given = session.prepared(side)
        if given is None and _must_be_asked(session, engine, migration, side):
            account = migration.request.source if side is Side.SOURCE else destination_now(migration)
            given = session.password(side, account)
        if given is not None:
            found[side] = given
    return found


def _must_be_asked(session: Session, engine: Engine, migration: Migration, side: Side) -> bool:
    stopped = migration.attention
    if stopped is not None and (stopped.cause, stopped.side) == (Cause.SIGN_IN, side):
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


def _work(session: Session, engine: Engine, task_id: str) -> int:
    """Migrates, showing how far it is, and says how it ended."""
    began, halt = time.monotonic(), Halt()
    with progress(session.out) as shown, stopping(halt, shown.stopping):
        migration = migrate(engine.with_hooks(on_saved(shown.tell)), task_id, halt=halt)
    report = engine.store.reported(task_id)
    session.out.say("", *words.summary(migration, report))
    session.out.result(records.whole(migration, report) | {"seconds": round(time.monotonic() - began, 3)})
    return _exit_status(migration)


def _exit_status(migration: Migration) -> int:
    if migration.state is not State.COMPLETED:
        return NOT_COMPLETED
    return WITH_FAILURES if any(step.counts.failed for step in migration.steps.values()) else COMPLETED
