"""Buttons that name a task which was not begun in Slack, or no task at all: they may be forged."""

from __future__ import annotations

import pytest

from bot.ids import Action
from engine.migration.record import State
from tests.unit.life.world import NOW
from tests.unit.listeners.door import WebDoor, pressed


@pytest.mark.parametrize("action", [Action.PAUSE, Action.STOP, Action.ROLLBACK, Action.CANCEL])
def test_nobody_but_an_admin_steers_a_task_of_the_terminal(door: WebDoor, action: Action) -> None:
    """A member who names it is refused in the words that an unknown ID gets, and nothing is done to it."""
    task = door.life.put(State.PAUSED if action is Action.ROLLBACK else State.WAITING, started=NOW)
    before = door.life.record(task)

    for named in (task, "0000-0000"):
        door.deliver(pressed(action, named))

    refused, unknown = door.told()
    assert refused["blocks"] == unknown["blocks"]
    assert "Only its owner and the admins of this workspace can do that." in str(refused)
    assert door.life.record(task) == before
    assert door.life.is_free(task)
    assert door.ordered(task) == []
