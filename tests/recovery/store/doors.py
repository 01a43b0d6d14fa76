"""Doors in processes of their own, and what can be seen of the server from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from redis import Redis
from redis.exceptions import ConnectionError as AwayError

ROOT = Path(__file__).parents[3]

DOOR = """
import sys, os, signal, json
from pathlib import Path
from engine.store.valkey import open_server
from engine.errors import FatalError
from engine.store.patience import Patient, connect
from engine.store.lease import acquire, Lease
def say(**words): print(json.dumps(words), flush=True)
"""

STAYS = """
with open_server(Path(sys.argv[1])) as url:
    say(url=url)
    sys.stdin.readline()
say(left=True)
"""


class Door:
    """Another process that uses the server over a directory."""

    def __init__(self, state_dir: Path, program: str = STAYS, environ: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", DOOR + program, str(state_dir)],
            cwd=ROOT,
            env={**os.environ, **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hears(self) -> dict:
        """The next thing the door says."""
        line = self._process.stdout.readline()
        assert line, "the door ended without a word"
        return json.loads(line)

    def tell(self) -> None:
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def leave(self) -> None:
        self.tell()
        assert self.hears() == {"left": True}
        assert self._process.wait() == 0

    def stop(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        if self._process.poll() is None:
            self.kill()
        self._process.stdin.close()
        self._process.stdout.close()


def pid(state_dir: Path) -> int | None:
    """The process ID of the server over that directory, None when none runs."""
    try:
        number = int((state_dir / "valkey.pid").read_text())
        process = psutil.Process(number)
        runs = process.status() != psutil.STATUS_ZOMBIE and "valkey-server" in process.cmdline()[0]
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None
    return number if runs else None


def until(condition: Callable[[], object], *, seconds: float = 120) -> None:
    """Waits for the condition, and fails when it does not come."""
    over = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < over, "it did not happen"
        time.sleep(0.005)


def answers(redis: Redis) -> bool:
    """Whether the server answers at all."""
    try:
        return bool(redis.ping())
    except AwayError:
        return False
