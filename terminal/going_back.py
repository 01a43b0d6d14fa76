"""Rolling back: first what would be removed, then a question, then the removal.

Of a task that the store knows nothing of, the mailbox is asked first what it was.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

import click

from bot.audit.auditing import attempt
from bot.permissions import Operator
from bot.rolling_back import check_rollback, give_access, roll_back_here
from bot.stored.audit_entries import What
from engine.errors import Cause, FatalError, InputError, Side, SignInError
from engine.hooks import on_saved
from engine.migration.account import Account, check_login
from engine.migration.back import CountChangedError, Expected, Preview, preview
from engine.migration.record import Migration, State
from engine.migration.renamed import OtherMailboxError, destination_now
from engine.migration.request import Choice
from engine.migration.taking_up import is_unbounded, take_up
from engine.migration.visit import Engine, mailbox_lease
from engine.pace.halt import Halt, HaltedError
from engine.systems import expected
from terminal import records, words
from terminal.driving import COMPLETED, NOT_COMPLETED
from terminal.going_on import missing_secrets, wait_for_a_dead_owner
from terminal.looking_up import with_server
from terminal.moving import account_of
from terminal.progress import progress
from terminal.service_account import Openings
from terminal.session import Session, Tasks
from terminal.stopping import stopping
from terminal.usage import UsageError, usage


def mailbox_of(
    destination: str | None, *, allow_plaintext: bool, destination_mailbox: str | None, full_access: Collection[str]
) -> Account | None:
    """The mailbox that was named, None where none was. Raises UsageError."""
    if destination is None:
        if destination_mailbox is not None or full_access:
            raise UsageError("--destination-mailbox and --full-access say how the mailbox of --destination is opened.")
        return None
    side = Side.DESTINATION
    account = account_of(destination, side, allow_plaintext=allow_plaintext, may_lack_server=True)
    if not account.system.contents(side):
        raise UsageError(expected(side))
    return Openings({side: destination_mailbox}, full_access).of(side, account)


def run_rollback(
    session: Session, task_id: str, *, yes: bool, discard_changes: bool, new_login: str | None = None,
    mailbox: Account | None = None, choices: Collection[Choice] = (),
) -> int:
    """Takes a task back, if the person agrees; by `new_login` if the destination account was renamed since.

    `mailbox` is the destination, for a task whose record was lost; `choices` are what the person agrees to. Raises
    UsageError for what can be no login, or is not the destination.
    """
    if new_login is not None:
        with usage():
            check_login(new_login)
    if not yes and not sys.stdin.isatty():
        raise UsageError("Rolling back removes mail, and there is no terminal to ask on. Add --yes if you are sure.")
    with session.tasks() as tasks:
        engine = tasks.engine
        session.out.task_id = task_id
        migration = _known(session, tasks, task_id, mailbox)
        if migration.state is State.ROLLED_BACK:
            session.out.say(f"Migration {task_id} was rolled back already. Nothing was changed.")
            return _told(session, engine, migration)
        migration = _prepare(session, tasks, task_id, new_login)
        counted = _counted(session, engine, task_id, choices)
        shown = counted.discarding() if discard_changes else counted
        session.out.say(*words.previewed(migration, shown))
        if is_unbounded(engine, task_id):
            session.out.say(words.unbounded(migration))
        if not yes and not _agreed(session):
            session.out.say("Nothing was changed.")
            session.out.result(records.brief(migration, held=False))
            return NOT_COMPLETED
        return _back(
            session, tasks, task_id, discard_changes=discard_changes, expected=counted.expected, agreed=tasks.clock(),
            choices=choices,
        )


def _known(session: Session, tasks: Tasks, task_id: str, mailbox: Account | None) -> Migration:
    """The record; made anew of what the mailbox knows, if it is named and there is none.

    Raises InputError where nothing is known of the task, UsageError for a mailbox that is not its destination.
    """
    engine = tasks.engine
    if mailbox is None:
        try:
            return engine.store.load(task_id)
        except InputError as error:
            raise InputError(f"{error} {words.if_lost(task_id)}") from error
    with suppress(InputError):
        migration = engine.store.load(task_id)
        _check_destination(migration, mailbox)
        return migration
    account = with_server(session, mailbox, Side.DESTINATION)
    password = session.password(Side.DESTINATION, account)
    session.out.say(f"OMM has stored nothing about migration {task_id}: looking into the mailbox of {account}.")
    with attempt(tasks, Operator(), What.ROLLBACK, task_id) as this:
        migration = take_up(engine, task_id, account, password=password)
        this.outcome = None     # it is the rollback that is worth an entry
    session.out.say(*words.taken_up(migration))
    return migration


def _check_destination(migration: Migration, mailbox: Account) -> None:
    known = destination_now(migration)
    if known.identity != mailbox.identity or (mailbox.host and known.host.casefold() != mailbox.host.casefold()):
        raise UsageError(
            f"Migration {migration.task_id} moved to {known}. Leave out --destination; if that account was renamed "
            "since, use --new-login."
        )


def _prepare(session: Session, tasks: Tasks, task_id: str, new_login: str | None) -> Migration:
    """What the engine needs: nobody at work on the task, a login and a password, the mailbox free of other tasks.

    Returns the record as it is then.
    """
    engine = tasks.engine
    migration = check_rollback(tasks, Operator(), task_id)
    wait_for_a_dead_owner(session, engine, migration)
    if new_login is not None:
        login, mailbox = ("", new_login) if migration.request.destination.mailbox else (new_login, "")
        give_access(tasks, Operator(), task_id, {}, login=login, mailbox=mailbox)
        migration = engine.store.load(task_id)
    give_access(tasks, Operator(), task_id, missing_secrets(session, engine, migration, (Side.DESTINATION,)))
    other = engine.store.held(mailbox_lease(migration.mailbox or ""))
    if other is not None:
        session.out.say(f"Waiting for migration {other}, which is using the same mailbox.")
    return migration


def _counted(session: Session, engine: Engine, task_id: str, choices: Collection[Choice]) -> Preview:
    try:
        return preview(engine, task_id, choices=choices)
    except FatalError as error:
        if isinstance(error, SignInError) and error.cause is Cause.SIGN_IN:        # so that it is asked for again
            engine.vault.drop(task_id, Side.DESTINATION)
        if isinstance(error, OtherMailboxError) or error.cause in (Cause.SIGN_IN, Cause.MAILBOX_GONE):
            session.out.say(f"If the account was renamed since, type: omm rollback {task_id} --new-login LOGIN")
        raise


def _agreed(session: Session) -> bool:
    session.out.stream.flush()
    return click.confirm("Roll back?", default=False, err=True)


def _back(
    session: Session, tasks: Tasks, task_id: str, *, discard_changes: bool, expected: Expected, agreed: datetime,
    choices: Collection[Choice],
) -> int:
    began, halt = time.monotonic(), Halt()
    try:
        with progress(session.out) as shown, stopping(halt, shown.stopping):
            migration = roll_back_here(
                tasks, Operator(), task_id, expected, discard=discard_changes, agreed=agreed, halt=halt,
                hook=on_saved(shown.tell), choices=choices,
            )
    except CountChangedError as error:
        raise InputError(f"{error} To see what a rollback would do now: omm rollback {task_id}") from error
    except HaltedError:
        migration = tasks.engine.store.load(task_id)
        session.out.say(f"Stopped. Continue with: omm rollback {task_id}")
        session.out.result(records.brief(migration, held=False) | {"seconds": round(time.monotonic() - began, 3)})
        return NOT_COMPLETED
    session.out.say(words.is_rolled_back(migration))
    return _told(session, tasks.engine, migration)


def _told(session: Session, engine: Engine, migration: Migration) -> int:
    report = engine.store.reported(migration.task_id)
    session.out.say(*words.rolled_back(migration))
    session.out.say(*words.kept(report))
    session.out.result(records.whole(migration, report))
    return COMPLETED
