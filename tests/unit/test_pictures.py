"""The pictures of the documents: those that are shown are there, and those that are there are shown."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LARGEST = 150_000       # bytes


def test_every_picture_is_there_and_shown() -> None:
    """No document has a hole in it, no picture is forgotten or too large to open quickly, and each has words."""
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        (document.parent / path).resolve(): words
        for document in documents for words, path in re.findall(r"!\[([^\]]*)\]\(([^)]+\.png)\)", document.read_text())
    }

    assert set(shown) == set((ROOT / "docs" / "images").glob("*.png"))
    assert all(shown.values())
    assert [path.name for path in shown if path.stat().st_size > LARGEST] == []
