"""In the audit's window `<@U…>` is a person in our own words alone."""

from __future__ import annotations

from pathlib import Path

from bot.auditing import came_of, refused
from bot.stored.audit_entries import What
from engine.errors import Cause, FatalError
from tests.contract.slack.test_steering import REQUEST
from tests.servers.marked_up import MARK, NAMED, wrong
from tests.servers.slack_world import slack_world
from tests.servers.workspace import OWNER


def test_a_servers_words_mention_nobody_in_the_audit(tmp_path: Path) -> None:
    """They are shown as they are."""
    with slack_world(tmp_path) as world:
        task_id = world.begin(REQUEST).task_id
        said = FatalError(f"The server said: <@{NAMED}>{MARK}", cause=Cause.OTHER)
        came_of(world.services, OWNER, What.ROLLBACK, task_id, refused(said))
        world.slash(f"admin audit {task_id}", "admin")
        window = world.view("admin")

    assert MARK in str(window)
    assert wrong(window) == []
