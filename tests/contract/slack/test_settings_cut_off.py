"""Settings that an admin saves while the process dies over it, at every command to the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot import admin
from bot.services import Try
from bot.stored.audit_entries import Surface
from bot.stored.policies import Policy
from tests.contract.slack.test_approvals import Moment, doomed
from tests.servers.slack.world import ADMIN, SlackWorld, slack_world
from tests.unit.life.world import Killed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path) as world:
        yield world


def test_changed_settings_are_in_the_audit_once(world: SlackWorld) -> None:
    """Killed before any command to the store: who has changed what is written down once the window comes again."""
    person, wanted, at = world.services.people.look(ADMIN), Policy(second_person=True), world.clock()
    begun, number, wrong = Moment(world), 0, []

    while True:
        number += 1
        begun.restore()
        services, redis = doomed(world, at, number)
        seen = Policy().digest
        with suppress(Killed):
            admin.change_settings(services, person, seen, wanted)
        if redis.dead:
            again = world.services.at(Surface.DIALOG, Try(at, again=True))
            admin.change_settings(again, person, seen, wanted)
        found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
        if [entry.result for entry in found if entry is not None] != ["done"]:
            wrong.append(number)
        if not redis.dead:
            break

    assert number > 2
    assert wrong == []
