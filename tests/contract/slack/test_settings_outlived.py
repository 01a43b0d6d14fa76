"""Settings that were right when they were saved, and what has changed around them since."""

from __future__ import annotations

import pytest

from bot import rolling_back
from bot.ids import Block
from bot.permissions import NotAllowedError
from bot.stored.policies import POLICIES
from bot.where_typed import check_typed
from engine.errors import Side
from engine.migration.record import Rollback, State
from engine.store.vault import Secret
from tests.contract.slack.conftest import furnished
from tests.contract.slack.test_settings import opened, policy, save, set_
from tests.servers.browser.private_pages import page_only
from tests.servers.slack.world import OWNER, SlackWorld
from tests.servers.world import PASSWORD

TYPED = {Side.DESTINATION: Secret(PASSWORD)}


def test_the_operator_keeps_migrations_for_fewer_days_than_the_admins_have_set(world: SlackWorld) -> None:
    """The window opens, and what is not about the days can be saved."""
    set_(world, **{Block.RETENTION: "30"})
    with furnished(world, retention_days=10):
        opened(world)
        save(world, **{Block.MOST_IN_ALL: "7"})

    assert policy(world).most == 7


@pytest.mark.parametrize("stored", ["no JSON", '{"v":2}'])
def test_a_rollback_that_has_stopped_is_finished_whatever_the_settings_are(world: SlackWorld, stored: str) -> None:
    """The window has a field for its password while nobody can read them, and what is typed there is taken."""
    task_id = world.migrated().task_id
    world.save(world.record(task_id), state=State.ROLLBACK_STOPPED, rollback=Rollback(started=world.clock()))
    world.redis.hset(POLICIES, world.team, stored)

    rolling_back.give_access(world.services, world.services.people.look(OWNER), task_id, TYPED)

    assert world.services.engine.vault.has(task_id, Side.DESTINATION)


def test_while_there_is_a_page_nothing_is_typed_in_slack_against_the_settings(world: SlackWorld) -> None:
    """Nor while nobody can read them."""
    owner = world.services.people.look(OWNER)
    with furnished(world, public_url="https://omm.example.org"):
        page_only(world)
        with pytest.raises(NotAllowedError):
            check_typed(world.services, owner, TYPED)
        world.redis.hset(POLICIES, world.team, "no JSON")
        with pytest.raises(NotAllowedError):
            check_typed(world.services, owner, TYPED)
