"""The log: what helps whoever runs this to find a fault, in a file of their own, and never a secret.

Our own loggers write what was asked for, those of libraries warnings only: what libraries write for their own
debugging holds passwords and mail. Whatever is written is searched for the secrets in use all the same.
"""

from __future__ import annotations

import json
import logging
import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from io import TextIOWrapper
from pathlib import Path
from urllib.parse import quote, quote_plus

NAME = "omm.log"
LIMIT = 5_000_000       # bytes; then the file is put aside, and the one put aside before is removed
SHORTEST = 4            # characters of a secret that is searched for
HIDDEN = "[secret]"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
OURS = ("cli", "demo", "engine", "terminal", "wiring")


def spellings(secret: str) -> Iterator[str]:
    """The ways in which a secret may stand in a line: as it is, escaped, and inside of base64 at any place."""
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), quote_plus(secret, safe="/"))
    yield from (repr(secret)[1:-1], repr(secret.encode())[2:-1], secret.encode().hex())
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (secret.replace("\\", "\\\\").replace('"', '\\"'), escape(secret), escape(secret, quote=False))
    for raw in (secret.encode(), secret.encode("utf-16-le")):
        for before in range(3):
            whole = b64encode(b"\0" * before + raw).decode().rstrip("=")
            begin = (before * 8 + 5) // 6
            yield whole[begin : -1 if (before + len(raw)) % 3 else None]


class Masks(logging.Formatter):
    """Takes secrets out of everything that is written, tracebacks included."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
        self._spellings: set[str] = set()

    def hide(self, secret: str) -> None:
        """From now on this does not appear."""
        if len(secret) >= SHORTEST:
            self._spellings.update(s for s in spellings(secret) if len(s) >= SHORTEST)

    def masked(self, text: str) -> str:
        """The text without the secrets; the longest spelling first, so that no rest stays behind."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
            text = text.replace(spelling, HIDDEN)
        return text

    def format(self, record: logging.LogRecord) -> str:
        """The line, without the secrets."""
        return self.masked(super().format(record))


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


def keep_log(directory: Path, masks: Masks, level: str) -> Path:
    """Has everything logged from now on in `directory`; returns the file."""
    handler = LogFile(directory / NAME, delay=True)
    handler.setFormatter(masks)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)   # noqa: FBT003 - the library's own signature
    return directory / NAME
