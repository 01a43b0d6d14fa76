"""What stands on the card of a Gmail migration that waits for the next day."""

from __future__ import annotations

from datetime import timedelta

from bot.ids import Action
from engine.migration.record import State
from tests.contract.slack.conftest import *  # noqa: F403 - fixtures
from tests.contract.slack.test_gmail_card import actions, stuck, task  # noqa: F401 - a fixture
from tests.contract.slack.test_gmail_form import asks  # noqa: F401 - a fixture
from tests.servers.slack.world import SlackWorld


def test_one_that_waits_for_the_next_day_can_be_paused_and_cancelled(stuck: SlackWorld) -> None:  # noqa: F811
    """A rollback is offered when it is paused: it goes on by itself until then."""
    now = stuck.clock()
    waits = task(stuck)
    stuck.save(waits, state=State.WAITING, attention=None, not_before=now + timedelta(hours=9), started=now, wrote=True)
    stuck.notify()
    waiting = set(actions(stuck.card()))
    stuck.save(waits, state=State.PAUSED, attention=None, not_before=None, started=now, wrote=True)
    stuck.notify()
    paused = set(actions(stuck.card()))

    assert {Action.PAUSE, Action.CANCEL} <= waiting
    assert Action.ROLLBACK not in waiting
    assert {Action.RESUME, Action.ROLLBACK} <= paused
