"""The rollback dialog, agreed to: how long its password is kept, and what the card says when a worker is quick."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.ids import View
from bot.stored.threads import Thread
from bot.views.cards import card
from bot.views.message import Shown
from engine.errors import Side
from engine.migration.record import ROLLBACK_WINDOW, State
from jobs import Jobs
from tests.unit.life.world import NOW
from tests.unit.listeners.door import CHANNEL, ENDED, OWNER, TEAM, WebDoor, sent


def confirm(door: WebDoor, task: str) -> None:
    """Sends the dialog as it is once it was counted."""
    counted = json.dumps({"task": task, "items": 3, "kept": 0, "counting": []})
    assert door.deliver(sent(View.ROLLBACK, counted, {})).status == 200


def test_a_rollback_that_was_agreed_to_in_time_may_wait(door: WebDoor) -> None:
    """Confirmed an hour before the window ends, it stands in line for long: its password is still kept by then."""
    task, life = door.task(State.COMPLETED, **ENDED), door.life
    life.engine.vault.expire(task, Side.DESTINATION, NOW + ROLLBACK_WINDOW)
    life.clock.move(hours=47)

    confirm(door, task)
    life.clock.move(hours=40)
    life.engine.vault.purge(life.clock())

    assert life.engine.vault.get(task, Side.DESTINATION) == "two"


def test_a_worker_that_refuses_at_once_leaves_no_card_that_waits(
    door: WebDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door had not written down yet who pressed: the card says how the task stands, not that it waits."""
    task, life = door.task(State.COMPLETED, **ENDED), door.life

    def refused(_jobs: Jobs, task_id: str, *_: Any, **_agreed: Any) -> None:
        life.clock.move(seconds=1)
        life.engine.store.save(life.record(task_id))
        life.clock.move(seconds=1)

    monkeypatch.setattr(Jobs, "roll_back", refused)

    confirm(door, task)

    threads = door.services.threads
    shown = Shown(life.record(task), Thread(task, TEAM, OWNER, CHANNEL), threads.pressed(task), life.clock())
    assert len(threads.pressed(task)) == 1
    assert f"Completed · {task}" in str(card(shown).blocks[0])
