"""The Slack world that tests build: it is the real thing where it matters."""

from __future__ import annotations

from contextlib import suppress

import pytest
from slack_sdk.errors import SlackApiError

from engine.errors import Side
from tests.servers.slack.signed_world import Clock, SignedWorld, doors, slack_emulator
from tests.servers.slack.workspace import CHANNEL


def test_what_is_ordered_waits_until_a_worker_comes() -> None:
    """An order of a task that is gone stands among the real orders until a worker has found nothing to do."""
    opened = doors(clock=Clock())
    with slack_emulator(opened) as slack:
        world = SignedWorld(opened, slack)
        world.services.jobs.migrate("7K2F-9QXD")
        waiting = [order.key for order in world.orders.all()]
        world.work()

        assert waiting == ["migrate:7K2F-9QXD"]
        assert world.orders.all() == []
        assert world.orders.placed == [("migrate", "7K2F-9QXD")]


def test_another_process_sees_what_the_first_has_written() -> None:
    """Doors that are opened again on the same Redis can read a password that was kept in it."""
    opened = doors()
    opened.engine.vault.put("7K2F-9QXD", Side.SOURCE, "the old one")

    assert doors(opened.redis).engine.vault.get("7K2F-9QXD", Side.SOURCE) == "the old one"


def test_a_message_that_slack_refuses_for_its_form_fails_the_test() -> None:
    """Whoever takes the refusal for an answer still hears of it when Slack closes."""
    opened, wrong = doors(), [{"type": "no such block"}]

    with (
        pytest.raises(AssertionError, match="invalid_blocks"), slack_emulator(opened) as slack, suppress(SlackApiError)
    ):
        SignedWorld(opened, slack).services.slack.chat_postMessage(channel=CHANNEL, text="Hello", blocks=wrong)
