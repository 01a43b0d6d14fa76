"""The web door as it is run: `python app.py` in a process of its own, with the bundled server, for Slack's emulator."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from emulators.slack import SlackEmulator
from tests.servers.certificates import OURS_ALONE
from tests.servers.ports import free_ports, wait_for_port
from tests.servers.processes import zygote
from tests.servers.processes.zygote import Forked
from tests.servers.slack.signed import SECRET

ROOT = Path(__file__).parents[3]
TOKEN = "xoxb-of-a-test"


@dataclass
class WebDoor:
    """A running web door."""

    process: Forked
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/slack/events"

    def page(self, name: str) -> tuple[int, str]:
        """What one of its pages says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", f"/{name}")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def is_ready(self, seconds: float = 90.0) -> bool:
        """Whether it says so before the time is up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            if wait_for_port(self.port, 0.2) and self.page("readyz")[0] == 200:
                return True
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """Tells it to stop, and waits until it has ended."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)

    def written(self) -> str:
        """Everything that it has logged."""
        return self.log.read_text()


def settings(directory: Path, slack: SlackEmulator | None, **more: str) -> dict[str, str]:
    """A clean environment in which everything is kept below `directory`."""
    found = {
        "PATH": os.environ["PATH"], "HOME": str(directory), "LANG": "C.UTF-8", "OMM_ENV_FILE": "", **OURS_ALONE,
        "OMM_STATE_DIR": str(directory / "state"), "OMM_LOG_LEVEL": "DEBUG",
        "SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET,
        **({"SLACK_API_URL": slack.url} if slack is not None else {}), **more,
    }
    return {name: value for name, value in found.items() if value != "-"}


@contextmanager
def web_door(directory: Path, slack: SlackEmulator, **more: str) -> Iterator[WebDoor]:
    """Starts it and, over HTTP, has Slack deliver there. A setting of `-` is left out."""
    port, log = free_ports(1)[0], directory / "web.log"
    environment = settings(directory, slack, PORT=str(port), **more)
    with log.open("wb") as written:
        process = zygote.start("app", [], environment, directory=directory, stderr=written)
    door = WebDoor(process, port, log)
    if "SLACK_APP_TOKEN" not in more:
        slack.point_to(door.url)
    try:
        yield door
    finally:
        if process.poll() is None:
            door.stop()
        if process.stdout is not None:
            process.stdout.close()
