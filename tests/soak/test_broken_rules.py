"""Each rule of the Exchange emulator that `make load` does not break: its test fails while it is broken."""

from __future__ import annotations

import pytest

from tests.load.breaking import Breaking
from tests.load.broken_rules import BROKEN, Broken
from tests.load.test_broken_rules import SOME, breaks, emulator, passes

__all__ = ["emulator"]      # a fixture

OTHERS = [row for row in BROKEN if row not in SOME]


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.computed)
def test_a_broken_rule_fails_its_test(emulator: Breaking, row: Broken) -> None:
    """By an assertion, and by nothing else."""
    breaks(emulator, row)


@pytest.mark.parametrize("test", sorted({row.test for row in OTHERS}))
def test_the_test_passes_with_the_rule(emulator: Breaking, test: str) -> None:
    """In the same surroundings, while nothing is broken."""
    passes(emulator, test)
