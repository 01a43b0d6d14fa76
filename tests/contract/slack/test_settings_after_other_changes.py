"""Settings that were right when they were saved, and what has changed around them since."""

from __future__ import annotations

import pytest

from bot import rolling_back
from bot.ids import Block
from bot.stored.policies import POLICIES
from engine.errors import Side, UnreadableError
from engine.migration.record import Rollback, State
from engine.store.vault import Secret
from tests.contract.slack.conftest import furnished
from tests.contract.slack.test_settings import opened, policy, save, set_
from tests.servers.slack_world import OWNER, SlackWorld
from tests.servers.world import PASSWORD

OTHER = "another password"


def stopped_rollback(world: SlackWorld) -> str:
    """Its task ID."""
    task_id = world.migrated().task_id
    world.save(world.record(task_id), state=State.ROLLBACK_STOPPED, rollback=Rollback(started=world.clock()))
    return task_id


def types(world: SlackWorld, task_id: str) -> None:
    """Its owner types another password for the new mailbox, in Slack."""
    owner = world.services.people.look(OWNER)
    rolling_back.give_access(world.services, owner, task_id, {Side.DESTINATION: Secret(OTHER)})


def kept(world: SlackWorld, task_id: str) -> str:
    """The password for the new mailbox."""
    return str(world.services.engine.vault.get(task_id, Side.DESTINATION))


def test_the_operator_keeps_migrations_for_fewer_days_than_the_admins_have_set(world: SlackWorld) -> None:
    """The window opens, and what is not about the days can be saved."""
    set_(world, **{Block.RETENTION: "30"})
    with furnished(world, retention_days=10):
        opened(world)
        save(world, **{Block.MOST_IN_ALL: "7"})

    assert policy(world).most == 7


@pytest.mark.parametrize("stored", ["no JSON", '{"v":2}'])
def test_a_rollback_that_has_stopped_gets_its_password_whatever_the_settings_are(
    world: SlackWorld, stored: str
) -> None:
    """It was ordered, and goes on. Without a private page, the window has a field for it, and takes what is typed."""
    task_id = stopped_rollback(world)
    world.redis.hset(POLICIES, world.team, stored)

    types(world, task_id)

    assert kept(world, task_id) == OTHER


def test_where_there_is_a_private_page_it_is_typed_there(world: SlackWorld) -> None:
    """Nobody can read whether it may be typed in Slack, so it is not kept."""
    task_id = stopped_rollback(world)
    world.redis.hset(POLICIES, world.team, "no JSON")

    with furnished(world, public_url="https://omm.example.org"), pytest.raises(UnreadableError):
        types(world, task_id)

    assert kept(world, task_id) == PASSWORD
