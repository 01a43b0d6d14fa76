"""Switching on the out-of-office that a migration has left off."""

from __future__ import annotations

from bot.permissions import Operator, steerable
from bot.stored.audit_entries import What
from bot.stored.threads import OPERATOR, Act
from engine.errors import Cause, Side, SignInError
from engine.migration.forwards import keep_secrets
from engine.migration.record import Migration
from engine.migration.visit import mailbox_lease
from engine.settings.switching_on import offered, switch_on
from terminal import records
from terminal.acting import acting
from terminal.driving import COMPLETED
from terminal.going_on import missing_secrets, wait_for_a_dead_owner
from terminal.session import Session, Tasks

ON = "The out-of-office of migration {} is switched on in the new mailbox."
ON_ALREADY = "The out-of-office of migration {} was switched on already. Nothing was changed."


def run_switch_on(session: Session, task_id: str) -> int:
    """Switches it on as the source had it. The destination's password is asked for if it is not kept any more."""
    with session.tasks() as tasks, acting(tasks, What.SWITCH_ON, task_id):
        session.out.task_id = task_id
        migration = steerable(tasks, Operator(), task_id)
        was_on = migration.left_off is not None and migration.left_off.switched_on is not None
        if offered(migration, tasks.engine.clock()):
            _prepare(session, tasks, migration)
        migration = _switched_on(tasks, task_id)
        if not was_on and migration.left_off is not None:
            tasks.threads.press(task_id, OPERATOR, Act.SWITCH_ON, at=migration.left_off.switched_on)
    session.out.say((ON_ALREADY if was_on else ON).format(task_id))
    session.out.result(records.brief(migration, held=False))
    return COMPLETED


def _prepare(session: Session, tasks: Tasks, migration: Migration) -> None:
    """What the engine needs: nobody at work on the task, a password, the mailbox free of other tasks."""
    engine, task_id = tasks.engine, migration.task_id
    wait_for_a_dead_owner(session, engine, migration)
    keep_secrets(engine, task_id, missing_secrets(session, engine, migration, (Side.DESTINATION,)))
    other = engine.store.held(mailbox_lease(migration.mailbox or ""))
    if other is not None:
        session.out.say(f"Waiting for migration {other}, which is using the same mailbox.")


def _switched_on(tasks: Tasks, task_id: str) -> Migration:
    try:
        return switch_on(tasks.engine, task_id)
    except SignInError as error:
        if error.cause is Cause.SIGN_IN:        # so that it is asked for again
            tasks.engine.vault.drop(task_id, Side.DESTINATION)
        raise
