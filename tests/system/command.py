"""`omm` as a person runs it: in a process of its own, with an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.servers.certificates import OURS_ALONE
from tests.servers.processes import zygote
from tests.servers.processes.zygote import Forked

OMM = str(Path(sys.executable).with_name("omm"))


@dataclass(frozen=True)
class Result:
    """What a command said and how it ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on standard output; fails when there is anything else."""
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found


@dataclass
class Command:
    """Runs `omm` over a state directory of its own."""

    directory: Path
    environ: dict[str, str] = field(default_factory=dict)
    passwords: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """Where `omm` keeps everything but its key."""
        return self.directory / "state"

    def environment(self, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """Nothing of the tests' own environment but the path; None in `changes` takes a variable away."""
        found: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory / "home"),
            "LANG": "C.UTF-8",
            **OURS_ALONE,
            "OMM_STATE_DIR": str(self.state),
            "OMM_COMMIT_GRACE": "1",
            **self.passwords,
            **self.environ,
            **(changes or {}),
        }
        return {name: value for name, value in found.items() if value is not None}

    def run(
        self, *arguments: str, env: Mapping[str, str | None] | None = None, answer: str = "", timeout: float = 200
    ) -> Result:
        """Runs it to its end. Standard input is a pipe that holds `answer`."""
        read, write = os.pipe()
        with os.fdopen(read, "rb") as stdin, os.fdopen(write, "wb") as typed:
            typed.write(answer.encode())
            typed.close()
            running = zygote.start("cli", arguments, self.environment(env), directory=self.directory, stdin=stdin)
        return finish(running, timeout)

    def run_program(self, *arguments: str, env: Mapping[str, str | None] | None = None) -> Result:
        """As `run`, by the program itself as it is installed."""
        done = subprocess.run(
            [OMM, *arguments], stdin=subprocess.DEVNULL, capture_output=True, env=self.environment(env), check=False,
            cwd=self.directory,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str, env: Mapping[str, str | None] | None = None) -> Forked:
        """Starts it and leaves it running."""
        return zygote.start("cli", arguments, self.environment(env), directory=self.directory)


def finish(process: Forked, timeout: float = 200) -> Result:
    """Waits for its end."""
    stdout, stderr = process.communicate(timeout=timeout)
    assert process.returncode is not None
    return Result(process.returncode, stdout.decode(), stderr.decode())


def line_with(stream: IO[bytes] | None, words: str) -> str:
    """Reads until a line holds those words, and returns it."""
    assert stream is not None
    for line in stream:
        if words in line.decode():
            return line.decode().strip()
    raise AssertionError(f"no line with {words!r}")
