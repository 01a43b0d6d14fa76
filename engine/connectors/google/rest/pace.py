"""The pace at which an account's interfaces are asked: slower than the quotas, which are for any minute."""

from __future__ import annotations

import threading
from collections import deque

from engine import threads
from engine.connectors.network.attempts import pause

MINUTE = 60.0       # seconds
LONGEST = 5.0       # seconds from one look at the clock to the next


class Pace:
    """Lets through so many questions within any minute. Safe to use from many threads."""

    def __init__(self, a_minute: int) -> None:
        self._asked: deque[float] = deque(maxlen=a_minute)
        self._not_before = 0.0
        self._lock = threading.Lock()

    def wait(self, stop: threading.Event) -> None:
        """Waits until one more may be asked. Raises RetryableError at once when a stop is asked for."""
        while (left := self._taken()) > 0:
            pause(stop, min(left, LONGEST))

    def hold(self, seconds: float) -> None:
        """Has everybody wait: Google has said that it is too much."""
        with self._lock:
            self._not_before = max(self._not_before, threads.monotonic() + seconds)

    def _taken(self) -> float:
        """How many seconds there are to wait; 0: one is counted, and may be asked."""
        with self._lock:
            now = threads.monotonic()
            free = self._asked[0] + MINUTE if len(self._asked) == self._asked.maxlen else 0.0
            left = max(free, self._not_before) - now
            if left > 0:
                return left
            self._asked.append(now)
            return 0.0
