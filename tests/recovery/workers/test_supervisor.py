"""What `make run` makes of a door that ends: supervisord with our file, and a `python` that ends as a test says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.recovery.workers.workshop import ROOT, until

# It notes each start. The web door has a wrong setting; the others end in every other way, and stay in the end.
PYTHON = """#!/bin/sh
echo "$*" >> "$STARTS"
case "$*: $(grep -c "^$*\\$" "$STARTS")" in
    "app.py: "*) echo "SLACK_BOT_TOKEN is wrong."; exit 3 ;;
    "worker.py migrations: 1") exit 1 ;;
    "worker.py migrations: 2") exit 0 ;;
    "worker.py migrations: 3") exit 2 ;;
    "worker.py checks: 1") kill -KILL $$ ;;
    "worker.py notices: 1") kill -TERM $$ ;;
esac
exec sleep 600
"""


@dataclass
class Supervisor:
    """supervisord, with what it and its programs wrote, and every start."""

    process: subprocess.Popen[bytes]
    log: Path
    starts: Path

    def has_ended(self) -> bool:
        """It could not start."""
        return self.process.poll() is not None

    def written(self) -> str:
        """What it and its programs wrote."""
        return self.log.read_text()

    def started(self) -> Counter[str]:
        """How often each command was started."""
        return Counter(self.starts.read_text().splitlines())


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    python, log, starts = tmp_path / "bin" / "python", tmp_path / "log", tmp_path / "starts"
    python.parent.mkdir()
    python.write_text(PYTHON)
    python.chmod(0o755)
    starts.touch()
    with log.open("ab") as output:      # supervisord opens it a second time
        process = subprocess.Popen(
            [Path(sys.executable).parent / "supervisord", "--nodaemon", "--configuration", ROOT / "supervisord.conf",
             "--pidfile", tmp_path / "pid"],
            env={"PATH": f"{python.parent}:{os.environ['PATH']}", "STARTS": str(starts)}, cwd=tmp_path,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )
    yield Supervisor(process, log, starts)
    process.terminate()
    process.wait(90)


def test_a_wrong_setting_is_said_once(supervisor: Supervisor) -> None:
    """A door that ends with status 3 is started once, however soon it ended; each other one until it stays."""
    others = {"worker.py migrations": 4, "worker.py checks": 2, "worker.py notices": 2}

    until(lambda: supervisor.has_ended() or supervisor.started() >= Counter(others), seconds=60)
    until(lambda: supervisor.has_ended() or "exited: web (exit status 3; expected)" in supervisor.written(), seconds=60)
    supervisor.process.terminate()
    supervisor.process.wait(90)

    assert supervisor.started() == Counter(others | {"app.py": 1}), supervisor.written()
    assert supervisor.written().count("SLACK_BOT_TOKEN is wrong.") == 1
