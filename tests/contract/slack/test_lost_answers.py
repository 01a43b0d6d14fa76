"""Redis does a write, its answer is lost on its way, and it is sent once more: it is done once, and said so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fakeredis
import pytest
from redis.exceptions import ConnectionError as Lost

from bot import admin, pausing_all, starting
from bot.services import Services
from bot.stored.audit import APPEND
from bot.stored.drafts import OPENED, DraftState
from bot.stored.policies import CHANGE, Policy
from tests.servers.slack.signed_world import doors, services_on
from tests.servers.slack.world import ADMIN, OWNER, SlackWorld, slack_world


class Lossy(fakeredis.FakeRedis):
    """A Redis that does what it is asked, and whose answer to one script is lost."""

    loses = ""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """As the library's."""
        found = super().execute_command(*args, **options)
        if args[0] == "EVAL" and args[1] == self.loses:
            self.loses = ""
            raise Lost("Connection reset by peer")
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path) as world:
        yield world


def behind_a_bad_line(world: SlackWorld, loses: str) -> Services:
    redis = Lossy(server=world.store)
    services = services_on(doors(redis, connectors=world.sides), world.slack.url)
    services.people.look(ADMIN)
    redis.loses = loses
    return services


def entries(world: SlackWorld) -> list[tuple[str, str]]:
    """What was done, with what result, the oldest first."""
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    return [(str(entry.what), str(entry.result)) for entry in reversed(found) if entry is not None]


@pytest.mark.parametrize("word", ["pause all", "go on"])
def test_pause_all_and_go_on_are_done(world: SlackWorld, word: str) -> None:
    """They came about, so nobody is told that somebody else has done it, and the audit does not say "refused"."""
    is_paused = word == "pause all"
    world.services.policies.change(world.team, lambda now: replace(now, is_paused=not is_paused, paused_by=""))
    services = behind_a_bad_line(world, CHANGE)
    do = pausing_all.pause_all if is_paused else pausing_all.let_all_go_on

    after = do(services, services.people.look(ADMIN))

    assert after.is_paused is is_paused
    assert entries(world) == [(word, "done")]


def test_changed_settings_are_in_the_audit(world: SlackWorld) -> None:
    """Who has changed them, from what to what."""
    services = behind_a_bad_line(world, CHANGE)
    seen = services.policies.load(world.team).digest

    admin.change_settings(services, services.people.look(ADMIN), seen, Policy(second_person=True))

    assert world.services.policies.load(world.team).second_person
    assert [result for _what, result in entries(world)] == ["done"]


def test_an_entry_of_the_audit_is_written_once(world: SlackWorld) -> None:
    """A doubled line says that something was done twice."""
    services = behind_a_bad_line(world, APPEND)

    pausing_all.pause_all(services, services.people.look(ADMIN))

    assert entries(world) == [("pause all", "done")]


def test_a_form_that_makes_room_for_another_keeps_no_password(world: SlackWorld) -> None:
    """Slack does not say that it is closed: the next form that its owner opens ends it."""
    services = behind_a_bad_line(world, "")
    owner = services.people.look(OWNER)
    first, second = (services.drafts.new(team=world.team, owner=OWNER, channel="") for _form in range(2))
    starting.form_is_open(services, owner, first.id, "V1")
    services = behind_a_bad_line(world, OPENED)

    starting.form_is_open(services, owner, second.id, "V2")

    found = [services.drafts.load(draft.id) for draft in (first, second)]
    assert [draft and draft.state for draft in found] == [DraftState.OVER, DraftState.OPEN]
