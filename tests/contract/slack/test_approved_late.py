"""A rollback that was asked for in time and approved after the 48 hours, and does not come off at the first attempt.

It can be asked for again for a day, with the password that is kept; after that, and where it is denied, no more.
"""

from __future__ import annotations

from datetime import timedelta

from bot.ids import Action
from bot.views import dialogs
from engine.errors import Side
from engine.migration.back import Preview
from engine.migration.record import State
from tests.contract.slack.test_approvals import (  # noqa: F401 - fixtures
    TWO_DAYS,
    ask,
    clock,
    copied,
    decide,
    look,
    notify,
    world,
)
from tests.servers.shifted import Shifted
from tests.servers.slack.world import ADDRESS, SlackWorld, words


def test_the_asker_can_do_what_the_letter_says(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """"To see what a rollback would do now, press Roll back again": so that button has to count."""
    migration = world.migrated()
    clock.by += TWO_DAYS - timedelta(hours=1)
    world.press(Action.ROLLBACK)
    world.work("count")
    view = dialogs.rollback_confirm(world.record(migration.task_id), Preview(2, 1, 0, ()), world.services.clock())
    world.services.slack.views_update(view_id=world.view()["id"], view=view)
    world.submit()
    world.work("tell_approvers")
    notify(world)
    clock.by += timedelta(hours=2)
    look(world)

    decide(world, Action.APPROVE)
    world.work()
    notify(world)
    letter = next(one for one in world.letters() if "press Roll back again" in words(one["blocks"]))
    world.press(Action.ROLLBACK, where=letter["ts"])
    world.work("count")

    assert world.told() == []
    assert world.services.engine.vault.has(migration.task_id, Side.DESTINATION)


def test_a_server_that_is_away_for_a_moment_costs_no_rollback(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """It was asked for in time and approved; a minute later the server is there again."""
    migration = world.migrated()
    clock.by += TWO_DAYS - timedelta(hours=1)
    ask(world)
    clock.by += timedelta(hours=2)
    look(world)
    world.sides.is_away = True
    decide(world, Action.APPROVE)
    world.work()
    notify(world)
    world.sides.is_away = False
    world.slash(f"rollback {migration.task_id}")

    assert (copied(world), world.record(migration.task_id).state) == (3, State.COMPLETED)
    assert world.told() == []       # that it can be rolled back for 48 hours only
    assert world.services.engine.vault.has(migration.task_id, Side.DESTINATION)

    clock.by += timedelta(hours=24)
    world.slash(f"rollback {migration.task_id}")

    assert "That time is over" in world.told()[-1]
    assert not world.services.engine.vault.has(migration.task_id, Side.DESTINATION)


def test_what_is_denied_after_the_window_is_not_asked_for_again(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """The way back was held open for the decision alone."""
    migration = world.migrated()
    clock.by += TWO_DAYS - timedelta(hours=1)
    ask(world)
    clock.by += timedelta(hours=2)
    look(world)
    decide(world, Action.DENY)

    world.slash(f"rollback {migration.task_id}")

    assert "That time is over" in world.told()[-1]


def test_a_password_that_has_changed_meanwhile_can_be_typed(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """Within the window, the rollback's own window asks for it. In three days, many a password changes."""
    migration = world.migrated()
    clock.by += TWO_DAYS - timedelta(hours=1)
    ask(world)
    clock.by += timedelta(hours=2)
    look(world)
    world.exchange.change_password(ADDRESS, "another one")
    decide(world, Action.APPROVE)
    world.work()
    notify(world)

    world.slash(f"rollback {migration.task_id}")

    assert (copied(world), world.record(migration.task_id).state) == (3, State.COMPLETED)
    assert world.told() == []
