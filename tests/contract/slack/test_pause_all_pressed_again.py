"""A press of Pause all or Go on that comes again after another admin has decided otherwise changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import pausing_all
from bot.services import Try
from bot.stored.audit_entries import Surface
from tests.servers.slack.world import ADMIN, COLLEAGUE, SlackWorld, slack_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path) as world:
        world.slack.change_user("colleague", is_admin=True)
        yield world


def test_a_pause_of_another_admin_outlives_an_older_go_on(world: SlackWorld) -> None:
    """An admin lets all go on, the door dies before it answers, another one pauses all: what comes again is older."""
    services = world.services
    aisha, colleague = services.people.look(ADMIN), services.people.look(COLLEAGUE)
    pausing_all.pause_all(services, aisha)
    at = services.clock()
    pausing_all.let_all_go_on(services, aisha, Try(at))     # its answer is never sent
    pausing_all.pause_all(services, colleague, Try(services.clock()))

    pausing_all.let_all_go_on(services.at(Surface.COMMAND, Try(at, again=True)), aisha, Try(at, again=True))

    hold = services.policies.hold(world.team)
    assert hold is not None
    assert hold.by == COLLEAGUE


def test_a_go_on_of_another_admin_outlives_an_older_pause(world: SlackWorld) -> None:
    """The other way round: everybody's migrations stand still again, and whoever let them go on does not know."""
    services = world.services
    aisha, colleague = services.people.look(ADMIN), services.people.look(COLLEAGUE)
    at = services.clock()
    pausing_all.pause_all(services, aisha, Try(at))         # its answer is never sent
    pausing_all.let_all_go_on(services, colleague, Try(services.clock()))

    pausing_all.pause_all(services.at(Surface.COMMAND, Try(at, again=True)), aisha, Try(at, again=True))

    assert services.policies.hold(world.team) is None
