"""The days that admins set are counted from the end: what stands still is kept for as long as the operator has set."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.ids import Block
from bot.work.sweep import Sweep
from engine.migration.record import State
from tests.contract.slack.test_approvals import clock, wants, world  # noqa: F401 - fixtures
from tests.contract.slack.test_settings import set_
from tests.servers.shifted import Shifted
from tests.servers.slack.world import SlackWorld


@pytest.mark.parametrize("state", [State.PAUSED, State.NEEDS_ATTENTION])
def test_what_has_not_ended_is_not_deleted(world: SlackWorld, clock: Shifted, state: State) -> None:  # noqa: F811
    """Half of a mailbox is copied, its password is kept for 30 days, and the card says Resume."""
    wants(world, second_person=False)
    task_id = world.start().task_id
    set_(world, **{Block.RETENTION: "3"})
    world.save(world.record(task_id), state=state, started=world.clock())
    clock.by += timedelta(days=4)

    Sweep(world.redis, world.services.engine, days=60, audit_days=365).look()

    assert [task.task_id for task in world.tasks()] == [task_id]
