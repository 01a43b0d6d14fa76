"""Log lines: how one log record is written, for people or for programs, and never with a secret in it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from engine.store.masks import Masks


class LogFormat(StrEnum):
    """How lines are written: `plain` for people, `json` for programs that collect logs."""

    PLAIN = "plain"
    JSON = "json"


def formatter(log_format: LogFormat, masks: Masks) -> logging.Formatter:
    """The formatter for a handler. Whatever it writes has passed the masks."""
    return JsonLines(masks) if log_format is LogFormat.JSON else PlainLines(masks)


class PlainLines(logging.Formatter):
    """One line for a person; a traceback takes more."""

    def __init__(self, masks: Masks) -> None:
        super().__init__("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
        self._masks = masks

    def format(self, record: logging.LogRecord) -> str:
        """The line, without the secrets."""
        return self._masks.masked(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: `time` (ISO 8601, UTC), `process`, `level`, `logger`, `message`.

    A decision (engine/decisions.py) adds `event`, `task` and `facts`; an error its `traceback`.
    """

    def __init__(self, masks: Masks) -> None:
        super().__init__("%(message)s")
        self._masks = masks

    def format(self, record: logging.LogRecord) -> str:
        """The object in one line, without the secrets: each value is masked before it is escaped."""
        members = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "process": record.process,
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: getattr(record, name) for name in ("event", "task", "facts") if hasattr(record, name)},
        }
        if traceback := self._traceback(record):
            members["traceback"] = traceback
        return json.dumps({name: self._masked(value) for name, value in members.items()})

    def _traceback(self, record: logging.LogRecord) -> str:
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        return "\n".join(parts + ([self.formatStack(record.stack_info)] if record.stack_info else []))

    def _masked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {str(name): self._masked(fact) for name, fact in value.items()}
        return value if isinstance(value, int | None) else self._masks.masked(str(value))
