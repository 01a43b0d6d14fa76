"""Slack's own TypeScript types (npm's @slack/types) accept every view and message that the app sends.

They know no limits of length; those are the emulator's, from Slack's documentation. Both look at the same payloads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from emulators.slack.blocks import Surface, check

from . import npm
from .slack_catalogue import messages, views

pytestmark = pytest.mark.timeout(300)       # the first time, the packages come from the registry
LITERAL = frozenset({"type", "style", "level"})     # properties of which only some values are allowed
SOURCE = """
import type { HomeView, KnownBlock, ModalView } from '@slack/types';
interface Message { text: string; blocks: KnownBlock[] }
"""
# Each is wrong in one way; TypeScript must say so.
WRONG = (
    ("KnownBlock", {"type": "alert", "level": "fatal", "text": {"type": "plain_text", "text": "x"}}),
    ("KnownBlock", {"type": "section", "text": {"type": "markdown", "text": "x"}}),
    ("KnownBlock", {"type": "section", "block_Id": "x", "text": {"type": "mrkdwn", "text": "x"}}),
    ("KnownBlock", {"type": "input", "label": {"type": "mrkdwn", "text": "x"},
                    "element": {"type": "plain_text_input", "action_id": "x"}}),
    ("KnownBlock", {"type": "input", "label": {"type": "plain_text", "text": "x"},
                    "element": {"type": "button", "text": {"type": "plain_text", "text": "x"}}}),
    ("KnownBlock", {"type": "actions", "elements": [{"type": "button", "style": "blue",
                                                     "text": {"type": "plain_text", "text": "x"}}]}),
    ("KnownBlock", {"type": "rich_text", "elements": [{"type": "rich_text_section",
                                                       "elements": [{"type": "bold", "text": "x"}]}]}),
    ("Omit<ModalView, 'blocks'>", {"type": "modal", "callback_id": "x"}),
    ("Omit<ModalView, 'blocks'>", {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "sumbit": "x"}),
    ("Omit<HomeView, 'blocks'>", {"type": "home", "title": {"type": "plain_text", "text": "x"}}),
)


@pytest.fixture(scope="module")
def packages() -> None:
    """The packages of the lock file."""
    if not npm.installed():
        pytest.skip(npm.MISSING)
    try:
        npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install @slack/types: {error}")


@pytest.fixture(scope="module")
def payloads() -> list[tuple[Surface, dict[str, Any]]]:
    """Everything of the catalogue, with where it is shown."""
    seen: list[tuple[Surface, dict[str, Any]]] = [("home" if v["type"] == "home" else "modal", v) for v in views()]
    return seen + [("message", {"text": each.text, "blocks": list(each.blocks)}) for each in messages()]


def test_no_payload_is_over_a_limit(payloads: list[tuple[Surface, dict[str, Any]]]) -> None:
    """Numbers and lengths, and which blocks a message, a modal and a home tab may hold."""
    assert [complaint for surface, payload in payloads for complaint in check(payload, surface=surface)] == []


@pytest.mark.usefixtures("packages")
def test_slack_s_types_accept_every_payload(payloads: list[tuple[Surface, dict[str, Any]]], tmp_path: Path) -> None:
    """One strict run of the compiler over each shape once; it also refuses what is wrong, so it does look."""
    blocks = [block for _, payload in payloads for block in payload["blocks"]]
    frames = {surface: [{**payload, "blocks": []} for at, payload in payloads if at == surface]
              for surface in ("modal", "home", "message")}
    lines = [
        SOURCE,
        *_typed("KnownBlock", blocks), *_typed("ModalView", frames["modal"]), *_typed("HomeView", frames["home"]),
        *_typed("Message", frames["message"]),
    ]
    for kind, wrong in WRONG:
        lines += ["// @ts-expect-error", f"({json.dumps(wrong)}) satisfies {kind};"]
    (tmp_path / "payloads.ts").write_text("\n".join(lines), "utf-8")

    assert npm.typescript(tmp_path / "payloads.ts") == ""
    assert len(lines) > 60


def _typed(kind: str, values: Iterable[dict[str, Any]]) -> list[str]:
    """A line of TypeScript for each shape."""
    distinct = dict.fromkeys(json.dumps(_shape(value), sort_keys=True) for value in values)
    return [f"({each}) satisfies {kind};" for each in distinct]


def _shape(value: Any, name: str = "") -> Any:
    """The value, with the same text and number everywhere that any would do, and each shape once in a list."""
    if isinstance(value, dict):
        return {key: _shape(held, key) for key, held in value.items()}
    if isinstance(value, list | tuple):
        shapes = {json.dumps(_shape(each), sort_keys=True): _shape(each) for each in value}
        return list(shapes.values())
    if isinstance(value, str):
        return str(value) if name in LITERAL else "text"
    return value if isinstance(value, bool) or value is None else 1
