"""A terminal, as `omm` sees one."""

from __future__ import annotations

import os
import pty
import select
import time
from collections.abc import Sequence

from tests.system.command import OMM, Command


class Screen:
    """A terminal with `omm` in it."""

    def __init__(self, command: Command, arguments: Sequence[str]) -> None:
        environment = command.environment({"TERM": "xterm", "COLUMNS": "100", "LINES": "30"})
        self.shown = ""
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.chdir(command.directory)
            os.execve(OMM, [OMM, *arguments], environment)

    def until(self, words: str, seconds: float = 120) -> None:
        """Reads until those words are shown."""
        end = time.monotonic() + seconds
        while words not in self.shown:
            assert time.monotonic() < end, self.shown
            if not self._read(end):
                break
        assert words in self.shown, self.shown

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._terminal, 65536)
        except OSError:     # the other side has closed it
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def end(self, seconds: float = 120) -> int:
        """Waits for the end; the exit status."""
        end = time.monotonic() + seconds
        while self._read(end):
            pass
        _, status = os.waitpid(self._process, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)
