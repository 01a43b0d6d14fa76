"""Rolling back: counting what it would remove, the way into the mailbox, and the order to remove it, by people who may.

All raise NotAllowedError, ButtonGoneError when the migration cannot be rolled back (any more), InputError for a task
that does not exist.
"""

from __future__ import annotations

from bot.ids import Action
from bot.people import Person
from bot.permissions import check_applies, steerable
from bot.services import FIRST, Services, Try
from bot.steering import Typed
from bot.stored.threads import Act
from engine.migration.back import Expected, give_login, keep_for
from engine.migration.forwards import keep_secrets
from engine.migration.record import Migration, State


def check_rollback(services: Services, person: Person, task_id: str) -> Migration:
    """Returns the migration, if the person can roll it back now. Changes nothing."""
    return steerable(services, person, task_id, Action.ROLLBACK)


def count(services: Services, person: Person, task_id: str, view_id: str) -> Migration:
    """Orders that what a rollback would remove is counted, into the dialog `view_id`. Returns the migration."""
    migration = steerable(services, person, task_id, Action.ROLLBACK)
    services.jobs.count(task_id, view_id, person.id)
    return migration


def give_access(
    services: Services, person: Person, task_id: str, typed: Typed, this: Try = FIRST, *, login: str = ""
) -> Migration:
    """Keeps the passwords that were typed for a rollback, and the new `login` of the destination, if one was.

    Returns the migration as it was before. Raises TakenError, too, while another process changes its record.
    """
    migration = steerable(services, person, task_id, Action.ROLLBACK)
    if login:
        give_login(services.engine, task_id, login)
    keep_secrets(services.engine, task_id, typed)
    services.threads.press(task_id, person.id, Act.PASSWORD, at=this.at)
    return migration


def roll_back(
    services: Services, person: Person, task_id: str, expected: Expected, this: Try = FIRST, *, discard: bool = False
) -> Migration:
    """Orders a rollback that removes what was `expected`, and with `discard` also what was changed since.

    If it would do something else by then, the person is asked again. Ordered twice, it is one order. Returns the
    migration as it was before.
    """
    migration = steerable(services, person, task_id)
    if not (this.again and migration.state in (State.ROLLING_BACK, State.ROLLED_BACK)):     # a worker was quicker
        check_applies(services, migration, Action.ROLLBACK)
        keep_for(services.engine, migration)
        services.jobs.roll_back(
            task_id, person.id, items=expected.items, kept=expected.kept, discard=discard,
            counting_on_it=expected.counting_on_it,
        )
    services.threads.press(task_id, person.id, Act.ROLLBACK, at=this.at)
    return migration
