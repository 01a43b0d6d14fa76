"""What cards are measured in: the Slack emulator at its documented limits, a store that is some way off, and the doors.

All are processes as they are run in earnest: the web door, the checkers, the notifier, each with its keeper.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from cryptography.fernet import Fernet
from redis import Redis
from slack_sdk import WebClient

from bench.mail_server import MailServer, mail_server
from demo.program import ROOT, Program
from emulators.slack.control import Control
from engine.store.keys import SecretKeys, secret_keys
from engine.store.store import Store
from engine.store.valkey import open_server
from tests.servers.certificates import Certificate, certificate
from tests.servers.ports import free_ports

START = 60.0            # seconds
REDIS_MS = 2.0          # milliseconds to the store and back
SLACK_MS = 100.0        # milliseconds to Slack and back, for the notifier


@dataclass(frozen=True, slots=True)
class SlackSide:
    """Everything but the notifier runs. `redis` is the store without its distance, for whoever only looks on."""

    directory: Path
    redis: Redis
    keys: SecretKeys
    control: Control
    client: WebClient
    mail: MailServer
    tls: Certificate
    notifier: Program

    def store(self, clock: Callable[[], datetime]) -> Store:
        """The store, as a worker has it that writes by that clock."""
        return Store(self.redis, keys=self.keys, clock=clock)

    def passes(self) -> list[tuple[float, float]]:
        """The notifier's passes: when each ended, in seconds since 1970, and what it took."""
        lines = self._passes.read_text().splitlines() if self._passes.exists() else []
        return [(float(ended), float(took)) for ended, took in map(json.loads, lines)]

    @property
    def _passes(self) -> Path:
        return self.directory / "passes.jsonl"

    def cpu(self) -> float:
        """Seconds that the notifier's processes have been at work."""
        family = psutil.Process(self.notifier.process.pid)
        times = [each.cpu_times() for each in (family, *family.children(recursive=True))]
        return float(sum(each.user + each.system for each in times))


@contextmanager
def slack_side(redis_ms: float = REDIS_MS, slack_ms: float = SLACK_MS) -> Iterator[SlackSide]:
    """Opens it; the notifier is for whoever measures to start."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="omm-cards-")))
        url = stack.enter_context(open_server(directory / "state"))
        tls, sink = certificate(directory / "tls"), stack.enter_context(mail_server())
        slack_port, port = free_ports(2)
        tokens = {"SLACK_SIGNING_SECRET": secrets.token_hex(16), "SLACK_BOT_TOKEN": f"xoxb-{secrets.token_hex(16)}"}
        said = json.loads(_started(stack, Program("slack", [
            sys.executable, "-m", "emulators.slack", "--port", str(slack_port),
            "--request-url", f"http://127.0.0.1:{port}/slack/events",
        ], directory, tokens, prints=True)).line(START))
        settings = {
            **tokens, "PORT": str(port), "OMM_STATE_DIR": str(directory / "state"),
            "XDG_CONFIG_HOME": str(directory / "config"), "OMM_ENV_FILE": "", "OMM_CA_FILE": str(tls.ca),
            "OMM_ALLOWED_HOSTS": "localhost,127.0.0.1", "OMM_SECRET_KEYS": Fernet.generate_key().decode(),
            "OMM_SMTP_URL": f"smtp://127.0.0.1:{sink.port}?from=omm@example.org",
            "OMM_REDIS_URL": f"redis://127.0.0.1:{_line(stack, directory, _socket(url), redis_ms)}/0",
            "SLACK_API_URL": said["url"],
        }
        slow = f"http://127.0.0.1:{_line(stack, directory, str(slack_port), slack_ms)}/api/"
        for name, file, *rest in (("web", "app.py"), ("checker", "worker.py", "checks")):
            _started(stack, Program(name, [sys.executable, str(ROOT / file), *rest], directory, settings))
        notifier = Program(
            "notifier", [sys.executable, "-m", "bench.notices", str(directory / "passes.jsonl")], directory,
            settings | {"SLACK_API_URL": slow},
        )
        stack.callback(notifier.end)
        control = Control(said["control"])
        _await(lambda: bool(control.call("verify_url")))
        yield SlackSide(
            directory, Redis.from_url(url), secret_keys(settings, directory), control,
            WebClient(tokens["SLACK_BOT_TOKEN"], base_url=said["url"], retry_handlers=[]), sink, tls, notifier,
        )


def _started(stack: ExitStack, program: Program) -> Program:
    stack.callback(program.end)
    program.start()
    return program


def _line(stack: ExitStack, directory: Path, to: str, ms: float) -> int:
    """The port of a line to there that takes so long, there and back."""
    command = [sys.executable, "-m", "bench.slow_line", to, "--ms", str(ms)]
    program = _started(stack, Program(f"line to {Path(to).name}", command, directory, {}, prints=True))
    return int(json.loads(program.line(START))["port"])


def _socket(url: str) -> str:
    """The path of a unix socket in its URL."""
    path = Redis.from_url(url).connection_pool.connection_kwargs["path"]
    return str(path)


def _await(look: Callable[[], bool]) -> None:
    over = time.monotonic() + START
    while not look():
        if time.monotonic() > over:
            raise RuntimeError("the web door did not start")
        time.sleep(0.1)
