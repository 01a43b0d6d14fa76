"""What an account has used: bytes and commands, and the day's limit on downloads.

Google allows 2,500 MB a day (https://support.google.com/a/answer/1071518); how a day is counted it does not say. Here
a day begins with the first byte after the last one ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

DAY = 24 * 60 * 60


class Ending(StrEnum):
    """What happens to an account whose day is spent (signs reported in imapsync's FAQ.Gmail)."""

    BYE = "bye"             # sessions end with BYE; signing in works, and the next content ends it again
    CRAWL = "crawl"         # everything goes on below 1 KiB/s
    REFUSED = "refused"     # sessions end with BYE, and signing in is refused


@dataclass(frozen=True, slots=True)
class Spent:
    """What an account has used since the emulator began. `today` and `total` are bytes sent to clients."""

    today: int
    total: int
    commands: dict[str, int]
    sign_ins: int
    refused: int


@dataclass(slots=True)
class Budget:
    """One account's use. `limit` is in bytes a day; None: no end."""

    clock: Callable[[], float]
    limit: int | None = None
    ending: Ending = Ending.BYE
    _began: float | None = None
    _today: int = 0
    _total: int = 0
    _lock: Lock = field(default_factory=Lock)
    commands: Counter[str] = field(default_factory=Counter)
    sign_ins: int = 0
    refused: int = 0

    def spend(self, count: int) -> None:
        """Count bytes that were sent."""
        with self._lock:
            self._turn()
            self._today += count
            self._total += count

    def count(self, command: str) -> None:
        """Count a command."""
        with self._lock:
            self.commands[command] += 1

    def over(self) -> bool:
        """True: the day's bytes are used up."""
        with self._lock:
            self._turn()
            return self.limit is not None and self._today >= self.limit

    def spent(self) -> Spent:
        """A copy of the counts."""
        with self._lock:
            self._turn()
            return Spent(self._today, self._total, dict(self.commands), self.sign_ins, self.refused)

    def _turn(self) -> None:
        now = self.clock()
        if self._began is None or now - self._began >= DAY:
            self._began, self._today = now, 0
