"""Series of every pattern, end and zone with every kind of exception move; raw XML and dateutil judge what arrives."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.contract.exchange.test_calendars_unproven import HARSHEST, KINDEST
from tests.recovery.engine.test_calendars_seeded import judged, planted, sample
from tests.servers.calendars.seeds import large, matrix

# Each unproven behaviour by itself the other way.
ALONE = [(name, base | {name: other[name]}, base) for base, other in ((KINDEST, HARSHEST), (HARSHEST, KINDEST))
         for name in base]  # fmt: skip


@pytest.mark.parametrize("behaviour", [KINDEST, HARSHEST], ids=["kindest", "harshest"])
def test_the_whole_matrix_and_what_is_large(tmp_path: Path, behaviour: Mapping[str, object]) -> None:
    """90 series with ten exceptions each, one of 500 occurrences with 60, one with an exception that has no index."""
    with planted(tmp_path, behaviour, [*matrix(), *large()]) as at:
        judged(at, behaviour)


def test_one_of_each_kind_on_a_server_that_keeps_all(tmp_path: Path) -> None:
    """At the times that dateutil has; a second run copies nothing, and a rollback leaves what was there."""
    with planted(tmp_path, KINDEST, sample()) as at:
        judged(at, KINDEST)


@pytest.mark.parametrize(
    ("name", "behaviour", "base"), ALONE,
    ids=[f"{name}, else {'kindest' if base is KINDEST else 'harshest'}" for name, _, base in ALONE],
)
def test_each_unproven_behaviour_by_itself(
    tmp_path: Path, name: str, behaviour: Mapping[str, object], base: Mapping[str, object]
) -> None:
    """One of each kind of appointment: nothing is lost without a word, doubled or sent."""
    assert behaviour[name] != base[name]
    with planted(tmp_path, behaviour, sample()) as at:
        judged(at, behaviour)
