"""The audit about an out-of-office that was to be switched on."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ids import Action, Block
from bot.stored.orders import GivenUp
from bot.work import switching
from engine.errors import Side
from engine.ports.settings import Live
from tests.contract.exchange.test_out_of_office_moved import away
from tests.contract.slack.conftest import world  # noqa: F401 - a fixture
from tests.contract.slack.test_audit import read
from tests.contract.slack.test_choices_in_the_form import Looking, at, sets  # noqa: F401 - a fixture
from tests.servers.workspace import OWNER


@pytest.fixture
def left_off(at: Looking) -> str:  # noqa: F811 - the fixture
    """A migration that has left an out-of-office off; its ID."""
    at.shows[Side.DESTINATION] = Live()
    at.opens()
    at.sends()
    at.sends(Block.LEAVE_OFF)
    at.world.work()
    at.world.notify()
    [task] = at.world.tasks()
    return task.task_id


def test_the_audit_says_switched_on_only_of_what_was(at: Looking, left_off: str) -> None:  # noqa: F811
    """Its owner has written another text: it stays off."""
    own: Any = away("Disabled", replies="<t:InternalReply><t:Message>mine</t:Message></t:InternalReply>")
    sets(at.new, own)
    at.world.press(Action.SWITCH_ON)
    at.world.work()
    assert at.answers() == "Disabled"

    assert "switched its out-of-office on" not in read(at.world, left_off)


def test_the_audit_says_what_became_of_an_order_that_was_given_up(at: Looking, left_off: str) -> None:  # noqa: F811
    """The worker died over it again and again."""
    at.world.press(Action.SWITCH_ON)
    switching.give_up(at.world.services, task_id=left_off, user=OWNER, why=next(iter(GivenUp)))

    assert at.answers() == "Disabled"
    entries = [one.entry for one in at.world.services.trail.audit.entries(at.world.team, left_off)]
    about = [e.result for e in entries if e is not None and e.what == "switch the out-of-office on"]
    assert "failed" in about


def test_who_was_only_asked_was_refused_nothing(at: Looking, left_off: str) -> None:  # noqa: F811
    """The form came back with a question; nothing was wrong, and nobody was refused."""
    said = read(at.world, left_off)

    assert "refused: start" not in said
    assert "undecided" not in said
