"""Requests for a rollback, and what changes while they wait or just after they were decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import steering
from bot.approvals import approving
from bot.approvals.approved import WAYS
from bot.ids import Action
from bot.stored.approvals import Decision, Subject
from engine.errors import Side
from engine.migration.record import State
from engine.store.vault import Secret
from tests.contract.slack.test_approvals import (  # noqa: F401 - fixtures
    ADMIN,
    OWNER,
    SOURCE_PASSWORD,
    ask,
    asked,
    asking,
    clock,
    copied,
    decide,
    look,
    notify,
    request_of,
    said,
    world,
)
from tests.servers.shifted import Shifted
from tests.servers.slack.world import SlackWorld, words


def test_an_approval_is_used_once(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """Its process has died after the order was placed, and the worker was refused: that is what came of the approval.

    Its asker was told to look once more, so nothing is removed though the mailbox is as it was by then.
    """
    migration = world.migrated()
    ask(world)
    services = world.services
    request = approving.decide(
        services, request_of(world, migration.task_id), Decision.APPROVED, ADMIN, at=services.clock()
    )
    WAYS[Subject.ROLLBACK].does(services, request)      # and then the process is killed
    whole, less = world.exchange.copied(), world.exchange.copied()
    less.execute("DELETE FROM item WHERE row = (SELECT max(row) FROM item)")    # its owner puts one away for a while
    less.commit()
    world.exchange.put_back(less)
    world.work("roll_back")
    notify(world)
    assert [text for text in said(world, "owner") if "Nothing was removed" in text]
    world.exchange.put_back(whole)
    clock.by += timedelta(minutes=2)

    look(world)
    world.work()
    notify(world)

    assert world.record(migration.task_id).state is State.COMPLETED
    assert copied(world) == 3
    assert len([text for text in said(world, "owner") if "has approved" in text]) == 1


@pytest.mark.parametrize("changes", [{"is_admin": False}, {"deleted": True}])
def test_who_may_roll_back_no_more_has_nothing_rolled_back(world: SlackWorld, changes: dict[str, bool]) -> None:  # noqa: F811
    """An admin asks for the rollback of somebody else's migration, and is none any more when it is approved."""
    migration = asked(world, "admin")
    world.slack.change_user("admin", **changes)
    world.forget_people()

    decide(world, Action.APPROVE, "colleague")
    world.work()

    assert copied(world) == 3
    assert world.record(migration.task_id).state is State.COMPLETED


def test_the_asker_hears_that_nobody_is_left_to_decide(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """The only other admin is demoted: whoever has become one is asked, and where there is none, the asker is told."""
    migration = asked(world, "admin")
    world.slack.change_user("colleague", is_admin=False)
    world.slack.change_user("owner", is_admin=True)
    world.forget_people()
    world.redis.delete(f"omm:admins:{world.team}")
    clock.by += timedelta(hours=24)
    look(world)
    world.work("tell_approvers")
    notify(world)

    assert [one for one in world.letters("owner") if "Your approval is needed" in words(one.get("blocks", []))]
    assert request_of(world, migration.task_id).is_waiting

    world.slack.change_user("owner", is_admin=False)
    world.forget_people()
    world.redis.delete(f"omm:admins:{world.team}")
    clock.by += timedelta(hours=1)
    look(world)
    world.work("tell_approvers")
    notify(world)

    assert request_of(world, migration.task_id).decision is Decision.WITHDRAWN
    assert [text for text in said(world, "admin") if "Make somebody else an admin" in text]


def test_who_has_asked_hears_what_comes_of_it(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """Approved, the process died over it, and the migration runs again before anybody has looked: its asker reads that
    it is not rolled back, and why.
    """
    migration = asked(world)
    services = world.services
    approving.decide(services, request_of(world, migration.task_id), Decision.APPROVED, ADMIN, at=services.clock())
    passwords = {Side.SOURCE: Secret(SOURCE_PASSWORD)}
    steering.begin_retry(services, services.people.look(OWNER), migration.task_id, passwords)
    services.jobs.migrate(migration.task_id)
    world.work()
    clock.by += timedelta(minutes=2)
    look(world)
    world.work()
    notify(world)

    assert world.record(migration.task_id).state is State.COMPLETED
    [letter] = [text for text in said(world, "owner") if "has approved" in text]
    assert "It was not begun" in letter
    assert "put back in line" in letter
    assert "put back in line" in words(asking(world)["blocks"])
