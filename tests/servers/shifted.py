"""A clock of the product's that a test moves on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.clock import utc_now


@dataclass
class Shifted:
    """The time of day, moved on by as much as a test says."""

    by: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.by
