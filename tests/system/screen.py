"""A terminal, as `omm` sees one."""

from __future__ import annotations

import os
import pty
import re
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

from tests.system.command import OMM, Command

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LAST = 30       # lines that are told of a screen on which the test's words never came


class Screen:
    """A terminal with `omm` in it. It waits as long as its test may last, and leaves no process behind."""

    def __init__(self, command: Command, arguments: Sequence[str]) -> None:
        environment = command.environment({"TERM": "xterm", "COLUMNS": "100", "LINES": "30"})
        self.shown = ""
        self._has_ended = False
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.chdir(command.directory)
            os.execve(OMM, [OMM, *arguments], environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            print(self.last())      # pytest shows it with the test that failed
        if not self._has_ended:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            self.end()

    def until(self, words: str) -> None:
        """Reads until those words are shown."""
        while words not in self.shown and self._read():
            pass
        assert words in self.shown, f"it ended without {words!r}"

    def _read(self) -> bool:
        try:
            data = os.read(self._terminal, 65536)
        except OSError:     # the other side has closed it
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def end(self) -> int:
        """Waits for the end; the exit status."""
        while self._read():
            pass
        _, status = os.waitpid(self._process, 0)
        self._has_ended = True
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)

    def last(self) -> str:
        """The last lines, without what moves the cursor and draws in colours."""
        lines = CONTROL.sub("", self.shown).replace("\r", "\n").split("\n")
        return "\n".join([line.rstrip(" ━") for line in lines if line.strip(" ━")][-LAST:])
