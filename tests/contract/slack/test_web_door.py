"""The web door as a process: how it starts, what it bears, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from bot.ids import View
from emulators.slack import Ack, Fault, SlackEmulator
from engine.store.patience import connect
from engine.store.valkey import open_server
from tests.servers.browser.web_door import ROOT, TOKEN, WebDoor, settings, web_door
from tests.servers.ports import wait_for_port
from tests.servers.processes import zygote
from tests.servers.slack.signed import SECRET
from tests.servers.slack.world import UNHURRIED, words


@pytest.fixture
def slack() -> Iterator[SlackEmulator]:
    with SlackEmulator(signing_secret=SECRET, bot_token=TOKEN, request_url="http://127.0.0.1:9/") as slack:
        slack.configure(**UNHURRIED)
        yield slack


@pytest.fixture
def door(tmp_path: Path, slack: SlackEmulator) -> Iterator[WebDoor]:
    with web_door(tmp_path, slack) as door:
        assert door.is_ready(), door.written()
        yield door


def until_open(slack: SlackEmulator, seconds: float = 60.0) -> str:
    """The callback id of the window that opens within the time."""
    until = time.monotonic() + seconds
    while not slack.views("owner") and time.monotonic() < until:
        slack.wait_changed(slack.version, 0.1)
    return str(slack.views("owner")[-1]["callback_id"])


def server(door: WebDoor) -> psutil.Process:
    """The bundled server that the door has started, which works in the directory of its data."""
    state = str(door.log.parent / "state")
    return next(each for each in psutil.process_iter(["cmdline"]) if state in " ".join(each.info["cmdline"] or []))


def test_it_serves(door: WebDoor, slack: SlackEmulator) -> None:
    """Started as the Procfile says, it answers commands and opens the form."""
    ack = slack.slash("owner", "migrations", "migrate")

    assert ack.outcome == "ok"
    assert until_open(slack) == View.FORM
    assert door.page("healthz") == (200, "ok")


def test_thirty_at_once(door: WebDoor, slack: SlackEmulator) -> None:
    """Thirty commands in the same moment are all answered."""
    slack.configure(rate_limits=False)
    slack.slash("owner", "migrations", "help")

    with ThreadPoolExecutor(30) as people:
        acks: list[Ack] = list(people.map(lambda _: slack.slash("owner", "migrations", "migrate"), range(30)))

    assert [ack.outcome for ack in acks] == ["ok"] * 30


def test_it_ends_when_it_is_told_to(door: WebDoor, slack: SlackEmulator) -> None:
    """SIGTERM ends it with status 0, even while Slack keeps it waiting; its server goes with it."""
    bundled = server(door)
    slack.add_fault(Fault(method="views.open", action="hold", name="slow"))
    slack.slash("owner", "migrations", "migrate")
    slack.wait_held("slow", 90)

    door.stop()

    slack.release("slow")
    assert door.process.returncode == 0
    assert not bundled.is_running() or bundled.status() == psutil.STATUS_ZOMBIE


def test_a_server_that_hangs_is_said_in_time(door: WebDoor, slack: SlackEmulator) -> None:
    """Redis takes connections and answers nothing: people are told, and readyz says so too."""
    bundled = server(door)
    bundled.suspend()
    try:
        ack = slack.slash("owner", "migrations", "migrate")
        code, why = door.page("readyz")
    finally:
        bundled.resume()

    assert ack.outcome == "ok"
    assert "is being restarted" in words(slack.ephemerals("owner"))
    assert (code, "Redis" in why) == (503, True)
    slack.slash("owner", "migrations", "migrate")
    assert until_open(slack) == View.FORM


def test_a_bundled_server_that_died_is_back(door: WebDoor, slack: SlackEmulator) -> None:
    """Redis is gone and started again by the door: whoever asks meanwhile is answered in time, and soon served."""
    server(door).kill()

    ack = slack.slash("owner", "migrations", "list")

    assert ack.outcome == "ok"
    assert door.is_ready()
    slack.slash("owner", "migrations", "migrate")
    assert until_open(slack) == View.FORM


def test_it_opens_before_slack_answers(tmp_path: Path, slack: SlackEmulator) -> None:
    """While Slack is away it lives and says what it waits for; it is ready soon after Slack is back."""
    slack.add_fault(Fault(method="auth.test", action="status", status=503))

    with web_door(tmp_path, slack) as door:
        assert wait_for_port(door.port, 60)
        assert door.page("healthz")[0] == 200
        code, why = door.page("readyz")
        assert (code, "which workspace" in why) == (503, True)
        slack.clear_faults()
        assert door.is_ready()


def test_socket_mode(tmp_path: Path) -> None:
    """With an app-level token Slack is heard over WebSockets, without a signing secret; health pages stay."""
    with (
        SlackEmulator(signing_secret=SECRET, bot_token=TOKEN, app_token="xapp-of-a-test") as slack,
        web_door(tmp_path, slack, SLACK_APP_TOKEN="xapp-of-a-test", SLACK_SIGNING_SECRET="-") as door,
    ):
        assert door.is_ready()
        assert slack.wait_connected(1, 60), door.written()
        ack = slack.slash("owner", "migrations", "migrate")

        assert ack.outcome == "ok"
        assert until_open(slack) == View.FORM
        assert slack.submit("owner", slack.views("owner")[-1]["id"], {"source_server": "x y"}).outcome == "not_sent"
        assert door.page("healthz")[0] == 200
        assert door.page("slack/events")[0] == 404
        slack.disconnect("refresh_requested")
        assert slack.wait_connected(1, 60)
        assert slack.slash("owner", "migrations", "help").outcome == "ok"
        door.stop()
        assert door.process.returncode == 0


def test_nothing_of_what_it_is_sent_is_logged(door: WebDoor, slack: SlackEmulator) -> None:
    """At its most talkative, the log holds nothing of what people type, signed well or badly."""
    slack.slash("owner", "migrations", "migrate hunter2-typed")
    until_open(slack)
    slack.configure(tamper="wrong_secret")
    slack.slash("owner", "migrations", "hunter2-typed")
    slack.open_home("owner")
    door.stop()

    assert "hunter2-typed" not in door.written()
    assert SECRET not in door.written()
    assert TOKEN not in door.written()


WEB = [("app", [])]
ALL = [*WEB, *(("worker", [kind]) for kind in ("migrations", "checks", "notices"))]


@pytest.mark.parametrize(("programs", "wrong", "said"), [
    (ALL, {"SLACK_BOT_TOKEN": "-"}, "SLACK_BOT_TOKEN"), (ALL, {"SLACK_SIGNING_SECRET": "-"}, "SLACK_SIGNING_SECRET"),
    (ALL, {"SLACK_BOT_TOKEN": "xoxb-"}, "SLACK_BOT_TOKEN"), (ALL, {"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
    (WEB, {"PORT": "http"}, "PORT"), (WEB, {"OMM_WEB_LISTEN": "nowhere"}, "OMM_WEB_LISTEN"),
    (ALL, {"OMM_OFFERS_FILE": "/nowhere"}, "OMM_OFFERS_FILE"), (ALL, {"OMM_CA_FILE": "/nowhere"}, "OMM_CA_FILE"),
    (ALL, {"OMM_LOG_LEVEL": "LOUD"}, "OMM_LOG_LEVEL"), (ALL, {"OMM_LOG_FORMAT": "xml"}, "OMM_LOG_FORMAT"),
    (ALL, {"OMM_REDIS_URL": "http://x"}, "OMM_REDIS_URL"), (ALL, {"OMM_SECRET_KEYS": "short"}, "OMM_SECRET_KEYS"),
    (ALL, {"OMM_SMTP_URL": "http://x"}, "OMM_SMTP_URL"),
])
def test_wrong_settings_are_named(
    tmp_path: Path, slack: SlackEmulator, programs: list[tuple[str, list[str]]], wrong: dict[str, str], said: str
) -> None:
    """No door starts that needs the setting: each names it in one line, and ends with the status that is final."""
    environment = settings(tmp_path, slack, **wrong)

    ended = [ended_by_itself(program, arguments, environment) for program, arguments in programs]

    assert [status for status, _ in ended] == [3] * len(programs)
    for _, line in ended:
        assert (said in line, "Traceback" in line, line.count("\n")) == (True, False, 1)


def ended_by_itself(program: str, arguments: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """The exit status of a program, and what it wrote to standard error."""
    process = zygote.start(program, arguments, environment)
    try:
        return process.wait(60), process.communicate()[1].decode()
    finally:
        process.terminate()


def test_a_wrong_setting_is_named_from_the_start(tmp_path: Path, slack: SlackEmulator) -> None:
    """So it is by a program that is started as the Procfile says."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")], env=settings(tmp_path, slack, SLACK_BOT_TOKEN="xoxb-"), cwd=tmp_path,
        text=True, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
    )

    assert done.returncode == 3
    assert "SLACK_BOT_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path, slack: SlackEmulator, door: WebDoor) -> None:
    """It does not start, and says where it could not listen."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")], env=settings(tmp_path / "other", slack, PORT=str(door.port)),
        cwd=tmp_path, text=True, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
    )

    assert done.returncode != 0
    assert str(door.port) in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_a_door_that_cannot_open(tmp_path: Path, slack: SlackEmulator, door: WebDoor) -> None:
    """While it waits before it may be started again: without a traceback."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")], env=settings(tmp_path / "other", slack, PORT=str(door.port)),
        cwd=tmp_path, text=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as started:
        assert started.stderr is not None
        said = ""
        while "cannot start" not in said:
            said += started.stderr.readline()
            assert started.poll() is None, said
        started.send_signal(signal.SIGINT)
        said += started.stderr.read()

    assert "Traceback" not in said


def test_a_store_that_would_lose_migrations_is_named(tmp_path: Path, slack: SlackEmulator) -> None:
    """With a Redis of one's own that removes keys when it is full, the door serves, and its log warns."""
    with open_server(tmp_path / "own") as url, connect(url) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        with web_door(tmp_path, slack, OMM_REDIS_URL=url) as door:
            assert door.is_ready(), door.written()

    assert "its maxmemory-policy is allkeys-lru" in door.written()
