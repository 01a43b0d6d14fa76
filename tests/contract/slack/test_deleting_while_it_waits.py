"""Data that is deleted while the rollback of a migration waits for a second person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import forgetting
from bot.ids import Action
from tests.contract.slack.test_approvals import (  # noqa: F401 - fixtures
    OWNER,
    TWO_DAYS,
    Shifted,
    ask,
    asked,
    clock,
    look,
    notify,
    said,
    world,
)
from tests.servers.slack_world import SlackWorld, words

NOTHING_COMES = "It was not begun. Everything that OMM had stored about this migration was deleted meanwhile."


def waits_after_two_days(world: SlackWorld, clock: Shifted) -> str:  # noqa: F811
    """A migration whose rollback was asked for in time, and waits behind its 48 hours. Its task ID."""
    migration = world.migrated()
    clock.by += TWO_DAYS - timedelta(hours=1)
    ask(world)
    clock.by += timedelta(hours=2)
    look(world)
    notify(world)
    return migration.task_id


def hears_of_it(world: SlackWorld, user: str) -> int:  # noqa: F811
    """How many messages say that nothing comes of what they have asked for."""
    notify(world)
    return sum(NOTHING_COMES in text for text in said(world, user))


def test_the_windows_say_that_this_rollback_is_lost(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """It can still be approved: the window that deletes all data counts it, and the one of one migration says so."""
    task_id = waits_after_two_days(world, clock)

    assert forgetting.own_data(world.services, world.services.people.look(OWNER)).ways_back == 1
    world.slash(f"rollback {task_id}")
    assert [text for text in world.told() if "That time is over" in text] == []
    world.slash(f"forget {task_id}")
    assert "It can still be rolled back" in words(world.view()["blocks"])


@pytest.mark.parametrize("everything", [False, True])
def test_an_admin_who_has_asked_hears_that_nothing_comes_of_it(
    world: SlackWorld, everything: bool  # noqa: F811
) -> None:
    """Its owner deletes it, alone or with all else; the asker still waits for a decision."""
    migration = asked(world, "admin")
    if everything:
        world.slack.open_home("owner")
        world.press(Action.DELETE, where=world.slack.home("owner")["id"])
    else:
        world.slash(f"forget {migration.task_id}")
    world.submit()
    world.work()

    assert world.tasks() == []
    assert hears_of_it(world, "admin") == 1


def test_an_owner_who_has_asked_is_told_nothing_else(world: SlackWorld) -> None:  # noqa: F811
    """They have deleted it themselves, and are told that it is forgotten."""
    migration = asked(world)
    world.slash(f"forget {migration.task_id}")
    world.submit()
    world.work()

    assert hears_of_it(world, "owner") == 0


def test_an_owner_hears_that_an_admin_has_deleted_it(world: SlackWorld) -> None:  # noqa: F811
    """They have asked for the rollback, and an admin has it forgotten."""
    migration = asked(world)
    world.slash(f"forget {migration.task_id}", "admin")
    world.submit("admin")
    world.work()

    assert hears_of_it(world, "owner") == 1
