"""A million messages that are there already are recognised in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
MOST = 250 * 1024 * 1024        # bytes


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks of memory are read from /proc")
def test_a_million_messages_and_a_million_tags_need_little_memory() -> None:
    """Listing 1,000,000 messages and reading as many tags, all of them pairs, stays below 250 MB."""
    finished = subprocess.run(
        [sys.executable, "-m", "tests.soak.a_million"], cwd=HOUSE, capture_output=True, text=True, check=False,
    )

    assert finished.returncode == 0, finished.stderr
    said = json.loads(finished.stdout)
    assert (said["found"], said["already_there"]) == (1_000_000, 1_000_000)
    assert said["peak"] < MOST, f"{said['peak'] / 1_000_000:.0f} MB"
