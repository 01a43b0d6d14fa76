"""Switching on: the out-of-office that a migration has left off, as a person asked for."""

from __future__ import annotations

from bot.audit.auditing import audited
from bot.ids import Action
from bot.people import Person
from bot.permissions import check_applies, steerable
from bot.services import FIRST, Services, Try
from bot.stored.audit_entries import What
from engine.migration.record import Migration


@audited(What.SWITCH_ON)
def switch_on(services: Services, person: Person, task_id: str, this: Try = FIRST) -> Migration:
    """Orders that the out-of-office that was left off is switched on; whoever carries that out writes down who asked.

    Ordered twice, it is one order. Returns the migration as it was before. Raises NotAllowedError, InputError for a
    task that does not exist, ButtonGoneError when there is nothing to switch on (any more).
    """
    migration = steerable(services, person, task_id)
    done = migration.left_off is not None and migration.left_off.switched_on is not None
    if not (this.again and done):       # a worker was quicker
        check_applies(services, person, migration, Action.SWITCH_ON)
        services.jobs.switch_on(task_id, person.id)
    return migration
