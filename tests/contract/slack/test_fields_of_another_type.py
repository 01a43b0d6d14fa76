"""What no element of a form can hold is answered as any other body that Slack never sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.ids import Block, View
from tests.servers.slack import hostile
from tests.servers.slack.abuses import VIEWS, Owned, abused, given, on
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.workspace import ADMIN

FIELDS = {
    View.FORM: (Block.SOURCE_KIND, Block.SOURCE_LOGIN, Block.SOURCE_PASSWORD, Block.CONTENTS),
    View.ROLLBACK: (Block.DISCARD,), View.PASSWORD: (Block.SOURCE_PASSWORD,), View.FOLLOW: (Block.LOGIN,),
    View.ALL: (Block.ALL_STATE, Block.ALL_HOST), View.SETTINGS: (Block.WHO, Block.PEOPLE, Block.MOST_IN_ALL),
}
UGLY: tuple[Any, ...] = (
    None, True, 7, [], "x", {"v": None}, {"v": []}, {"v": "x"}, {"v": {"value": 7}}, {"v": {"selected_option": "x"}},
    {"v": {"selected_option": {"value": 7}}}, {"v": {"selected_options": [None]}}, {"v": {"selected_options": [{}]}},
    {"v": {"selected_users": 7}},
)


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with abused(tmp_path_factory.mktemp("fields")) as enemy:
        yield enemy


@pytest.fixture(scope="module")
def owned(enemy: Hostile) -> Owned:
    return given(enemy.world, ADMIN)


@pytest.mark.parametrize("view", FIELDS)
def test_what_no_field_holds_is_no_fault_of_ours(enemy: Hostile, owned: Owned, view: View) -> None:
    """It is answered as other bodies are that Slack never sends, or taken for an empty field."""
    row, wrong = next(row for name, row in VIEWS if name is view), []
    for block in FIELDS[view]:
        for ugly in UGLY:
            window = on(row, owned, view) or {}
            window["state"] = {"values": {f"{block}0" if block.endswith("_") else block: ugly}}
            answer = enemy.post(hostile.submitted(ADMIN, window))
            told = hostile.said(answer)
            wrong += [(block, ugly)] if answer.status_code not in (200, 400) or "error of its own" in told else []

    assert wrong == []
