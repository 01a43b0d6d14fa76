"""The rules that `make load` breaks, each in a copy, are still in the files that it names."""

from __future__ import annotations

from pathlib import Path

from tests.load.broken_engine import ROWS
from tests.load.broken_rules import BROKEN
from tests.load.patched import patch

ROOT = Path(__file__).parents[2]


def test_each_rule_of_the_engine_can_be_broken() -> None:
    """Each text is there once, what becomes of the file is Python, and no two rows have one name."""
    for row in ROWS:
        compile(patch((ROOT / row.file).read_text(), row.changes, f"{row.file}: {row.rule}"), row.file, "exec")

    assert len({row.rule for row in ROWS}) == len(ROWS)


def test_each_rule_of_the_emulator_can_be_broken() -> None:
    """Here it takes no minutes to learn that a text is another one now."""
    for row in BROKEN:
        words = (ROOT / "emulators" / "exchange" / row.file).read_text()
        compile(patch(words, [(row.find, row.instead)], f"{row.file}: {row.computed}"), row.file, "exec")
