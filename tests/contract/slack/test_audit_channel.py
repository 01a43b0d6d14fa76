"""The channel of the audit: with what it begins, whichever clock is ahead, and what becomes of one that is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.ids import Block
from bot.notices.audit_channel import AGAIN
from emulators.slack.settings import SCOPES
from emulators.slack.workspace import BOT_USER
from tests.contract.slack.test_settings import CHANNELS as READS
from tests.contract.slack.test_settings import posts, set_
from tests.servers.shifted import Shifted
from tests.servers.slack.world import SlackWorld, slack_world, words

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


def notify(world: SlackWorld, clock: Shifted) -> None:
    """The notifier sends what there is, with the seconds between two messages that Slack wants."""
    for _ in range(4):
        clock.by += timedelta(seconds=2)
        world.notifier.tick()


@pytest.mark.parametrize(("goes", "comes"), [
    ({"leave": BOT_USER}, {"join": BOT_USER}), ({"archived": True}, {"archived": False}),
])
def test_a_channel_that_takes_nothing_any_more(
    world: SlackWorld, clock: Shifted, goes: dict[str, Any], comes: dict[str, Any]
) -> None:
    """Whoever chose it is told, once; what was done meanwhile stands there when it takes something again."""
    set_(world, **{Block.AUDIT_CHANNEL: CHANNEL})
    notify(world, clock)
    world.slack.change_channel("general", **goes)
    world.slash("admin pause", "admin")
    notify(world, clock)
    world.slash("admin go-on", "admin")
    clock.by += timedelta(seconds=AGAIN)
    notify(world, clock)
    assert [words(one["blocks"]).count("OMM cannot post the audit into") for one in world.letters("admin")] == [1]

    world.slack.change_channel("general", **comes)
    clock.by += timedelta(seconds=AGAIN)
    notify(world, clock)

    said = " ".join(posts(world))
    assert (said.count("paused everybody"), said.count("let everybody")) == (1, 1)


def test_whoever_chose_the_channel_is_no_admin_any_more(world: SlackWorld, clock: Shifted) -> None:
    """Then those are told who are: they alone can choose another one."""
    set_(world, **{Block.AUDIT_CHANNEL: CHANNEL})
    notify(world, clock)
    world.slack.change_user("colleague", is_admin=True)
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()
    world.slack.change_channel("general", archived=True)
    world.slash("admin pause", "colleague")
    notify(world, clock)

    told = {who: [words(one["blocks"]).count("OMM cannot post the audit into") for one in world.letters(who)]
            for who in ("admin", "colleague")}
    assert told == {"admin": [], "colleague": [1]}
