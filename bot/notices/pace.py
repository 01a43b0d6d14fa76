"""Pace: how often Slack may be called, counted in Redis by all processes together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from redis import Redis

from engine.clock import utc_now


class Pace:
    """Says when a call may be made."""

    def __init__(self, redis: Redis, *, team: str, clock: Callable[[], datetime] = utc_now) -> None:
        """`team` is our workspace: Slack counts for each by itself."""

    def take(self, method: str, channel: str = "") -> float:
        """0 when the call may be made now, and is counted; else the seconds to wait."""
        raise NotImplementedError

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """Nothing more for so long: Slack has said Retry-After."""
        raise NotImplementedError
