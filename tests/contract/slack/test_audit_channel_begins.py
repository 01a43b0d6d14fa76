"""The channel of the audit begins with the entry that says that it was chosen, whichever clock is ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.ids import Block
from emulators.slack.settings import SCOPES
from tests.contract.slack.test_approvals import Shifted
from tests.contract.slack.test_settings import CHANNELS as READS
from tests.contract.slack.test_settings import posts, set_
from tests.servers.slack_world import SlackWorld, slack_world

CHANNEL = "C0GENERAL1"


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
def world(tmp_path: Path, clock: Shifted) -> Iterator[SlackWorld]:
    with slack_world(tmp_path, clock=clock) as world:
        world.slack.configure(rate_limits=False, scopes=(*SCOPES, *READS))
        yield world


def test_what_was_done_before_the_notifier_looked(world: SlackWorld) -> None:
    """No notifier runs for a while, as while it is restarted; the settings are changed once more meanwhile."""
    set_(world, **{Block.AUDIT_CHANNEL: CHANNEL})
    world.slash("admin pause", "admin")
    set_(world, **{Block.SOURCE_HOSTS: "imap.example.net"})
    world.notify()

    said = " ".join(posts(world))
    assert said.count("changed the settings") == 2
    assert "paused" in said


def test_on_a_machine_whose_clock_is_ahead_of_the_stores(world: SlackWorld, clock: Shifted) -> None:
    """By half a minute: what is done in that half minute is no less done."""
    clock.by = timedelta(seconds=30)
    set_(world, **{Block.AUDIT_CHANNEL: CHANNEL})
    world.slash("admin pause", "admin")
    world.notify()

    said = " ".join(posts(world))
    assert "changed the settings" in said
    assert "paused" in said
