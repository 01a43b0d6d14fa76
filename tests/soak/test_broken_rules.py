"""Each rule of the Exchange emulator that `make load` does not break: its test fails while it is broken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.load.breaking import Breaking
from tests.load.broken_rules import BROKEN, Broken
from tests.load.test_broken_rules import SOME, breaks, emulator_of, passes

OTHERS = [row for row in BROKEN if row not in SOME]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breaking]:
    with emulator_of(tmp_path_factory.mktemp("broken")) as opened:
        yield opened


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.computed)
def test_a_broken_rule_fails_its_test(emulator: Breaking, row: Broken) -> None:
    """By an assertion, and by nothing else."""
    breaks(emulator, row)


@pytest.mark.parametrize("test", sorted({row.test for row in OTHERS}))
def test_the_test_passes_with_the_rule(emulator: Breaking, test: str) -> None:
    """In the same surroundings, while nothing is broken."""
    passes(emulator, test)
