"""Values that the window of the settings never offers: each is refused at its field, and nothing is saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.ids import Block, View
from bot.stored.policies import Policy
from tests.servers.slack import hostile
from tests.servers.slack.abuses import abused
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.workspace import ADMIN, OWNER, SHARED


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with abused(tmp_path_factory.mktemp("settings")) as enemy:
        yield enemy


@pytest.fixture(autouse=True)
def _nothing_set(enemy: Hostile) -> None:
    enemy.world.services.policies.change(enemy.world.team, lambda _now: Policy())


def wrong(enemy: Hostile, block: Block, value: dict[str, Any]) -> list[str]:
    """What is amiss of the answer to that window."""
    view = hostile.view(View.SETTINGS, f"{Policy().digest} 0", {f"{block}0": {"v": value}})
    came = enemy.sends(ADMIN, hostile.submitted(ADMIN, view))
    found = [came.told] if not came.told or "error of its own" in came.told else []
    found += [f"changed: {came.changed}"] if not came.nothing else []
    return found


@pytest.mark.parametrize("block", [Block.WHO, Block.WHERE_TYPED])
@pytest.mark.parametrize("value", ["nobody", "", "__class__", "x" * 3000])
def test_a_choice_that_is_none_is_refused(enemy: Hostile, block: Block, value: str) -> None:
    """In a sentence about it, and nothing is saved."""
    assert wrong(enemy, block, {"selected_option": {"value": value}}) == []


@pytest.mark.parametrize("value", ["S0OTHER001", "<!channel>", "", "x" * 3000])
def test_a_user_group_of_another_workspace_is_refused(enemy: Hostile, value: str) -> None:
    """Only those that Slack tells of this workspace are offered, and those that were chosen before."""
    assert wrong(enemy, Block.GROUPS, {"selected_options": [{"value": value}]}) == []


@pytest.mark.parametrize("value", ["<!channel>", "", "T0EXAMPLE1", "x" * 3000])
def test_whoever_is_no_person_is_refused(enemy: Hostile, value: str) -> None:
    """Slack would not open the window again with one of these in it, and so nobody could mend the settings."""
    assert wrong(enemy, Block.PEOPLE, {"selected_users": [OWNER, value]}) == []


@pytest.mark.parametrize("value", [SHARED, OWNER, "D0OWNER001", "<!channel>", "x" * 3000])
def test_the_audit_goes_into_no_channel_that_is_not_offered(enemy: Hostile, value: str) -> None:
    """A channel shared with others, and somebody's direct messages, are not offered: the audit is not for them."""
    assert wrong(enemy, Block.AUDIT_CHANNEL, {"selected_conversation": value}) == []


def test_no_more_people_than_the_window_takes(enemy: Hostile) -> None:
    """A hundred, as its menu says."""
    assert wrong(enemy, Block.PEOPLE, {"selected_users": [OWNER] * 5000}) == []


@pytest.mark.parametrize("garbage", ["one two", "x y z", f"x {'9' * 5000}"])
def test_settings_with_garbage_behind_them_are_refused(enemy: Hostile, garbage: str) -> None:
    """In a sentence that is about it, with a line in the audit."""
    came = enemy.sends(ADMIN, hostile.submitted(ADMIN, hostile.view(View.SETTINGS, garbage)))

    assert came.told.startswith("This button or window leads nowhere.")
    assert came.refused == [ADMIN]
