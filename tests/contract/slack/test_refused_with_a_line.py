"""Acts of people who may not, that ask nothing about a migration, are in the audit as well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.ids import Action
from tests.servers import hostile
from tests.servers.abuses import OUTSIDERS, Owned, abused, amiss, click, given
from tests.servers.hostile import Hostile


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with abused(tmp_path_factory.mktemp("abuse")) as enemy:
        yield enemy


@pytest.fixture(scope="module")
def owned(enemy: Hostile) -> Owned:
    return given(enemy.world)


@pytest.mark.parametrize("who", sorted(set(OUTSIDERS) - {"unknown"}))
def test_whoever_may_not_have_data_deleted_is_in_the_audit(enemy: Hostile, owned: Owned, who: str) -> None:
    """Whoever presses Delete my data and is no full member."""
    user, told = OUTSIDERS[who]

    assert amiss(enemy, {"delete": click(Action.DELETE, user, owned)}, user, told) == {}


@pytest.mark.parametrize("who", OUTSIDERS)
def test_whoever_may_not_list_is_in_the_audit(enemy: Hostile, owned: Owned, who: str) -> None:
    """Whoever types `/omm list`; whom Slack does not confirm gets no list either."""
    user, told = OUTSIDERS[who]

    assert amiss(enemy, {"list": hostile.typed(user, "list")}, user, told) == {}
