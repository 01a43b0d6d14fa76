"""Who may use OMM no longer when a worker comes to what they have asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.ids import Block
from emulators.slack import Fault
from engine.errors import Side
from engine.migration.account import Account
from tests.servers.slack.world import SlackWorld


def test_who_was_turned_guest_or_left_begins_nothing(world: SlackWorld) -> None:
    """Between the form and its check, while every worker is busy. While Slack does not say who they are, it goes on."""
    for changes in ({"is_restricted": True}, {"is_restricted": False, "deleted": True}):
        world.slack.change_user("owner", is_restricted=False, deleted=False)
        world.forget_people()
        world.open_form()
        world.send()
        world.slack.change_user("owner", **changes)
        world.forget_people()
        world.work("check")

    assert world.tasks() == []

    world.slack.change_user("owner", is_restricted=False, deleted=False)
    world.forget_people()
    world.open_form()
    world.send()
    world.forget_people()
    world.slack.add_fault(Fault(method="users.info", action="status", status=503))
    world.work("check")

    assert len(world.tasks()) == 1


@pytest.mark.parametrize("left", [False, True])
def test_no_server_is_looked_up_for_them(world: SlackWorld, left: bool) -> None:
    """Where their form names none: a domain that they have typed is asked nothing any more."""
    asked: list[Side] = []

    def look_up(_account: Account, side: Side) -> None:
        asked.append(side)

    world.services = replace(world.services, look_up=look_up)
    world.open_form()
    world.send(**{Block.DESTINATION_SERVER: " "})
    world.slack.change_user("owner", deleted=left)
    world.forget_people()

    world.work("check")

    assert asked == ([] if left else [Side.DESTINATION])
    assert world.sides.signed_in == []
