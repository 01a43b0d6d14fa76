"""The operator pauses everybody in all workspaces, one of which has settings that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest

from bot.stored.policies import POLICIES
from engine.errors import OmmError
from terminal.pausing_all import run_pause_all
from tests.servers.slack.two_workspaces import Workspaces, two_workspaces
from tests.servers.terminal_session import session


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Workspaces]:
    with two_workspaces(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("damaged", ["first", "second"])
def test_one_workspace_that_cannot_be_paused_keeps_no_other_from_it(two: Workspaces, damaged: str) -> None:
    """The others are paused, and the command says which one is not."""
    two.start(two.first)
    two.start(two.second)
    bad, good = (two.first, two.second) if damaged == "first" else (two.second, two.first)
    two.first.redis.hset(POLICIES, bad.team, "no JSON")

    with suppress(OmmError):
        run_pause_all(session(two.first.services.engine, StringIO(), redis=two.first.redis), "")

    assert good.services.policies.hold(good.team) is not None
