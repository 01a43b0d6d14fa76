"""The recipe "Adding a button" of CONTRIBUTING.md, followed to the letter in tests/examples/button.patch."""

from __future__ import annotations

from pathlib import Path

from tests.examples.applied import MOST, applied, needs_git, tried

TEST = "tests/contract/slack/test_pause_instead.py"


@needs_git
def test_a_button_takes_five_files_at_most_and_works(tmp_path: Path) -> None:
    """The patch fits, touches few files, and Slack's signed protocol brings about what the button says."""
    added, changed = applied(tmp_path / "tree", "button.patch")

    assert len(changed) <= MOST
    assert TEST in added
    assert "1 passed" in tried(tmp_path / "tree", [TEST])
