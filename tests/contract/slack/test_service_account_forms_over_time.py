"""Forms with a service account, some time after another admin was asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.ids import Action
from bot.stored.approvals import Subject
from bot.stored.drafts import DraftState
from bot.work import approvals
from engine.migration.account import Access
from tests.contract.slack.test_service_accounts import (
    ask,
    decide,
    fill,
    furnish,
    hear,
    kept,
    seen,
)
from tests.servers.shifted import Shifted
from tests.servers.slack.world import SlackWorld, slack_world


@pytest.fixture
def house(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path, clock=Shifted()) as world:
        furnish(world)
        yield world


def test_sent_again_after_three_days_it_asks_again(house: SlackWorld) -> None:
    """Before a worker has come to look: the form says that it asks, and the end of the old request leaves it alone."""
    draft_id = ask(house)
    house.work("tell_approvers")
    hear(house)
    house.clock.by += timedelta(hours=72, seconds=1)
    fill(house)
    assert "Another admin has to approve" in seen(house)

    hear(house)
    approvals.look(house.services.approvals, lambda _team: house.services)

    found = house.services.approvals.find(Subject.SERVICE_ACCOUNT, draft_id)
    assert found is not None
    assert found.is_waiting
    assert kept(house, draft_id) == [True, True]
    assert house.services.drafts.load(draft_id).state is DraftState.APPROVAL  # type: ignore[union-attr]


def test_the_passwords_of_an_approved_form_that_did_not_start(house: SlackWorld) -> None:
    """A server refuses what was approved, and the form is left as it is: its passwords are gone after 24 hours."""
    draft_id = ask(house)
    house.exchange.configure(impersonation={})
    decide(house)
    house.work("check")
    assert "may not impersonate" in seen(house)
    assert kept(house, draft_id) == [True, True]

    house.clock.by += timedelta(hours=25)

    assert kept(house, draft_id) == [False, False]


def test_a_form_that_was_changed_while_it_waits_does_not_wait_for_ever(house: SlackWorld) -> None:
    """Another way to open the mailbox is chosen, and the form is left as it is: the request is over, the form is open,
    and its passwords go as those of any form.
    """
    draft_id = ask(house)
    house.work("tell_approvers")
    hear(house)
    house.press(Action.DESTINATION_ACCESS, "admin", where=house.view("admin")["id"], value=Access.FULL_ACCESS)
    approvals.look(house.services.approvals, lambda _team: house.services)
    hear(house)

    found = house.services.approvals.find(Subject.SERVICE_ACCOUNT, draft_id)
    draft = house.services.drafts.load(draft_id)
    assert found is not None
    assert draft is not None
    assert not found.is_waiting
    assert draft.state is DraftState.OPEN
    house.clock.by += timedelta(hours=25)
    assert kept(house, draft_id) == [False, False]
