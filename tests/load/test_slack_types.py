"""A whole session, in a process of its own, fails over what Slack's TypeScript types refuse."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.second_opinions.sends_wrong import BLOCKS, VIEWS, panel
from tests.second_opinions.test_slack_types import packages

__all__ = ["packages"]      # a fixture

ROOT = Path(__file__).parents[2]
SENDS_WRONG = "tests/second_opinions/sends_wrong.py"


@pytest.mark.usefixtures("packages")
def test_a_session_fails_that_sends_or_draws_what_slack_s_types_refuse() -> None:
    """All its tests pass; it names who sent the payload, the test, the payload, and what is wrong with it."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", SENDS_WRONG, "--workers", "1", "-p", "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )

    said = re.findall(rf"^(.*), in {SENDS_WRONG}::test_(\w+) .*: Slack's types refuse this (\w+)$", done.stdout, re.M)
    assert sorted(said) == sorted([
        *((name, "blocks_and_views_are_kept", "block") for name in BLOCKS),
        *((name, "blocks_and_views_are_kept", view["type"]) for name, view in VIEWS.items()),
        (f"{panel.__module__.removeprefix('tests.')}.panel", "what_is_drawn_is_kept", "block"),
        ("chat.postMessage", "what_is_sent_is_kept", "block"),
    ])
    assert '"style":"blue"' in done.stdout
    assert """Type '"blue"' is not assignable to type""" in done.stdout
    assert "3 passed" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
