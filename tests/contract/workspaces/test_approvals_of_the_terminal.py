"""A second person's approval of a migration of the terminal, which the admins of every workspace may steer.

There is one request at a time. Nobody reads in one workspace who has asked in another, and each audit has its own acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import rolling_back
from bot.approvals import approving
from bot.buttons import NoLongerError
from bot.permissions import NotAllowedError
from bot.stored.approvals import Subject
from engine.errors import Side
from engine.migration.back import Expected
from engine.migration.forwards import keep_secrets
from engine.migration.record import Migration, State
from tests.contract.workspaces.test_two_workspaces import REQUEST
from tests.servers.slack.two_workspaces import Workspaces, two_workspaces
from tests.servers.slack.workspace import ADMIN
from tests.servers.slack.world import SlackWorld
from tests.servers.world import PASSWORD


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Workspaces]:
    with two_workspaces(tmp_path) as opened:
        for at in (opened.first, opened.second):
            at.slack.change_user("colleague", is_admin=True)
            at.services.policies.change(at.team, lambda policy: replace(policy, second_person=True))
        yield opened


def of_the_terminal(world: SlackWorld) -> Migration:
    """One that the operator has begun, and that is through."""
    engine = world.services.engine
    task = engine.store.create(REQUEST)
    keep_secrets(engine, task.task_id, {Side.DESTINATION: PASSWORD})
    now = engine.clock()
    engine.store.save(replace(task, state=State.COMPLETED, started=now, ended=now))
    return world.record(task.task_id)


def test_nobody_reads_who_has_asked_in_another_workspace(two: Workspaces) -> None:
    """They read that it waits in another workspace, by the window and by the order."""
    task = of_the_terminal(two.first)
    rolling_back.roll_back(
        two.first.services, two.first.services.people.look(ADMIN), task.task_id, Expected(3, 0)
    )

    with pytest.raises((NoLongerError, NotAllowedError)) as refused:
        rolling_back.check_dialog(two.second.services, two.second.services.people.look(ADMIN), task.task_id)

    assert f"<@{ADMIN}>" not in str(refused.value)
    assert "another workspace" in str(refused.value)


def test_the_audit_of_a_workspace_has_its_own_requests_alone(two: Workspaces) -> None:
    """A request of the first that has expired is in the first's, although somebody of the second has met it."""
    task = of_the_terminal(two.first)
    first, second = two.first.services, two.second.services
    approving.ask(first, first.people.look(ADMIN), Subject.ROLLBACK, task.task_id, {"items": 3, "kept": 0})
    decided = first.clock() - timedelta(minutes=1)
    first.approvals.change(
        Subject.ROLLBACK, task.task_id, lambda now: replace(now, until=decided) if now else None
    )

    approving.ask(second, second.people.look(ADMIN), Subject.ROLLBACK, task.task_id, {"items": 3, "kept": 0})

    def expired(team: str) -> int:
        found = [placed.entry for placed in first.trail.audit.entries(team, task.task_id)]
        return sum(entry is not None and entry.what == "expired" for entry in found)

    assert (expired(two.first.team), expired(two.second.team)) == (1, 0)
