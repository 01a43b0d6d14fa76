"""Switching on an out-of-office that came with its texts and was left off."""

from __future__ import annotations

from datetime import datetime

from engine.migration.record import Migration
from engine.migration.states import ENDED, Act, allows


def offered(migration: Migration, now: datetime) -> bool:
    """True: the task has ended, its out-of-office was left off, and `switch_on` can switch it on at `now`.

    False once it was switched on, its schedule or the rollback window is over, or the task was rolled back.
    """
    left = migration.left_off
    if left is None or left.switched_on is not None or migration.state not in ENDED:
        return False
    return allows(migration, Act.ROLL_BACK, now) and (left.until is None or now < left.until)
