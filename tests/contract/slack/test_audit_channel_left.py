"""The channel of the audit takes nothing from OMM for a while: an admin is told, and nothing is left out of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.ids import Block
from emulators.slack.settings import SCOPES
from emulators.slack.workspace import BOT_USER
from tests.contract.slack.test_approvals import Shifted, notify
from tests.contract.slack.test_settings import CHANNELS as READS
from tests.contract.slack.test_settings import posts, set_
from tests.servers.slack_world import SlackWorld, slack_world, words

LEFT = {"leave": BOT_USER}, {"join": BOT_USER}
ARCHIVED = {"archived": True}, {"archived": False}


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
def world(tmp_path: Path, clock: Shifted) -> Iterator[SlackWorld]:
    with slack_world(tmp_path, clock=clock) as world:
        world.slack.configure(rate_limits=False, scopes=(*SCOPES, *READS))
        set_(world, **{Block.AUDIT_CHANNEL: "C0GENERAL1"})
        notify(world)
        yield world


def told(world: SlackWorld, whom: str = "admin") -> int:
    """How many messages say that the audit cannot be posted."""
    said = [words(one.get("blocks", [])) + str(one.get("text")) for one in world.letters(whom)]
    return sum("cannot post the audit" in one for one in said)


@pytest.mark.parametrize(("goes", "comes"), [LEFT, ARCHIVED])
def test_what_was_done_meanwhile_is_posted_once(
    world: SlackWorld, goes: dict[str, object], comes: dict[str, object]
) -> None:
    """As soon as something is done after OMM is back; each time that it is out, an admin is told once."""
    for times in (1, 2):
        world.slack.change_channel("general", **goes)  # type: ignore[arg-type]
        for word in ("pause", "go-on", "pause"):
            world.slash(f"admin {word}", "admin")
            notify(world)
        assert told(world) == times
        world.slack.change_channel("general", **comes)  # type: ignore[arg-type]
        world.slash("admin go-on", "admin")
        notify(world)

        said = " ".join(posts(world))
        assert (said.count("paused everybody"), said.count("migrations go on")) == (2 * times, 2 * times)


def test_nothing_has_to_be_done_for_that(world: SlackWorld, clock: Shifted) -> None:
    """Within minutes OMM finds out by itself that it is back."""
    world.slack.change_channel("general", leave=BOT_USER)
    world.slash("admin pause", "admin")
    notify(world)
    world.slack.change_channel("general", join=BOT_USER)
    clock.by += timedelta(minutes=11)
    notify(world)

    assert " ".join(posts(world)).count("paused everybody") == 1


def test_another_admin_is_told_where_the_one_who_chose_it_is_none_any_more(world: SlackWorld) -> None:
    """Somebody who can mend it."""
    world.slack.change_user("colleague", is_admin=True)
    world.slack.change_user("admin", is_admin=False)
    world.forget_people()
    world.slack.change_channel("general", archived=True)
    world.slash("admin pause", "colleague")
    notify(world)

    assert (told(world, "admin"), told(world, "colleague")) == (0, 1)
