"""Rollbacks asked for in Slack that do not come about: what is left of them, and of the secrets that they needed."""

from __future__ import annotations

from bot.ids import Action
from emulators.exchange import Fault
from engine.migration.record import State
from tests.servers.slack.world import SlackWorld, words


def kept_until(world: SlackWorld, task_id: str) -> float:
    """Until when the destination's password is kept, in seconds since 1970."""
    return float(world.redis.zscore("omm:secrets", f"{task_id}:destination"))


def test_a_rollback_that_could_not_begin_changes_nothing_of_what_was(world: SlackWorld) -> None:
    """The password goes 48 hours after the migration's end, as before. The card does not say that it stopped.

    Whoever hears only the notification reads what is true: the migration had ended well.
    """
    migration = world.migrated()
    world.press(Action.ROLLBACK)
    world.work("count")
    world.exchange.add_fault(Fault(operation="SyncFolderItems", action="status", status=403))

    world.submit()
    world.work()

    left = world.record(migration.task_id)
    assert left.state is State.COMPLETED
    assert left.attention is not None
    assert left.rollback_until is not None
    assert kept_until(world, migration.task_id) == left.rollback_until.timestamp()

    world.notify()
    card = world.card()
    assert "Completed" in card["text"]
    assert "stopped because" not in card["text"]
    assert "could not begin" in words(card)
