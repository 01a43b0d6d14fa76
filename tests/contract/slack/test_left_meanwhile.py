"""Whoever is no full member of the workspace any more when a form of theirs is checked begins nothing."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Cause
from tests.contract.slack.test_check_first import fills_in, press
from tests.servers.slack_world import OWNER, SlackWorld


@pytest.mark.parametrize("now", [{"is_restricted": True}, {"deleted": True}])
@pytest.mark.parametrize("is_look", [False, True])
def test_a_form_that_was_sent_is_refused(world: SlackWorld, now: dict[str, Any], is_look: bool) -> None:
    """Every worker was busy when they sent it. Nothing signs in for them any more."""
    if is_look:
        fills_in(world)
        press(world)
    else:
        world.open_form()
        world.send()
    world.slack.change_user("owner", **now)
    world.forget_people()

    world.work()

    assert world.tasks() == []
    assert world.sides.signed_in == []
    (draft,) = world.services.drafts.of_owner(world.team, OWNER)
    assert draft.verdict is not None
    assert draft.verdict.cause == Cause.POLICY
