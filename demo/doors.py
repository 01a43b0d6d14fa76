"""The doors of the product as the Procfile names them, and the Slack emulator that they talk to, each a process."""

from __future__ import annotations

import json
import secrets
import shlex
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.program import ROOT, Program
from demo.servers import START
from emulators.slack.control import Control

LOOK = 0.1          # seconds
CLIENT_ID = "4242424242.2424242424"
CALLBACK = "/slack/sign-in/callback"        # where Slack leads browsers back to, as manifest.json has it


@dataclass(frozen=True, slots=True)
class Slack:
    """A running emulator: its people act through `control`; `page` is where to look at it in a browser.

    `programs` are all that run, by name: `slack` is the emulator, the others open the doors. `pages` is where browsers
    reach OMM's own pages.
    """

    control: Control
    url: str
    page: str
    programs: Mapping[str, Program]
    pages: str


@contextmanager
def slack_and_doors(
    directory: Path, ca_file: Path, *, commands: Mapping[str, Sequence[str]] | None = None,
    by_pages: Callable[[str], Mapping[str, str]] = lambda _pages: {}, **more: str
) -> Iterator[Slack]:
    """Slack and every door, ready, until the context ends; `more` are settings. RuntimeError when one does not start.

    `ca_file` vouches for the servers on this machine. `commands` open the doors in another way than the Procfile's.
    `by_pages` gives the settings that depend on where browsers reach OMM's own pages.
    """
    slack_port, port = _free_ports(2)
    keys = {
        "SLACK_SIGNING_SECRET": secrets.token_hex(16), "SLACK_BOT_TOKEN": f"xoxb-{secrets.token_hex(16)}",
        "SLACK_CLIENT_ID": CLIENT_ID, "SLACK_CLIENT_SECRET": secrets.token_hex(16),
    }
    emulator = Program("slack", _emulator(directory, slack_port, port), directory, keys, prints=True)
    settings = {
        **keys,
        "SLACK_API_URL": f"http://127.0.0.1:{slack_port}/api/",
        "PORT": str(port),
        "OMM_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "OMM_STATE_DIR": str(directory / "state"),
        "XDG_CONFIG_HOME": str(directory / "config"),
        "OMM_CA_FILE": str(ca_file),
        "OMM_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "OMM_ENV_FILE": "",
        **by_pages(f"http://127.0.0.1:{port}"),
        **more,
    }
    opened_by = procfile() if commands is None else commands
    doors = {name: Program(name, command, directory, settings) for name, command in opened_by.items()}
    with ExitStack() as stack:
        _start(stack, emulator)
        said = json.loads(emulator.line(START))
        for door in doors.values():
            _start(stack, door)
        stack.callback(_tell_to_end, doors.values())
        _await_ready(f"http://127.0.0.1:{port}/readyz", doors)
        programs = {"slack": emulator, **doors}
        yield Slack(Control(said["control"]), said["url"], said["page"], programs, settings["OMM_PUBLIC_URL"])


def procfile() -> dict[str, list[str]]:
    """The command of every door; `python` is the one that runs us."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    named = [line.partition(":") for line in lines if line.strip()]
    commands = {name.strip(): shlex.split(command) for name, _, command in named}
    return {name: [sys.executable, *words[1:]] for name, words in commands.items()}


def _start(stack: ExitStack, program: Program) -> None:
    stack.callback(program.end)
    program.start()


def _tell_to_end(doors: Iterable[Program]) -> None:
    """All at once, since each takes its time."""
    for door in doors:
        door.tell_to_end()


def _emulator(directory: Path, port: int, door: int) -> list[str]:
    return [
        sys.executable, "-m", "emulators.slack", "--port", str(port), "--database", str(directory / "slack.sqlite"),
        "--request-url", f"http://127.0.0.1:{door}/slack/events",
        "--redirect-url", f"http://127.0.0.1:{door}{CALLBACK}",
    ]


def _await_ready(url: str, doors: Mapping[str, Program]) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until and all(door.process.poll() is None for door in doors.values()):
        try:
            with urllib.request.urlopen(url, timeout=START):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(LOOK)
    logs = "\n".join(f"{name}: {door.logged()}" for name, door in doors.items())
    raise RuntimeError(f"the web door did not start. {logs}")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in found]
