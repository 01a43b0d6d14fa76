"""A history replays, whatever else differs from process to process."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.histories.replayed import played


def test_a_history_is_the_same_in_another_process() -> None:
    """With the hashes of words drawn otherwise, the same seed gives every deed at the same time."""
    elsewhere = subprocess.run(
        [sys.executable, "-m", "tests.histories.replayed", "3"], env={**os.environ, "PYTHONHASHSEED": "2"},
        check=True, capture_output=True, text=True, timeout=100,
    ).stdout

    assert elsewhere.rstrip("\n") == played(3)


def test_another_seed_is_another_history() -> None:
    """So many deeds are not the same by chance."""
    assert played(3) != played(4)
