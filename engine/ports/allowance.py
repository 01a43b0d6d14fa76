"""What a server lets be fetched from one account in a day, and what has been."""

from __future__ import annotations

from typing import Protocol

from engine.errors import LaterError


class Allowance(Protocol):
    """One account's, over all processes and restarts. Safe to use from many threads."""

    def check(self) -> None:
        """Raises LaterError where the day's share is used up, or the server has said so."""
        ...

    def take(self, size: int) -> None:
        """Counts that many bytes as fetched. Raises nothing of its own: `check` tells."""
        ...

    def cut(self) -> LaterError:
        """Notes that the server gives no more, whatever was counted; returns what to raise."""
        ...

    def keep(self) -> None:
        """Has what was counted be known to all processes; called when nothing more is fetched for now."""
        ...
