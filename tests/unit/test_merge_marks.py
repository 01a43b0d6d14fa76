"""What people read holds nothing of how two versions of it were put together."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
MARKS = ("<" * 7 + " ", ">" * 7 + " ")


def test_no_mark_of_a_merge_is_left() -> None:
    """Neither in a document nor in code does a line begin with one."""
    folders = ("bot", "demo", "docs", "emulators", "engine", "tests")
    paths = [path for folder in folders for ending in ("*.md", "*.py") for path in (ROOT / folder).rglob(ending)]
    assert [path.name for path in paths if any(line.startswith(MARKS) for line in path.read_text().splitlines())] == []
