"""Data that is deleted while the rollback of a migration waits for a second person."""

from __future__ import annotations

from datetime import timedelta

from bot import forgetting
from tests.contract.slack.test_approvals import (  # noqa: F401 - fixtures
    OWNER,
    TWO_DAYS,
    ask,
    asked,
    clock,
    look,
    notify,
    said,
    world,
)
from tests.servers.shifted import Shifted
from tests.servers.slack.world import SlackWorld


def test_the_dialog_says_that_this_rollback_is_lost(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """Asked for in time, it can still be approved after the 48 hours, so it counts among those that are lost."""
    world.migrated()
    clock.by += TWO_DAYS - timedelta(hours=1)
    ask(world)
    clock.by += timedelta(hours=2)
    look(world)

    assert forgetting.own_data(world.services, world.services.people.look(OWNER)).ways_back == 1


def test_the_admin_who_has_asked_hears_that_nothing_comes_of_it(world: SlackWorld) -> None:  # noqa: F811
    """Its owner deletes their data; whoever waits for the decision is told, once."""
    migration = asked(world, "admin")
    before = len(said(world, "admin"))
    world.slash(f"forget {migration.task_id}")
    world.submit()
    world.work()
    notify(world)

    told = said(world, "admin")[before:]
    assert [words for words in told if "The data of that migration have been deleted." in words] == told[:1]
    assert f"the rollback of migration {migration.task_id}. It was not begun" in told[0]


def test_whoever_deletes_it_themselves_is_told_nothing(world: SlackWorld) -> None:  # noqa: F811
    """They know."""
    migration = asked(world)
    world.slash(f"forget {migration.task_id}")
    world.submit()
    world.work()
    notify(world)

    assert not [words for words in said(world, "owner") if "have been deleted" in words]
