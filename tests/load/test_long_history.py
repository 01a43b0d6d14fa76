"""A history of many people in which everything that the audit knows of occurs."""

from __future__ import annotations

import random
from collections.abc import Mapping

import fakeredis
import pytest

from bot.stored.audit_entries import Entry, What
from tests.unit.audit.history import House
from tests.unit.audit.test_history import (
    NOT_HERE,
    OCCUR,
    audit_of,
    everything,
    test_a_history_is_told_from_the_audit_alone,
    test_every_setting_is_told_from_what_to_what,
    test_where_each_task_stands_is_told,
    test_who_has_paused_everybody_is_told,
)
from tests.unit.life.world import Life

ACTS, SEED = 500, 1
__all__ = [     # of this history, too
    "test_a_history_is_told_from_the_audit_alone", "test_every_setting_is_told_from_what_to_what",
    "test_where_each_task_stands_is_told", "test_who_has_paused_everybody_is_told",
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """After the history."""
    house = House(Life(fakeredis.FakeServer(), tmp_path_factory.mktemp("history")), random.Random(SEED))
    house.goes_on(ACTS, OCCUR)
    return house


@pytest.fixture(scope="module")
def audit(house: House) -> dict[str, list[Entry]]:
    return audit_of(house)


def test_every_act_has_occurred(house: House, audit: Mapping[str, list[Entry]]) -> None:
    """Done and refused, but for what is named with the reason; an act that is new is in neither."""
    written = {What(entry.what) for entry in everything(audit)}

    assert sorted(OCCUR - house.had) == []
    assert written == set(What) - NOT_HERE.keys()
