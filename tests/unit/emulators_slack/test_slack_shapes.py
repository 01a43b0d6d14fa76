"""Whatever the app sends is kept by its shape, for whoever looks at it with something else than our own rules."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from bot.ids import Action
from emulators import slack_shapes
from emulators.slack import SlackEmulator
from tests.unit.emulators_slack.app import App
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import actions, button, home, message, modal, section


class Kind(StrEnum):
    """Of an element."""

    BUTTON = "button"


MIGRATIONS = "C0MIGRATE1"
HEADER = {"type": "header", "text": {"type": "plain_text", "text": "x"}}
CONTEXT = {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}, {"type": "mrkdwn", "text": "y"}]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing has been kept yet."""
    monkeypatch.setenv(slack_shapes.FOLDER, str(tmp_path))
    monkeypatch.setattr(slack_shapes, "_kept", set())
    return tmp_path


def kept(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]


def kinds(folder: Path) -> list[tuple[str, str, str]]:
    """Of each: what has sent it, what it is, and the type of the block."""
    return [(each["sent"], each["kind"], json.loads(each["shape"]).get("type", "")) for each in kept(folder)]


def test_every_way_to_slack_is_kept(slack: SlackEmulator, app: App, call: Call, folder: Path) -> None:
    """Calls, the answer to a command, the answer to a form, and a response_url."""
    app.respond = lambda _: message(HEADER)
    slack.slash("owner", "migrations", "help")
    call.post(app.got[-1].form["response_url"], message(CONTEXT))
    app.respond = lambda got: call("views.open", trigger_id=got.form["trigger_id"], view=modal()) and None
    slack.slash("owner", "migrations", "migrate")
    app.respond = lambda _: {"response_action": "update", "view": modal(section(), notify_on_close=True)}
    slack.submit("owner", slack.views("owner")[-1]["id"], {"name": "x"})
    call("views.publish", user_id="U0OWNER001", view=home({"type": "divider"}))

    assert kinds(folder) == [
        ("the answer to a command", "message", ""), ("the answer to a command", "block", "header"),
        ("response_url", "block", "context"),
        ("views.open", "modal", "modal"), ("views.open", "block", "input"),
        ("response_action: update", "modal", "modal"), ("response_action: update", "block", "section"),
        ("views.publish", "home", "home"), ("views.publish", "block", "divider"),
    ]


def test_a_shape_is_kept_once(call: Call, folder: Path) -> None:
    """Other texts and more of the same make no other shape; another style does."""
    for blocks in ([actions(button("Go")), section("x")],
                   [section("y"), section("z"), actions(button("Stop", "stop"), button("Pause", "pause"))],
                   [actions(button(style="danger"))]):
        call("chat.postMessage", channel=MIGRATIONS, **message(*blocks))

    shapes = [each["shape"] for each in kept(folder)]
    assert len(shapes) == len(set(shapes)) == 4
    assert [shape for shape in shapes if "danger" in shape] == [
        '{"type":"actions","elements":[{"type":"button","action_id":"text","text":{"type":"plain_text","text":"text"},'
        '"style":"danger"}]}']


def test_what_is_refused_is_kept_as_refused(call: Call, folder: Path) -> None:
    """With the test that has sent it."""
    call("chat.postMessage", channel=MIGRATIONS, **message({"type": "no such block"}))

    assert [(each["refused"], each["test"].partition("::")[0]) for each in kept(folder)] == [
        (True, "tests/unit/emulators_slack/test_slack_shapes.py")] * 2


def test_nothing_is_kept_unless_it_is_asked_for(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the demo."""
    monkeypatch.delenv(slack_shapes.FOLDER)

    call("chat.postMessage", channel=MIGRATIONS, **message())

    assert kept(folder) == []


def test_a_member_of_an_enumeration_is_the_text_that_it_is(folder: Path) -> None:
    """As our IDs are, wherever they stand."""
    for action, kind in (("omm_stop", "button"), (Action.STOP, Kind.BUTTON)):
        slack_shapes.keep("drawn", {"text": "x", "blocks": [{"type": kind, "action_id": action, "elements": [action]}]})

    assert [json.loads(each["shape"]) for each in kept(folder) if each["kind"] == "block"] == [
        {"type": "button", "action_id": "text", "elements": ["text"]}
    ]
