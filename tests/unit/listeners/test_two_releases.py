"""What a later release has written about one task does not keep people from their other tasks."""

from __future__ import annotations

from itertools import count

import pytest

from bot.stored.threads import Card
from tests.servers.slack.workspace import CHANNEL
from tests.unit.listeners.door import OWNER, TEAM, WebDoor

NUMBERS = count(1)


def command(text: str) -> dict[str, str]:
    return {
        "command": "/omm", "text": text, "user_id": OWNER, "team_id": TEAM, "channel_id": CHANNEL,
        "trigger_id": f"2.{next(NUMBERS)}", "response_url": "",
    }


@pytest.mark.parametrize("typed", ["list", "status", "pause"])
def test_a_card_of_a_later_release_hides_no_task(door: WebDoor, typed: str) -> None:
    """The list has every task; the one whose card only the other release can read has no link."""
    tasks = [door.task() for _ in range(2)]
    door.services.threads.put_card(tasks[0], Card(CHANNEL, "1.1", buttons=True, masked=True))
    door.life.redis.hset(f"omm:thread:{tasks[0]}:cards", f"{CHANNEL}:1.1", '{"v": 2}')

    door.deliver(command(typed))

    (said,) = door.services.outbox.waiting()
    assert all(task in str(said.blocks) for task in tasks)
