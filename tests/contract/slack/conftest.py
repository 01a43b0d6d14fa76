"""The world that the web door lives in. Whatever a test does there, Slack is answered in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.slack_world import SlackWorld, slack_world

LATE = 3.0      # seconds that Slack waits


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SlackWorld]:
    with slack_world(tmp_path) as world:
        yield world
        assert [ack for ack in world.slack.acks if ack.seconds >= LATE] == []
