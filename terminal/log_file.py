"""The log: what helps whoever runs this to find a fault, in a file of their own, and never a secret.

Our own loggers write what was asked for, those of libraries warnings only: what libraries write for their own
debugging holds passwords and mail. Whatever is written is searched for the secrets in use all the same.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from engine.log_lines import LogFormat, formatter
from engine.store.masks import Masks

NAME = "omm.log"
LIMIT = 5_000_000       # bytes; then the file is put aside, and the one put aside before is removed
OURS = ("cli", "demo", "engine", "omm", "terminal", "wiring")      # omm: the decisions


class LogFile(logging.FileHandler):
    """A file that only we can read, made when the first line is written. A full disk stops no work."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(OSError):
            if path.stat().st_size > LIMIT:
                path.replace(path.with_suffix(".log.1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a line if that is possible."""
        with suppress(OSError):
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:   # noqa: N802 - the base class's name
        """Says nothing: standard error belongs to the person."""


def keep_log(directory: Path, masks: Masks, level: str, *, log_format: LogFormat = LogFormat.PLAIN) -> Path:
    """Writes everything that is logged from now on into a file in `directory`; returns the file."""
    handler = LogFile(directory / NAME, delay=True)
    handler.setFormatter(formatter(log_format, masks))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)   # noqa: FBT003 - the library's own signature
    return directory / NAME
