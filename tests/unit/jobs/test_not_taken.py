"""A rollback that was agreed to in time and is not done after all: its password ends with the window, as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.services import Services
from bot.stored.orders import GivenUp
from bot.views import forms
from bot.work import driving
from engine.errors import Side
from engine.migration.back import keep_for
from engine.migration.forwards import keep_secrets
from engine.migration.record import State
from engine.pace.halt import Halt
from tests.unit.jobs.conftest import FIELDS, Clock

HOUR = 3600.0


def refused(services: Services, task_id: str) -> None:
    """The worker finds that the time for it is over."""
    driving.roll_back(services, Halt(), task_id=task_id, user="U1", items=1, kept=0, discard=False)


def given_up(services: Services, task_id: str) -> None:
    """Every process that took it up was killed."""
    driving.give_up_rollback(services, task_id=task_id, why=GivenUp.KILLED)


@pytest.mark.parametrize("not_done", [refused, given_up], ids=lambda not_done: not_done.__name__)
def test_a_rollback_that_is_not_done_keeps_the_password_for_a_day_more(
    services: Services, clock: Clock, not_done: Callable[[Services, str], None]
) -> None:
    """It was pressed an hour before the window ended: whoever pressed is told so after it, and can press once more."""
    task_id = services.engine.store.create(forms.request_of(FIELDS)).task_id
    keep_secrets(services.engine, task_id, {Side.DESTINATION: "the new one"})
    ended = replace(services.engine.store.load(task_id), state=State.COMPLETED, started=clock(), ended=clock())
    services.engine.store.save(ended)
    clock.move(47 * HOUR)
    keep_for(services.engine, ended)
    clock.move(2 * HOUR)
    assert services.engine.vault.has(task_id, Side.DESTINATION)

    not_done(services, task_id)

    assert services.engine.vault.has(task_id, Side.DESTINATION)
    assert services.engine.store.load(task_id).rollback_until == clock() + timedelta(hours=24)
    clock.move(24 * HOUR + 1)
    assert not services.engine.vault.has(task_id, Side.DESTINATION)
