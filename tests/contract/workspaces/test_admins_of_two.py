"""Admins of two workspaces in one store: neither sees, settles, pauses or decides anything of the other's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ids import Action, Block
from bot.pages import private_page
from bot.pages.links import PageRefusedError, Refusal
from bot.stored.approvals import Subject
from bot.stored.one_time import For
from bot.stored.policies import Policy
from engine.errors import Side
from engine.migration.record import State
from tests.servers.slack import hostile
from tests.servers.slack.abuses import given
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.two_workspaces import SECOND, Workspaces, everything, two_workspaces
from tests.servers.slack.workspace import ADMIN, COLLEAGUE, OWNER, TEAM


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Workspaces]:
    with two_workspaces(tmp_path) as opened:
        opened.second.slack.configure(rate_limits=False)
        yield opened


def test_settings_and_pauses_are_of_one_workspace(two: Workspaces) -> None:
    """What the namesake of our admin sets there, with their own window, leaves ours as it was."""
    two.first.services.policies.change(TEAM, lambda _now: Policy(most=3))
    two.second.slash("admin settings", "admin")
    blocks = [block["block_id"] for block in two.second.view("admin")["blocks"]]
    most = next(block for block in blocks if block.startswith(Block.MOST_IN_ALL))
    two.second.submit("admin", {most: "7"})
    two.second.slash("admin pause", "admin")

    policies = two.first.services.policies
    assert (policies.load(TEAM).most, policies.load(TEAM).is_paused) == (3, False)
    assert (policies.load(SECOND).most, policies.load(SECOND).is_paused) == (7, True)


def test_lists_and_audit_are_of_one_workspace(two: Workspaces) -> None:
    """Everybody's migrations, workers, totals at home and who did what: of ours alone."""
    ours, theirs = two.start(two.first), two.start(two.second)
    for typed in ("admin", "admin workers", "admin audit"):
        two.second.slash(typed, "admin")
        assert ours.task_id not in json.dumps(two.second.view("admin")), typed
    assert theirs.task_id in json.dumps(two.second.view("admin"))
    two.second.slash(f"admin audit {ours.task_id}", "admin")
    assert "Nothing is written down here." in json.dumps(two.second.view("admin"))
    two.second.slack.open_home("admin")
    two.second.listeners.settle()

    assert ours.task_id not in json.dumps(two.second.slack.home("admin"))
    assert ours.task_id not in everything(two.second, "owner")


def test_a_request_of_one_workspace_is_decided_there(two: Workspaces) -> None:
    """By its own buttons, pressed by the other workspace's admin: there is nothing to decide, and it waits still."""
    owned, enemy = given(two.first), Hostile(two.second)
    for user in (ADMIN, OWNER, COLLEAGUE):
        for action in (Action.APPROVE, Action.DENY):
            came = enemy.sends(user, hostile.clicked(user, action, owned.request, team=SECOND))
            assert came.nothing, (user, action)
        assert enemy.sends(user, hostile.clicked(user, Action.WITHDRAW, owned.asked, team=SECOND)).nothing

    approval = two.first.services.approvals.find(Subject.ROLLBACK, owned.asked)
    assert approval is not None
    assert (approval.is_waiting, approval.team) == (True, TEAM)
    assert two.first.record(owned.asked).state is State.COMPLETED


def test_a_link_of_one_workspace_is_none_in_the_other(two: Workspaces) -> None:
    """Although both have somebody of that ID, and it is found in one store."""
    draft = given(two.first).draft
    token = two.first.services.one_time.new(For.FORM, draft, team=TEAM, person=OWNER, sides=tuple(Side))
    person = two.second.services.people.look(OWNER)

    with pytest.raises(PageRefusedError) as refused:
        private_page.look(two.second.services, person, token)

    assert refused.value.why is Refusal.UNKNOWN
    assert private_page.look(two.first.services, two.first.services.people.look(OWNER), token).mailboxes
