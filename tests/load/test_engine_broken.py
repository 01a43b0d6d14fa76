"""Whatever rule of the engine is broken that moves calendars or settings, seeds that no client has written show it.

One rule in three is broken here; `make soak` breaks the others (tests/soak/test_engine_broken.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.load.breaking import Breaking, breaking
from tests.load.broken_engine import ROWS, Broken

EACH_WORKER = True      # many tests, and little to set up
SOME = ROWS[::3]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breaking]:
    with breaking(tmp_path_factory.mktemp("broken"), "engine", [row.test for row in ROWS]) as opened:
        yield opened


def is_caught(engine: Breaking, row: Broken) -> None:
    """The test named beside the rule fails by an assertion and by nothing else."""
    found = engine.broken(row.file, row.changes, row.test)

    assert set(found.failed) == {"AssertionError"}, found.output


def passes(engine: Breaking, test: str) -> None:
    """The test passes in the same surroundings while nothing is broken."""
    found = engine.whole(test)

    assert found.passed, found.output
    assert not found.failed, found.output


@pytest.mark.parametrize("row", SOME, ids=lambda row: row.rule)
def test_an_engine_with_a_broken_rule_is_caught(engine: Breaking, row: Broken) -> None:
    """By an assertion of the test named beside the rule."""
    is_caught(engine, row)


@pytest.mark.parametrize("test", sorted({row.test for row in SOME}))
def test_the_engine_as_it_is_passes(engine: Breaking, test: str) -> None:
    """In the same surroundings."""
    passes(engine, test)
