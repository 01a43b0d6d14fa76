"""The command, in a process of its own, driven over its control interface."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from websockets.sync.client import connect

from emulators.slack import Fault, NotPossibleError
from emulators.slack.control import Control
from tests.unit.emulators_slack.app import SECRET, TOKEN, App
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import modal
from tests.unit.emulators_slack.test_slack_delivery import MIGRATIONS

COMMAND = [sys.executable, "-m", "emulators.slack"]
SECRETS = {"SLACK_SIGNING_SECRET": SECRET, "SLACK_BOT_TOKEN": TOKEN}


class Elsewhere:
    """The urls of an emulator in another process, in the place of an emulator."""

    def __init__(self, line: dict[str, Any]) -> None:
        self.url, self.page_url, self.control_url = line["url"], line["page"], line["control"]


@pytest.fixture
def elsewhere(app: App) -> Iterator[Elsewhere]:
    process = subprocess.Popen([*COMMAND, "--request-url", app.url, "--scope", "team:read"],
                               env=os.environ | SECRETS, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process:
        yield Elsewhere(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0


def test_it_is_driven_from_another_process(app: App, elsewhere: Elsewhere) -> None:
    """Acts, looks, settings and faults go over HTTP, with the answers of the emulator's own methods."""
    control, call = Control(elsewhere.control_url), Call(elsewhere)
    app.respond = lambda got: call("views.open", trigger_id=got.form["trigger_id"], view=modal()) and None
    assert control.slash("owner", "migrations", "migrate").outcome == "ok"
    app.respond = lambda _: None
    before = control.version
    view = control.views("owner")[0]

    assert control.submit("owner", view["id"], {"name": "x"}).kind == "view_submission"
    assert control.wait_changed(before, 5) > before
    assert control.open_home("owner").name == "app_home_opened"
    assert call("team.info")["ok"]
    control.add_fault(Fault(method="chat.postMessage", nth=1, action="ratelimited"))
    assert call("chat.postMessage", channel=MIGRATIONS, text="x")["error"] == "ratelimited"
    control.clear_faults()
    assert call("chat.postMessage", channel=MIGRATIONS, text="x")["ok"]
    assert [one["text"] for one in control.messages("migrations")] == ["x"]
    assert control.requests[0].method == "views.open"
    assert [one.kind for one in control.acks] == ["command", "view_submission", "app_home_opened"]
    control.configure(copies=2)
    with pytest.raises(NotPossibleError):
        control.slash("stranger", "partners", "migrate")
    with pytest.raises(NotPossibleError):
        control.call("stop")


def test_more_people_can_join(app: App, elsewhere: Elsewhere) -> None:
    """Somebody who is added types commands where the staff do, is known to the app, and gets messages."""
    control, call = Control(elsewhere.control_url), Call(elsewhere)
    control.add_user("person1")

    assert control.slash("person1", "migrations", "migrate").outcome == "ok"
    person = app.got[0].form["user_id"]
    assert call("users.info", user=person)["user"]["name"] == "person1"
    assert call("chat.postMessage", channel=person, text="Hello")["ok"]
    assert [one["text"] for one in control.messages("dm", "person1")] == ["Hello"]
    for taken in ("person1", "owner", "claire", "no name"):
        with pytest.raises(NotPossibleError):
            control.add_user(taken)


@pytest.mark.parametrize("missing", SECRETS)
def test_it_does_not_start_without_its_secrets(missing: str) -> None:
    """The exit status is 2, with one line that names what to set."""
    held = {name: value for name, value in SECRETS.items() if name != missing}
    done = subprocess.run([*COMMAND, "--request-url", "http://127.0.0.1:9/"], env=os.environ | held,
                          capture_output=True, text=True, check=False)

    assert (done.returncode, missing in done.stderr, done.stderr.count("\n")) == (2, True, 1)


def test_it_does_not_start_without_a_way_to_the_app() -> None:
    """Neither a request url nor Socket Mode: the exit status is 2, and one line says what to give."""
    done = subprocess.run(COMMAND, env=os.environ | SECRETS, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (2, "give --request-url, or set SLACK_APP_TOKEN for Socket Mode\n")


def test_an_app_token_turns_socket_mode_on() -> None:
    """Another process sees the app connect, be disconnected, and connect again, without any request url."""
    process = subprocess.Popen(COMMAND, env=os.environ | SECRETS | {"SLACK_APP_TOKEN": "xapp-1"},
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process:
        line = json.loads(process.stdout.readline())
        control = Control(line["control"])
        for _ in range(2):
            url = WebClient(base_url=line["url"]).apps_connections_open(app_token="xapp-1")["url"]
            with connect(url) as socket:
                assert control.wait_connected(1, 60)
                control.disconnect()
                reasons = [json.loads(frame).get("reason") for frame in socket]
            assert reasons == [None, "refresh_requested"]
        assert not control.wait_connected(1, 0)
        process.terminate()
