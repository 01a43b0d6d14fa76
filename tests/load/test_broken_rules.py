"""Whatever Exchange computes of an item has a test that fails when the emulator computes it wrongly.

One rule in four is broken here; `make soak` breaks the others (tests/soak/test_broken_rules.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.load.breaking import Breaking, breaking
from tests.load.broken_rules import BROKEN, Broken

EMULATOR, TESTS = "emulators/exchange", "tests/contract/exchange_emulator"
EACH_WORKER = True      # hundreds of tests, and little to set up
SOME = BROKEN[::4]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breaking]:
    with breaking(tmp_path_factory.mktemp("broken"), "emulators", [f"{TESTS}/{row.test}" for row in BROKEN]) as opened:
        yield opened


def breaks(emulator: Breaking, row: Broken) -> None:
    """With the rule of a computed field broken, the test named beside it fails by an assertion and by nothing else."""
    found = emulator.broken(f"{EMULATOR}/{row.file}", [(row.find, row.instead)], f"{TESTS}/{row.test}")

    assert set(found.failed) == {"AssertionError"}, found.output


def passes(emulator: Breaking, test: str) -> None:
    """The test passes in the same surroundings while nothing is broken."""
    found = emulator.whole(f"{TESTS}/{test}")

    assert found.passed, found.output
    assert not found.failed, found.output


@pytest.mark.parametrize("row", SOME, ids=lambda row: row.computed)
def test_a_broken_rule_fails_its_test(emulator: Breaking, row: Broken) -> None:
    """By an assertion, and by nothing else."""
    breaks(emulator, row)


@pytest.mark.parametrize("test", sorted({row.test for row in SOME}))
def test_the_test_passes_with_the_rule(emulator: Breaking, test: str) -> None:
    """In the same surroundings, while nothing is broken."""
    passes(emulator, test)


def test_each_computed_field_is_named_once() -> None:
    """No two rows have one name, so that a failure names its row."""
    names = [row.computed for row in BROKEN]

    assert sorted(names) == sorted(set(names))
