"""When a delivery counts as answered, and when it may be taken anew."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt import Ack

from bot.ids import Action
from bot.listeners.deliveries import Deliveries
from bot.people import UNSAID, People, UnknownPersonError
from bot.stored.threads import Act
from engine.migration.record import State
from tests.unit.listeners.door import WebDoor, pressed


def test_a_delivery_is_noted_as_answered_before_slack_can_see_it(
    door: WebDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gets a copy of it from then on knows that there is nothing left to be done."""
    happened = list[str]()

    def noting(owner: Any, name: str, word: str) -> None:
        do = getattr(owner, name)

        def noted(self: Any, *args: Any, **options: Any) -> Any:
            happened.append(word)
            return do(self, *args, **options)

        monkeypatch.setattr(owner, name, noted)

    noting(Deliveries, "answered", "noted")
    noting(Ack, "__call__", "seen by Slack")

    door.deliver(pressed(Action.PAUSE, door.task()))

    assert happened == ["noted", "seen by Slack"]


def test_a_click_of_which_nothing_came_is_taken_anew_at_once(door: WebDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack did not say who pressed, and lost our answer as well: the copy that it sends is done like a first one."""
    task = door.task()
    click = pressed(Action.PAUSE, task)
    with monkeypatch.context() as unsaid:

        def look(_people: People, _user: str) -> None:
            raise UnknownPersonError(UNSAID)

        unsaid.setattr(People, "look", look)
        assert door.deliver(click).status == 200
    assert door.life.record(task).state is State.WAITING

    assert door.deliver(click).status == 200
    assert door.life.record(task).state is State.PAUSED
    assert door.acts(task) == [Act.PAUSE]
