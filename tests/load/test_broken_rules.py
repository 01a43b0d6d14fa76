"""Whatever Exchange computes of an item has a test that fails when the emulator computes it wrongly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.load.breaking import Breaking, breaking
from tests.load.broken_rules import BROKEN, Broken

EMULATOR, TESTS = "emulators/exchange", "tests/contract/exchange_emulator"
EACH_WORKER = True      # hundreds of tests, and little to set up


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breaking]:
    with breaking(tmp_path_factory.mktemp("broken"), "emulators", [f"{TESTS}/{row.test}" for row in BROKEN]) as opened:
        yield opened


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.computed)
def test_a_broken_rule_fails_its_test(emulator: Breaking, row: Broken) -> None:
    """With the rule of a computed field broken, the test named beside it fails by an assertion and by nothing else."""
    found = emulator.broken(f"{EMULATOR}/{row.file}", [(row.find, row.instead)], f"{TESTS}/{row.test}")

    assert set(found.failed) == {"AssertionError"}, found.output


@pytest.mark.parametrize("test", sorted({row.test for row in BROKEN}))
def test_the_test_passes_with_the_rule(emulator: Breaking, test: str) -> None:
    """Every test of the list passes in the same surroundings while nothing is broken."""
    found = emulator.whole(f"{TESTS}/{test}")

    assert found.passed, found.output
    assert not found.failed, found.output


def test_each_computed_field_is_named_once() -> None:
    """No two rows have one name, so that a failure names its row."""
    names = [row.computed for row in BROKEN]

    assert sorted(names) == sorted(set(names))
