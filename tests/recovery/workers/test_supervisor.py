"""What `make run` makes of a door that ends: supervisord with our file, and a `python` that ends as a test says."""

from __future__ import annotations

import os
import re
import shlex
import socket
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


def fake_python(directory: Path) -> Path:
    """The `python` of above, and an empty list of starts beside it."""
    python = directory / "bin" / "python"
    python.parent.mkdir()
    python.write_text(PYTHON)
    python.chmod(0o755)
    (directory / "starts").touch()
    return python


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    python, log, starts = fake_python(tmp_path), tmp_path / "log", tmp_path / "starts"
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


def documented_command(pidfile: Path) -> list[str]:
    """What docs/operate.md has systemd start for the store in the box, with the programs of this Python."""
    (line,) = re.findall(r"^ *ExecStart=(.*supervisord.*)$", (ROOT / "docs" / "operate.md").read_text(), re.MULTILINE)
    here = line.replace("/opt/omm/.venv/bin", str(Path(sys.executable).parent))
    return shlex.split(here.replace("supervisord.conf", f"{ROOT / 'supervisord.conf'} --pidfile {pidfile}"))


def test_the_documented_unit_starts_every_door(tmp_path: Path) -> None:
    """Under systemd, whose services write to a socket, every door starts, and what it says is heard there.

    Sources: systemd.exec(5), StandardOutput= (the journal is a socket); open(2), ENXIO (a socket has no other end).
    """
    python, starts = fake_python(tmp_path), tmp_path / "starts"
    environ = {"PATH": f"{python.parent}:{os.environ['PATH']}", "STARTS": str(starts)}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        service = subprocess.Popen(
            documented_command(tmp_path / "pid"), env=environ, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=theirs,
            stderr=theirs,
        )
        theirs.close()
        try:
            until(lambda: service.poll() is not None or len(set(starts.read_text().splitlines())) == 4, seconds=60)
        finally:
            service.terminate()
            service.wait(90)
        with ours.makefile() as journal:
            written = journal.read()

    assert len(set(starts.read_text().splitlines())) == 4, written
    assert "SLACK_BOT_TOKEN is wrong." in written
