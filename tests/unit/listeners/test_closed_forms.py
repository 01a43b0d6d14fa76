"""Forms that are closed while something else is done with them, at any moment of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.ids import Action, Block, View
from bot.stored.drafts import Draft, DraftState
from tests.unit.life.world import Life
from tests.unit.listeners.door import WebDoor, pressed, sent, view
from tests.unit.listeners.test_killed_doors import PASSWORDS, TYPED, a_form, closed, in_vault, kept, now

OTHER_OFFER: Mapping[str, Any] = {
    **TYPED, Block.OFFER: {Action.OFFER: {"selected_option": {"value": "ovhcloud-email-pro"}}}
}


@pytest.fixture
def another(door: WebDoor) -> WebDoor:
    """A second door of the same installation."""
    return WebDoor(Life(door.life.server, door.life.directory))


def closed_at_every_moment(
    door: WebDoor, another: WebDoor, deed: Callable[[Draft], Mapping[str, Any]], check: Callable[[Draft], None]
) -> None:
    """Has a form closed before each command of what somebody does with it, and looks what becomes of it."""
    redis = door.life.redis
    for moment in itertools.count(1):
        draft = a_form(door, DraftState.OPEN)
        redis.commands, redis.at = 0, moment
        redis.do = lambda draft=draft: another.deliver(closed(draft))  # type: ignore[misc]  # its type cannot be said
        assert door.deliver(deed(draft)).status == 200
        if redis.commands < moment:
            break
        check(draft)
    assert moment > 4


def test_a_choice_in_a_form_that_is_closed_meanwhile_keeps_no_password(door: WebDoor, another: WebDoor) -> None:
    """Whichever comes first, nobody can open that form again, and nothing that was typed into it is left."""

    def chosen(draft: Draft) -> Mapping[str, Any]:
        return pressed(Action.OFFER, "") | {"view": view(View.FORM, draft.id, OTHER_OFFER, draft.view_id)}

    def check(draft: Draft) -> None:
        assert now(door, draft).state is DraftState.OVER
        assert in_vault(door, draft) == []

    closed_at_every_moment(door, another, chosen, check)


def test_a_form_that_is_sent_and_closed_at_once_is_checked(door: WebDoor, another: WebDoor) -> None:
    """It was sent: its owner hears of the verdict by a letter, whose button opens the form with its passwords."""

    def sent_off(draft: Draft) -> Mapping[str, Any]:
        body = sent(View.FORM, draft.id, TYPED)
        return body | {"view": {**body["view"], "id": draft.view_id}}

    def check(draft: Draft) -> None:
        assert now(door, draft).state in (DraftState.CHECKING, DraftState.CLOSED)
        assert kept(door, draft) == PASSWORDS
        assert len(door.ordered(draft.id)) == 1

    closed_at_every_moment(door, another, sent_off, check)
