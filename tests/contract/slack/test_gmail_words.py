"""What Slack says to the owner of a Google account, of whom no password is ever asked."""

from __future__ import annotations

import pytest

from bot.ids import Action
from engine.errors import Side
from engine.migration.record import State
from tests.contract.slack.conftest import world  # noqa: F401 - the fixture
from tests.contract.slack.test_gmail_card import REQUEST, actions, stuck, task  # noqa: F401 - one is a fixture
from tests.contract.slack.test_gmail_form import DESTINATION, asks, authorise, draft, fill, open_gmail, read  # noqa: F401 - as above
from tests.servers.slack.world import SlackWorld, words


def test_the_window_for_the_destinations_password_does_not_give_googles_reason(
    stuck: SlackWorld,  # noqa: F811 - the fixture
) -> None:
    """The destination's password is kept no more, so it is asked for first; why that is, is not Google's doing."""
    stuck.services.engine.vault.drop(task(stuck).task_id, Side.DESTINATION)
    stuck.press(Action.AUTHORISE)

    asked = words(stuck.view()["blocks"])
    assert "Destination password" in asked
    assert "Google no longer lets OMM into the account" not in asked or "kept" in asked


def test_a_form_whose_consent_is_kept_no_more_asks_for_no_password(
    asks: SlackWorld,  # noqa: F811 - the fixture
) -> None:
    """A day after it was authorised, the form is opened from its letter and sent: it has to be authorised again."""
    open_gmail(asks)
    fill(asks, **DESTINATION)
    authorise(asks)
    asks.services.engine.vault.drop(draft(asks).id, Side.SOURCE)
    asks.submit()
    asks.work("check")

    said = read(asks)
    assert "The password of the source account" not in said
    assert "Type it again" not in said


@pytest.mark.parametrize("what", ["words", "button"])
def test_a_card_whose_consent_is_kept_no_more_asks_for_no_password(
    asks: SlackWorld, what: str  # noqa: F811 - the fixture
) -> None:
    """After thirty days nothing is kept of a migration that stood still: it needs consent, and no password of it."""
    migration = asks.begin(REQUEST)
    asks.services.engine.vault.drop(migration.task_id, Side.SOURCE)
    asks.services.jobs.migrate(migration.task_id)
    asks.work()
    asks.notify()
    assert task(asks).state is State.NEEDS_ATTENTION

    card = asks.card()
    if what == "words":
        assert "The password of the source account" not in words(card["blocks"])
    else:
        assert Action.AUTHORISE in actions(card)
