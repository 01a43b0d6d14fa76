"""Tests that send and draw what Slack's types refuse. They pass; the session in which they run must fail.

`tests/load/test_slack_types.py` runs them; no other session collects this file.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from emulators import slack_shapes
from emulators.slack import SlackEmulator
from tests.servers.slack import drawn
from tests.servers.slack.workspace import CHANNEL, TOKEN

TEXT = {"type": "plain_text", "text": "x"}
BLOCKS = {
    "an unknown level": {"type": "alert", "level": "fatal", "text": TEXT},
    "an unknown text": {"type": "section", "text": {"type": "markdown", "text": "x"}},
    "a misspelt property": {"type": "section", "block_Id": "x", "text": {"type": "mrkdwn", "text": "x"}},
    "a label that is marked up": {"type": "input", "label": {"type": "mrkdwn", "text": "x"},
                                  "element": {"type": "plain_text_input", "action_id": "x"}},
    "a button as input": {"type": "input", "label": TEXT, "element": {"type": "button", "text": TEXT}},
    "an unknown piece": {"type": "rich_text", "elements": [{"type": "rich_text_section",
                                                            "elements": [{"type": "bold", "text": "x"}]}]},
}
VIEWS = {
    "a modal without a title": {"type": "modal", "callback_id": "x", "blocks": []},
    "a misspelt button": {"type": "modal", "title": TEXT, "sumbit": TEXT, "blocks": []},
    "a home tab with a title": {"type": "home", "title": TEXT, "blocks": []},
}


def panel() -> dict[str, Any]:
    """Drawn, and sent nowhere."""
    return {"type": "modal", "title": TEXT, "blocks": [{"type": "divider", "width": 1}]}


def test_blocks_and_views_are_kept() -> None:
    """Each is wrong in one way."""
    for name, block in BLOCKS.items():
        slack_shapes.keep(name, {"text": "x", "blocks": [block]})
    for name, view in VIEWS.items():
        slack_shapes.keep(name, {"view": view})


def test_what_is_drawn_is_kept() -> None:
    """Without being sent."""
    drawn.watch(sys.modules[__name__])
    panel()


def test_what_is_sent_is_kept() -> None:
    """Although the emulator has refused it too."""
    button = {"type": "button", "action_id": "x", "style": "blue", "text": TEXT}
    with (
        SlackEmulator(signing_secret="-", bot_token=TOKEN, request_url="http://127.0.0.1:9/") as slack,
        pytest.raises(SlackApiError),
    ):
        WebClient(TOKEN, base_url=slack.url).chat_postMessage(
            channel=CHANNEL, text="x", blocks=[{"type": "actions", "elements": [button]}])
