"""Settings that become stricter at any moment of a migration: they hold from the next thing that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.ids import Action
from bot.stored.policies import Passwords, Policy, Who
from engine.errors import Side
from engine.migration.record import State
from tests.servers.slack.world import OWNER, SOURCE_PASSWORD, SlackWorld, slack_world
from tests.servers.world import ADDRESS, PASSWORD

STRICTER: dict[str, Policy] = {
    "only admins": Policy(who=Who.ADMINS), "others": Policy(who=Who.CHOSEN, people=("U0COLLEAG1",)),
    "nobody": Policy(who=Who.CHOSEN), "another source": Policy(source_hosts=("imap.other.example",)),
    "another destination": Policy(destination_hosts=("*.other.example",)),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path) as world:
        world.slack.configure(rate_limits=False)
        yield world


def settle(world: SlackWorld, policy: Policy) -> None:
    world.services.policies.change(world.team, lambda _now: policy)


def touched(world: SlackWorld) -> tuple[int, int, int]:
    """How often anybody was signed in to, and what is in the new mailbox."""
    return len(world.sides.signed_in), len(world.exchange.sign_ins), len(world.exchange.messages(ADDRESS))


@pytest.mark.parametrize("name", STRICTER)
def test_a_form_under_way_meets_them_at_every_step(world: SlackWorld, name: str) -> None:
    """Before it is sent, while it waits to be checked, and looked at first: nobody is signed in to."""
    world.open_form()
    settle(world, STRICTER[name])
    world.press(Action.CHECK_FIRST, where=world.view()["id"])
    world.work("look")
    world.send()
    world.work("check")
    first = (touched(world), world.tasks())
    settle(world, Policy())
    world.open_form()
    world.send()
    settle(world, STRICTER[name])
    world.work("check")

    assert first == ((0, 0, 0), [])
    assert (touched(world), world.tasks()) == ((0, 0, 0), [])
    refused = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    assert [each.who for each in refused if each is not None and each.result == "refused"].count(OWNER) >= 2


@pytest.mark.parametrize("name", ["another source", "another destination"])
def test_a_migration_in_line_meets_them(world: SlackWorld, name: str) -> None:
    """It stops before it signs in anywhere, says why, and goes on once it is allowed again."""
    task_id, before = world.start().task_id, touched(world)
    settle(world, STRICTER[name])
    world.work()
    stopped = world.record(task_id)
    world.slash(f"resume {task_id}")
    world.work()

    assert stopped.state is State.NEEDS_ATTENTION
    assert "do not allow" in (stopped.attention.words if stopped.attention else "")
    assert touched(world) == before
    settle(world, Policy())
    world.slash(f"resume {task_id}")
    world.work()
    assert world.record(task_id).state is State.COMPLETED


GOING_ON: dict[str, Callable[[SlackWorld, str], object]] = {
    "resume": lambda world, task_id: world.slash(f"resume {task_id}"),
    "the card": lambda world, task_id: world.press(Action.RESUME),
}


@pytest.mark.parametrize("how", GOING_ON)
def test_who_may_migrate_no_more_goes_on_with_nothing(world: SlackWorld, how: str) -> None:
    """They can still cancel, which takes nothing from anybody."""
    task_id = world.start().task_id
    world.slash(f"pause {task_id}")
    world.notify()
    settle(world, Policy(who=Who.ADMINS))
    before = touched(world)

    GOING_ON[how](world, task_id)
    world.work()

    assert world.record(task_id).state is State.PAUSED
    assert touched(world) == before
    assert [said for said in world.told() if "only admins and owners may migrate" in said]
    world.slash(f"cancel {task_id}")
    world.submit()
    assert world.record(task_id).state is State.CANCELLED


def test_a_password_typed_in_slack_meanwhile_is_kept_nowhere(world: SlackWorld) -> None:
    """The form was open, with its fields, when the admins set that passwords are typed on the private page alone."""
    world.open_form()
    draft_id = world.view()["private_metadata"]
    settle(world, Policy(passwords=Passwords.PAGE))
    world.send()
    world.work()

    assert [world.services.engine.vault.has(draft_id, side) for side in Side] == [False, False]
    assert touched(world) == (0, 0, 0)
    assert "was not kept" in str(world.view())
    kept = b"".join(world.redis.dump(key) for key in world.redis.keys("*"))
    assert [secret for secret in (SOURCE_PASSWORD, PASSWORD) if secret.encode() in kept] == []


def test_how_many_are_at_work_is_not_got_around(world: SlackWorld) -> None:
    """By retries and by sending the form twice; what is more stays in line."""
    settle(world, Policy(most=1, most_of_a_person=1, most_with_a_host=1))
    task_id = world.start().task_id
    for _ in range(3):
        world.slash(f"resume {task_id}")
        world.slash(f"retry {task_id}")
        world.services.jobs.migrate(task_id)
    world.work()

    assert world.record(task_id).state is State.COMPLETED
    assert len(world.exchange.messages(ADDRESS)) == 3
