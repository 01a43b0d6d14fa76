"""Keeping: how long the passwords of a task stay in the vault. The state of its record decides, here and nowhere else.

Whoever ends a task, or gives it a password, asks this module after the change has been written down. So a process that
is late finds the state that there is by then, and cannot lengthen what another process has shortened.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.errors import Side
from engine.migration.record import Migration, State
from engine.migration.states import GOING_BACK, RESUMABLE
from engine.store.vault import Vault

SECRETS_KEPT = timedelta(days=30)   # of a task that nobody takes up again
FORM_KEPT = timedelta(days=1)       # of a task that nobody has started yet
TYPED_KEPT = timedelta(hours=1)     # typed for a task that is not back in line yet


def kept_until(migration: Migration | None, side: Side, given: datetime) -> datetime | None:
    """When the password of that side ends, if it was given at `given`. None: the task needs it no more.

    Without a record they are a form's. A task that is under way, or can be resumed, needs both. One that has ended
    needs the destination's until the rollback window ends, if it has written anything; a rollback that has begun needs
    it until it is over.
    """
    if migration is None:
        return given + FORM_KEPT
    if migration.state in RESUMABLE:
        return given + SECRETS_KEPT
    if side is Side.SOURCE or migration.started is None or migration.state is State.ROLLED_BACK:
        return None
    return given + SECRETS_KEPT if migration.state in GOING_BACK else migration.rollback_until


def settle(vault: Vault, migration: Migration, given: datetime) -> None:
    """Gives both passwords the time that the record leaves them; drops those that the task needs no more."""
    ends = {side: kept_until(migration, side, given) for side in Side}
    over = [side for side, until in ends.items() if until is None]
    for side, until in ends.items():
        if until is not None:
            vault.expire(migration.task_id, side, until)
    if over:
        vault.drop(migration.task_id, over[0] if len(over) == 1 else None)
