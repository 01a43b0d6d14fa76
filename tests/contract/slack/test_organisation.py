"""An organisation of several workspaces (Enterprise Grid): who was put into ours is one of us, wherever from."""

from __future__ import annotations

import pytest

from bot.ids import Action, View
from engine.migration.record import State
from tests.servers.slack.world import TEAM, SlackWorld

SISTER = "T0SISTER01"


@pytest.fixture
def sister(world: SlackWorld) -> str:
    """A colleague whose own workspace is another one of our organisation, and who is in ours too."""
    world.slack.change_user("colleague", team=SISTER, enterprise_teams=(SISTER, TEAM))
    return "colleague"


def test_a_member_from_another_workspace_migrates(world: SlackWorld, sister: str) -> None:
    """They open the form, start a migration, see it in their home tab, and press its buttons."""
    task = world.start(sister)
    world.press(Action.PAUSE, sister)
    world.slack.open_home(sister)
    world.listeners.settle()

    assert world.record(task.task_id).state is State.PAUSED
    assert task.task_id in str(world.slack.home(sister))


def test_an_admin_from_another_workspace_steers(world: SlackWorld, sister: str) -> None:
    """Whoever administers our workspace may press the buttons of everybody's tasks, wherever they are from."""
    world.slack.change_user(sister, is_admin=True)
    task = world.start("owner")

    world.press(Action.PAUSE, sister)

    assert world.record(task.task_id).state is State.PAUSED


def test_a_guest_from_another_workspace_is_a_guest(world: SlackWorld, sister: str) -> None:
    """Guests stay guests."""
    world.slack.change_user(sister, is_restricted=True)

    world.slash("migrate", sister)

    assert "Guests cannot" in world.told(sister)[0]


def test_the_organisation_alone_is_not_enough(world: SlackWorld) -> None:
    """Somebody of the same organisation who was not put into our workspace is refused as any stranger."""
    world.slack.change_user("stranger", enterprise_teams=("T0PARTNER1", SISTER))

    world.slack.shortcut("stranger", View.SHORTCUT)
    world.listeners.settle()

    assert [view["callback_id"] for view in world.slack.views("stranger")] == [View.WORDS]
    assert "Only people of this workspace" in world.told("stranger")[0]
