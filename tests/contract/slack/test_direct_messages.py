"""Messages to the app itself: one line of help for people, silence towards everything else."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from emulators.slack.workspace import BOT, BOT_USER
from tests.contract.slack.test_secrets import stored
from tests.servers.slack.world import OWNER, SlackWorld, words

WRITTEN = {
    "type": "message", "channel_type": "im", "channel": "D0OWNER001", "user": OWNER, "text": "hello", "ts": "1.2",
}


def answers(world: SlackWorld, user: str = "owner") -> list[str]:
    """What the app has written to them."""
    world.listeners.settle()
    world.notify()
    return [words(one["blocks"]) for one in world.letters(user) if "bot_id" in one]


def test_a_message_is_answered_with_help(world: SlackWorld) -> None:
    """Whoever writes to the app reads in one line what it understands."""
    world.slack.say("owner", "dm", "please move my mailbox")

    (answer,) = answers(world)
    assert "/omm migrate" in answer
    assert "/omm help" in answer


def test_a_message_that_comes_twice_is_answered_once(world: SlackWorld) -> None:
    """Slack sends again what it saw no answer to; so it is with several messages before the answer is out."""
    world.slack.configure(copies=2)

    for text in ("hello", "anybody there?"):
        world.slack.say("owner", "dm", text)

    assert len(answers(world)) == 1


@pytest.mark.parametrize("event", [
    {**WRITTEN, "bot_id": BOT}, {**WRITTEN, "bot_id": "B0ANOTHER1"}, {**WRITTEN, "user": BOT_USER},
    {**WRITTEN, "subtype": "message_changed", "message": {**WRITTEN, "edited": {"user": OWNER, "ts": "1.3"}}},
    {**WRITTEN, "subtype": "message_deleted", "previous_message": WRITTEN}, {**WRITTEN, "subtype": "bot_message"},
    {**WRITTEN, "channel_type": "channel", "channel": "C0MIGRATE1"},
], ids=["ours", "another app's", "ours by name", "an edit", "a deletion", "an old app's", "in a channel"])
def test_nothing_else_is_answered(world: SlackWorld, event: dict[str, Any]) -> None:
    """Our own messages, those of other apps, edits and deletions bring no answer, or it would never end."""
    ack = world.slack.event(event, OWNER)

    assert ack.outcome == "ok"
    assert answers(world) == []


def test_a_guest_is_told_whom_to_ask(world: SlackWorld) -> None:
    """Whoever may not use the app is not told to type what it would refuse."""
    world.slack.say("guest", "dm", "hello")

    (answer,) = answers(world, "guest")
    assert "Guests cannot" in answer
    assert "/omm" not in answer


def test_what_was_written_is_nowhere(world: SlackWorld, caplog: pytest.LogCaptureFixture) -> None:
    """It may be a password: it is in no log at any level, in no key of Redis, and in nothing that we send."""
    with caplog.at_level(logging.DEBUG):
        world.slack.say("owner", "dm", "hunter2-written")
        world.listeners.settle()
        kept = stored(world)
        world.notify()

    assert len(answers(world)) == 1
    assert "hunter2-written" not in caplog.text + kept + stored(world)
    assert "hunter2-written" not in json.dumps([call.arguments for call in world.slack.requests])
