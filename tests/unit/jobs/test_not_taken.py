"""A rollback that was agreed to in time and is not done after all: its password ends with the window, as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot import driving, forms
from bot.desk import Desk
from bot.orders import GivenUp
from engine.errors import Side
from engine.migration.back import keep_for
from engine.migration.forwards import keep_secrets
from engine.migration.record import State
from engine.pace.halt import Halt
from tests.unit.jobs.conftest import FIELDS, Clock

HOUR = 3600.0


def refused(desk: Desk, task_id: str) -> None:
    """The worker finds that the time for it is over."""
    driving.roll_back(desk, Halt(), task_id=task_id, user="U1", items=1, kept=0, discard=False)


def given_up(desk: Desk, task_id: str) -> None:
    """Every process that took it up was killed."""
    driving.give_up_rollback(desk, task_id=task_id, why=GivenUp.KILLED)


@pytest.mark.parametrize("not_done", [refused, given_up], ids=lambda not_done: not_done.__name__)
def test_a_rollback_that_is_not_done_keeps_no_password_beyond_its_window(
    desk: Desk, clock: Clock, not_done: Callable[[Desk, str], None]
) -> None:
    """It was pressed an hour before the window ended, and the password was kept for it; nobody needs it any more."""
    task_id = desk.engine.store.create(forms.request_of(FIELDS)).task_id
    keep_secrets(desk.engine, task_id, {Side.DESTINATION: "the new one"})
    ended = replace(desk.engine.store.load(task_id), state=State.COMPLETED, started=clock(), ended=clock())
    desk.engine.store.save(ended)
    clock.move(47 * HOUR)
    keep_for(desk.engine, ended)
    clock.move(2 * HOUR)
    assert desk.engine.vault.has(task_id, Side.DESTINATION)

    not_done(desk, task_id)

    assert not desk.engine.vault.has(task_id, Side.DESTINATION)
