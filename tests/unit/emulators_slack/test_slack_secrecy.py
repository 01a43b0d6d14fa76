"""What is typed into a form is nowhere once it is sent: no file, no log, no record."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from slack_sdk import WebClient
from websockets.sync.client import connect

from emulators.slack import SlackEmulator
from tests.unit.emulators_slack.app import SECRET, TOKEN, App
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import actions, button, entry, message, modal
from tests.unit.emulators_slack.test_slack_delivery import MIGRATIONS, open_form

PASSWORD = "correct-horse-battery-staple"


def test_a_typed_password_is_stored_and_logged_nowhere(app: App, tmp_path: Path, caplog: pytest.LogCaptureFixture,
                                                       capfd: pytest.CaptureFixture[str]) -> None:
    """It reaches the app, and is in no file, log or output of the emulator: sent, refused, or in a command."""
    caplog.set_level(logging.DEBUG)
    with SlackEmulator(tmp_path / "slack.db", signing_secret=SECRET, bot_token=TOKEN, request_url=app.url) as slack:
        call = Call(slack)
        for answer in (500, {"response_action": "errors", "errors": {"password": "Wrong"}}, None):
            view = open_form(slack, app, call, modal(entry("password"), actions(button())))
            app.respond = lambda _, said=answer: said
            slack.fill("owner", view["id"], {"password": PASSWORD})
            slack.press("owner", view["id"], "go")
            slack.submit("owner", view["id"])
        slack.slash("owner", "migrations", f"migrate {PASSWORD}")
        call("chat.postMessage", channel=MIGRATIONS, **message(text="Stored, so that the file is not empty"))
        known = f"{slack.acks} {slack.requests} {slack.messages('migrations')} {slack.ephemerals('owner')}"

    assert any(PASSWORD in got.body.decode() for got in app.got)
    files = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())
    assert b"Stored, so that" in files
    assert PASSWORD.encode() not in files
    assert PASSWORD not in caplog.text + "".join(capfd.readouterr()) + known


def test_socket_mode_writes_no_password_down_either(caplog: pytest.LogCaptureFixture,
                                                    capfd: pytest.CaptureFixture[str]) -> None:
    """What goes over a WebSocket is in no log or output: neither the frame nor what the app answers to it."""
    caplog.set_level(logging.DEBUG)
    with SlackEmulator(signing_secret=SECRET, bot_token=TOKEN, app_token="xapp-1") as slack:
        slack.configure(ack_seconds=0.1)
        url = WebClient(base_url=slack.url).apps_connections_open(app_token="xapp-1")["url"]
        with connect(url, logger=logging.Logger("quiet", logging.CRITICAL + 1)) as socket:
            assert slack.wait_connected(1, 60)
            slack.slash("owner", "migrations", f"migrate {PASSWORD}")
            socket.send(json.dumps({"envelope_id": PASSWORD}))
            assert PASSWORD in [socket.recv(5) for _ in range(2)][1]
        known = f"{slack.acks} {slack.requests}"

    assert PASSWORD not in caplog.text + "".join(capfd.readouterr()) + known


def test_messages_and_homes_outlive_the_process(app: App, tmp_path: Path) -> None:
    """The file holds what Slack would keep, and only that."""
    for step in range(2):
        with SlackEmulator(tmp_path / "slack.db", signing_secret=SECRET, bot_token=TOKEN,
                           request_url=app.url) as slack:
            if step == 0:
                call = Call(slack)
                call("chat.postMessage", channel=MIGRATIONS, text="Still here")
                call("chat.postEphemeral", channel=MIGRATIONS, user="U0OWNER001", text="Gone")
            texts = [one["text"] for one in slack.messages("migrations")]

    assert texts == ["Still here"]
    assert slack.ephemerals("owner") == []
