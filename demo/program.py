"""A program: a process with a log of its own, which can be ended, or killed, and started again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from demo.servers import END, line_within

ROOT = Path(__file__).parents[1]
LOGGED = 2000   # characters of a log that are told
OURS = ("OMM_", "SLACK_", "GOOGLE_")    # how the names of OMM's settings begin


class Program:
    """One process at a time. Of our own environment it gets all but the settings of OMM."""

    def __init__(
        self, name: str, command: Sequence[str], directory: Path, settings: Mapping[str, str], *, prints: bool = False
    ) -> None:
        """`directory` is where its log is written. It `prints` a line for us; else what it prints is logged, too."""
        self.name = name
        self.log = directory / f"{name}.log"
        self._command, self._settings, self._prints = list(command), dict(settings), prints
        self._process: subprocess.Popen[bytes] | None = None

    def beside(self, name: str, command: Sequence[str], **more: str) -> Program:
        """Another program with the same settings, and more."""
        return Program(name, command, self.log.parent, {**self._settings, **more})

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was started last. Raises RuntimeError before there is one."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process

    def start(self) -> None:
        """Starts it; again, when it has ended."""
        self.end()
        ours = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own words only
                self._command, cwd=ROOT, env=ours | self._settings, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._prints else log, stderr=log, start_new_session=True,
            )

    def line(self, seconds: float) -> bytes:
        """The first line that it prints. Raises RuntimeError, with the end of its log, when there is none in time."""
        stream = self.process.stdout
        assert stream is not None
        if not (found := line_within(stream, seconds)):
            raise RuntimeError(f"{self.name} did not start: {self.logged()}")
        return found

    def logged(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-LOGGED:]

    def tell_to_end(self) -> None:
        """Tells it to end, and does not wait for it; does nothing when it never began."""
        if self._process is not None:
            self._process.terminate()

    def end(self) -> None:
        """Tells it to end and waits until it has; does nothing when it never began."""
        if self._process is None:
            return
        self.tell_to_end()
        try:
            self._process.wait(END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
