"""What people read holds nothing of how two versions of it were put together."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", ["docs/fidelity.md", "tests/load/test_calendars_real.py"])
def test_no_mark_of_a_merge_is_left(path: str) -> None:
    """Neither <<<<<<< nor ======= nor >>>>>>> begins a line."""
    lines = (ROOT / path).read_text().splitlines()
    assert [line for line in lines if line.startswith(("<<<<<<<", ">>>>>>>")) or line == "======="] == []
