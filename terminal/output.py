"""Saying things: lines for a person, one JSON object for a program, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from io import TextIOWrapper
from typing import Any, TextIO

JOINERS = "\u200c\u200d"    # invisible, and needed inside Persian words and emoji
CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co"})
BREAKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")


def clean(text: str) -> str:
    """The text without anything that moves the cursor, colours, or turns the reading direction round.

    Folder names and subjects are written by strangers. Line breaks become spaces.
    """
    kept = (" " if c in BREAKS else c for c in text if c in BREAKS or c in JOINERS or not _obeyed(c))
    return "".join(kept)


def _obeyed(character: str) -> bool:
    return unicodedata.category(character) in CONTROLS


class Steady:
    """A stream that whoever reads it may leave: what is written after that is lost, and nothing else happens.

    A mailbox must not be left half-way because somebody piped the progress into `head`.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.gone = False

    def write(self, text: str) -> int:
        """Writes, if anybody is there."""
        try:
            return 0 if self.gone else self._stream.write(text)
        except (OSError, ValueError):
            self.gone = True
            return 0

    def write_bytes(self, content: bytes) -> None:
        """Writes them, whatever the stream's own encoding is, if anybody is there."""
        try:
            if not self.gone and isinstance(self._stream, TextIOWrapper):
                self._stream.flush()
                self._stream.buffer.write(content)
            elif not self.gone:
                self._stream.write(content.decode())
        except (OSError, ValueError):
            self.gone = True
        self.flush()

    def flush(self) -> None:
        """Sends on what was written."""
        try:
            if not self.gone:
                self._stream.flush()
        except (OSError, ValueError):
            self.gone = True

    def isatty(self) -> bool:
        """True: it is a terminal."""
        return not self.gone and self._stream.isatty()

    def fileno(self) -> int:
        """The file descriptor beneath."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:
        """How characters become bytes."""
        return self._stream.encoding


class Output:
    """Where an answer goes. With `as_json`, standard output gets one object and nothing else."""

    def __init__(self, stdout: TextIO, stderr: TextIO, *, as_json: bool) -> None:
        self.as_json = as_json
        self.task_id: str | None = None     # what an error is about, once it is known
        self._answered = False
        self._stdout, self._stderr = Steady(stdout), Steady(stderr)

    @property
    def stream(self) -> Steady:
        """Where a person reads: standard output, or standard error when that is for a program."""
        return self._stderr if self.as_json else self._stdout

    def say(self, *lines: str) -> None:
        """Lines for a person."""
        _write(self.stream, lines)

    def write(self, content: bytes) -> None:
        """What is for a program as it stands, on standard output. It is text in UTF-8."""
        self._stdout.write_bytes(content)

    def warn(self, *lines: str) -> None:
        """Lines about something that went wrong."""
        _write(self._stderr, lines)

    def result(self, value: Mapping[str, Any]) -> None:
        """The answer for a program; a person has read it in other words. Only the first one counts."""
        if self.as_json and not self._answered:
            self._answered = True
            self._stdout.write(json.dumps(value) + "\n")
            self._stdout.flush()


def _write(stream: Steady, lines: Iterable[str]) -> None:
    for line in lines:
        stream.write(clean(line) + "\n")
    stream.flush()
