"""What stands on the card of a Gmail migration that waits for the next day."""

from __future__ import annotations

from datetime import timedelta

from bot.ids import Action
from engine.migration.record import State
from tests.contract.slack.conftest import *  # noqa: F403 - fixtures
from tests.contract.slack.test_gmail_card import actions, stuck, task  # noqa: F401 - a fixture
from tests.contract.slack.test_gmail_form import asks  # noqa: F401 - a fixture
from tests.servers.slack_world import SlackWorld


def test_what_the_manual_offers_while_it_waits_is_there(stuck: SlackWorld) -> None:  # noqa: F811
    """docs/using.md: "Meanwhile you can pause it, cancel it or roll it back as ever"."""
    now = stuck.clock()
    stuck.save(task(stuck), state=State.WAITING, attention=None, not_before=now + timedelta(hours=9),
               started=now, wrote=True)
    stuck.notify()
    there = actions(stuck.card())

    assert {Action.PAUSE, Action.CANCEL} <= set(there)
    assert Action.ROLLBACK in there
