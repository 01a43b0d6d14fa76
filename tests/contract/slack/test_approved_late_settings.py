"""A rollback that was asked for in time, and is approved after the 48 hours, of a migration that has moved settings.

What the mailbox's settings were before is kept as long as the decision takes, so that they go back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.approvals import approving
from bot.stored.approvals import Subject
from bot.work import approvals
from bot.work.sweep import DUE, Sweep
from engine.migration.record import State
from tests.contract.slack.conftest import world  # noqa: F401 - a fixture
from tests.contract.slack.test_choices_in_the_form import Looking, at  # noqa: F401 - a fixture
from tests.contract.slack.test_rollback_settings import asks, moved
from tests.servers.slack.workspace import COLLEAGUE


def test_settings_go_back_once_it_is_approved(at: Looking) -> None:  # noqa: F811
    """As they would have within the window: it "counts as begun in time, however long the decision takes"."""
    there, services = at.world, at.world.services
    new = moved(at)
    assert (new.names(), at.answers()) == (["Lists"], "Enabled")
    services.policies.change(there.team, lambda policy: replace(policy, second_person=True))
    there.slack.change_user("colleague", is_admin=True)
    asks(at, ticked=None)
    there.work("tell_approvers")
    [task] = there.tasks()
    for hours in (47, 49):
        ended(at, hours)
        there.redis.delete(DUE)
        approvals.look(services.approvals, lambda _team: services)
        Sweep(there.redis, services.engine, days=60, audit_days=400).look()

    approving.approve(services, services.people.look(COLLEAGUE), Subject.ROLLBACK, task.task_id)
    there.work()

    assert [one.text for one in services.outbox.waiting() if "not rolled back" in one.text] == []
    assert there.tasks()[0].state is State.ROLLED_BACK
    assert (new.names(), at.answers()) == ([], "Disabled")


def ended(at: Looking, hours: int) -> None:  # noqa: F811
    """So many hours ago; the request is of the last two hours of the window."""
    there, long_ago = at.world, at.world.clock() - timedelta(hours=hours)
    [task] = there.tasks()
    there.save(task, ended=long_ago, updated=long_ago)
    asked = long_ago + timedelta(hours=46, minutes=30)
    there.services.approvals.change(
        Subject.ROLLBACK, task.task_id,
        lambda request: replace(request, asked=asked, until=asked + timedelta(hours=72)) if request else None,
    )
