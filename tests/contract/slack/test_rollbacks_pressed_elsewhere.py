"""Rollbacks with a second person's approval: the clocks of two machines, and what is finished without asking again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot import rolling_back
from bot.approvals import approving
from bot.ids import Action
from bot.services import Try
from bot.stored.approvals import Subject
from bot.views import dialogs
from emulators.exchange import Fault
from engine.errors import Side
from engine.hooks import EngineEvent, Saved
from engine.migration.back import Expected, Preview
from engine.migration.forwards import keep_secrets
from engine.migration.record import State
from tests.contract.slack.test_approvals import (  # noqa: F401 - fixtures
    ADMIN,
    OWNER,
    buttons,
    clock,
    notify,
    said,
    world,
)
from tests.servers.shifted import Shifted
from tests.servers.slack.workspace import COLLEAGUE
from tests.servers.slack.world import SlackWorld, words
from tests.servers.world import PASSWORD


def test_a_rollback_that_was_refused_does_not_start_soon_for_ever(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """Approved on a machine whose clock is two minutes ahead of the worker's, which refuses it: it can be forgotten."""
    migration = world.migrated()
    world.press(Action.ROLLBACK)
    world.work("count")
    view = dialogs.rollback_confirm(world.record(migration.task_id), Preview(2, 1, 0, ()), world.services.clock())
    world.services.slack.views_update(view_id=world.view()["id"], view=view)
    world.submit()
    world.work("tell_approvers")
    notify(world)
    ahead = Try(world.clock() + timedelta(minutes=2))
    person = world.services.people.look(COLLEAGUE)
    approving.approve(world.services.at(world.services.trail.surface, ahead), person, Subject.ROLLBACK,
                      migration.task_id, ahead)
    world.work()
    clock.by += timedelta(hours=3)
    notify(world)
    assert [text for text in said(world, "owner") if "was not rolled back" in text]

    world.slash(f"forget {migration.task_id}")

    assert Action.ROLLBACK in buttons(world.card())
    assert [text for text in world.told() if "starts soon" in text] == []


def test_what_was_allowed_to_be_discarded_is_not_asked_for_again(world: SlackWorld) -> None:  # noqa: F811
    """A rollback that may discard what was changed is approved, and stops half-way; its owner has it finished as it is.

    One that may not is finished without asking, too, but to discard what was changed is asked for.
    """
    owner, admin = world.services.people.look(OWNER), world.services.people.look(ADMIN)
    for discards in (False, True):
        migration = world.migrated()
        rolling_back.roll_back(world.services, owner, migration.task_id, Expected(3, 0), discard=discards)
        approving.approve(world.services, admin, Subject.ROLLBACK, migration.task_id)
        stops_half_way(world)
        assert world.record(migration.task_id).state is State.ROLLBACK_STOPPED

        asked = rolling_back.roll_back(world.services, owner, migration.task_id, Expected(3, 0), discard=True)

        assert (asked is None) is discards
        if asked is not None:
            approving.withdraw(world.services, owner, Subject.ROLLBACK, migration.task_id)
            assert rolling_back.roll_back(world.services, owner, migration.task_id, Expected(3, 0)) is None
        keep_secrets(world.services.engine, migration.task_id, {Side.DESTINATION: PASSWORD})
        world.work()
        assert world.record(migration.task_id).state is State.ROLLED_BACK


def stops_half_way(world: SlackWorld) -> None:  # noqa: F811
    """Works on the rollback; its password is refused as soon as the removal begins."""
    services = world.services

    def refuses(event: EngineEvent) -> None:
        if isinstance(event, Saved) and event.now.stage == "removing" != event.before.stage:
            world.exchange.add_fault(Fault(action="status", status=401))

    world.services = replace(services, engine=services.engine.with_hooks(refuses))
    world.work()
    world.services = services
    world.exchange.clear_faults()


def test_a_request_that_is_over_is_over_on_the_card(world: SlackWorld, clock: Shifted) -> None:  # noqa: F811
    """The web's clock is ten seconds ahead of the worker's, which finds at once that nobody could approve."""
    world.slack.change_user("colleague", is_admin=False)
    migration = world.migrated()
    admin, ahead = world.services.people.look(ADMIN), Try(world.clock() + timedelta(seconds=10))
    rolling_back.roll_back(world.services, admin, migration.task_id, Expected(3, 0), ahead)
    world.work("tell_approvers")
    notify(world)
    assert [text for text in said(world, "admin") if "Make somebody else an admin" in text]
    clock.by += timedelta(hours=1)
    notify(world)

    assert "waits for the approval" not in words(world.card()["blocks"])
    assert Action.ROLLBACK in buttons(world.card())
