"""Retry: the button and the command run a migration that has ended again, for what is missing."""

from __future__ import annotations

from bot.ids import Action, Block, View
from bot.notices.milestones import milestones
from engine.errors import Side
from engine.migration.record import Counts, State
from engine.ports.destination import Limits
from tests.contract.slack.test_steering import COMPLETED, passwords, task
from tests.servers.memory.source import mail
from tests.servers.slack.world import LOGIN, OWNER, SOURCE_PASSWORD, SlackWorld, words
from tests.servers.world import ADDRESS


def with_one_failure(world: SlackWorld) -> str:
    """A migration that has ended without its largest message, which would go through now; its ID."""
    (folder,) = world.sides.sources[LOGIN].folders
    world.sides.sources[LOGIN].folders[folder].append(mail("Big", size=50_000))
    world.sides.limits = Limits(message=10_000)
    migration = world.migrated()
    world.sides.limits = Limits()
    assert migration.steps["mail"].counts == Counts(found=4, copied=3, failed=1)
    return migration.task_id


def test_what_failed_is_copied_after_the_source_password_was_typed(world: SlackWorld) -> None:
    """Only that password is asked for; the card says who ran it again, and the button is gone."""
    task_id = with_one_failure(world)
    assert "Retry failed" in words(world.card()["blocks"])

    world.press(Action.RETRY)
    asked = passwords(world, "owner")
    world.submit(values=dict.fromkeys(asked, SOURCE_PASSWORD))
    world.work()
    world.notify()

    assert [block.startswith(Block.SOURCE_PASSWORD) for block in asked] == [True]
    assert world.record(task_id).state is State.COMPLETED
    assert len(world.exchange.messages(ADDRESS)) == 4
    assert "Retry failed" not in words(world.card()["blocks"])
    assert "Run again by" in words(world.card()["blocks"])
    told = {one.key: one.by for one in milestones(world.record(task_id), world.services.threads.pressed(task_id))}
    assert told["retried:1"] == OWNER


def test_a_rollback_after_a_retry_leaves_nothing(world: SlackWorld) -> None:
    """What both runs brought goes; then there is nothing to retry, and whoever presses is told so."""
    task_id = with_one_failure(world)
    card = world.card()["ts"]
    world.slash(f"retry {task_id}")
    world.submit(values=dict.fromkeys(passwords(world, "owner"), SOURCE_PASSWORD))
    world.work()
    world.slash(f"rollback {task_id}")
    world.work("count")
    world.submit()
    world.work()

    world.press(Action.RETRY, where=card)

    assert world.record(task_id).state is State.ROLLED_BACK
    assert world.exchange.messages(ADDRESS) == []
    assert "nothing to retry any more. To copy the mailbox again, start a new migration." in world.told()[-1]
    assert world.record(task_id).retries == 1


def test_a_rollback_that_was_ordered_before_a_retry_is_done(world: SlackWorld) -> None:
    """Whoever agreed to it first gets it: everything goes, nothing is copied after it, no password stays."""
    task_id = world.migrated().task_id
    world.press(Action.ROLLBACK)
    world.work("count")
    world.submit()
    world.slash(f"retry {task_id}")
    world.submit(values=dict.fromkeys(passwords(world, "owner"), SOURCE_PASSWORD))

    world.work()

    assert world.record(task_id).state is State.ROLLED_BACK
    assert world.exchange.messages(ADDRESS) == []
    assert not any(world.services.engine.vault.has(task_id, side) for side in Side)


def test_a_password_form_that_was_overtaken_does_nothing(world: SlackWorld) -> None:
    """Somebody else was quicker: the second person is told where it stands, and keeps no password in the vault."""
    migration = task(world, **COMPLETED)
    world.services.engine.vault.drop(migration.task_id)
    for user in ("owner", "admin"):
        world.slash(f"retry {migration.task_id}", user)
        assert world.view(user)["callback_id"] == View.PASSWORD

    world.submit("admin", values=dict.fromkeys(passwords(world, "admin"), "right"))
    world.submit("owner", values=dict.fromkeys(passwords(world, "owner"), "another"))

    assert world.record(migration.task_id).retries == 1
    assert len(world.orders.placed) == 1
    assert "nothing to retry" in world.told()[-1]
