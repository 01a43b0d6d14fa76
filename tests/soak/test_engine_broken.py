"""Each rule of the engine that `make load` does not break: seeds that no client has written show it."""

from __future__ import annotations

import pytest

from tests.load.breaking import Breaking
from tests.load.broken_engine import ROWS, Broken
from tests.load.test_engine_broken import SOME, engine, is_caught, passes

__all__ = ["engine"]        # a fixture

OTHERS = [row for row in ROWS if row not in SOME]


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.rule)
def test_an_engine_with_a_broken_rule_is_caught(engine: Breaking, row: Broken) -> None:
    """By an assertion of the test named beside the rule."""
    is_caught(engine, row)


@pytest.mark.parametrize("test", sorted({row.test for row in OTHERS}))
def test_the_engine_as_it_is_passes(engine: Breaking, test: str) -> None:
    """In the same surroundings."""
    passes(engine, test)
