"""The doors of the product as the Procfile names them, and the Slack emulator that they talk to, each a process."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.servers import line_within
from emulators.slack.control import Control

ROOT = Path(__file__).parents[1]
START, END = 30.0, 15.0     # seconds
LOOK = 0.1                  # seconds


@dataclass(frozen=True, slots=True)
class Slack:
    """A running emulator: its people act through `control`; `page` is where to look at it in a browser."""

    control: Control
    url: str
    page: str


@contextmanager
def slack_and_doors(directory: Path, ca_file: Path, **more: str) -> Iterator[Slack]:
    """Slack and every door, ready, until the context ends; `more` are settings. RuntimeError when one does not start.

    `ca_file` vouches for the servers on this machine.
    """
    port = _free_port()
    secret, token = secrets.token_hex(16), f"xoxb-{secrets.token_hex(16)}"
    keys = {"SLACK_SIGNING_SECRET": secret, "SLACK_BOT_TOKEN": token}
    with _slack(directory, f"http://127.0.0.1:{port}/slack/events", keys) as slack:
        settings = {
            **keys,
            "SLACK_API_URL": slack.url,
            "PORT": str(port),
            "OMM_STATE_DIR": str(directory / "state"),
            "XDG_CONFIG_HOME": str(directory / "config"),
            "OMM_CA_FILE": str(ca_file),
            "OMM_ALLOWED_HOSTS": "localhost,127.0.0.1",
            "OMM_ENV_FILE": "",
            **more,
        }
        with _doors(directory, settings):
            _await_ready(f"http://127.0.0.1:{port}/readyz", directory)
            yield slack


def procfile() -> dict[str, list[str]]:
    """The command of every door; `python` is the one that runs us."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    named = [line.partition(":") for line in lines if line.strip()]
    commands = {name.strip(): shlex.split(command) for name, _, command in named}
    return {name: [sys.executable, *words[1:]] for name, words in commands.items()}


@contextmanager
def _slack(directory: Path, request_url: str, keys: Mapping[str, str]) -> Iterator[Slack]:
    command = [sys.executable, "-m", "emulators.slack", "--request-url", request_url,
               "--database", str(directory / "slack.sqlite")]
    with _process("slack", command, directory, keys) as process:
        assert process.stdout is not None
        line = line_within(process.stdout, START)
        if not line:
            raise RuntimeError(f"the Slack emulator did not start: {_log(directory, 'slack')}")
        said = json.loads(line)
        yield Slack(Control(said["control"]), said["url"], said["page"])


@contextmanager
def _doors(directory: Path, settings: Mapping[str, str]) -> Iterator[None]:
    with ExitStack() as stack:
        for name, command in procfile().items():
            stack.enter_context(_process(name, command, directory, settings))
        yield


@contextmanager
def _process(
    name: str, command: list[str], directory: Path, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a log of its own, told to end and waited for afterwards."""
    ours = {n: value for n, value in os.environ.items() if not n.startswith(("OMM_", "SLACK_"))}
    with (directory / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own words only
            command, cwd=ROOT, env=ours | dict(settings), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _await_ready(url: str, directory: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=START):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(LOOK)
    raise RuntimeError(f"the web door did not start: {_log(directory, 'web')}")


def _log(directory: Path, name: str) -> str:
    return (directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
