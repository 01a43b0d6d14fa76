"""The App Home: a person's own tasks, and the way to a new one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.migration import Migration


def home(tasks: Sequence[Migration], now: datetime) -> dict[str, Any]:
    """The home tab. `tasks` are the person's own, newest first."""
    raise NotImplementedError
