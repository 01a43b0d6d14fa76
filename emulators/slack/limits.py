"""How often a method may be called: docs.slack.dev/apis/web-api/rate-limits.

Each method has a tier, counted over a minute for the whole workspace. The documented number of calls passes and
the next one does not: Slack says "20+", this says 20.
"""

import math
import threading
from collections import defaultdict, deque

from emulators.slack.settings import Clock, Settings

TIER = {1: 1, 2: 20, 3: 50, 4: 100, 0: 300}     # calls a minute; 0 is "special": hundreds


class Limiter:
    """Counts calls in a sliding minute."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing counted."""
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._credit: dict[str, tuple[float, float]] = {}

    def wait(self, method: str, tier: int, channel: str | None, settings: Settings) -> int:
        """0 when the call may pass (and is counted), else the seconds of Retry-After."""
        if not settings.rate_limits:
            return 0
        with self._lock:
            now = self._clock()
            most = settings.posts_per_minute if method == "chat.postMessage" else TIER[tier]
            if over := self._over(self._calls[method], most, now):
                return over
            if method == "chat.postMessage" and channel and (over := self._burst(channel, settings.post_burst, now)):
                return over
            self._calls[method].append(now)
            return 0

    def _over(self, calls: deque[float], most: int, now: float) -> int:
        while calls and calls[0] <= now - 60:
            calls.popleft()
        return max(1, math.ceil(calls[0] + 60 - now)) if len(calls) >= most else 0

    def _burst(self, channel: str, burst: int, now: float) -> int:
        """One post a second in each channel, and `burst` at once after a rest."""
        credit, then = self._credit.get(channel, (float(burst), now))
        credit = min(float(burst), credit + max(0.0, now - then))
        if credit < 1:
            self._credit[channel] = (credit, now)
            return max(1, math.ceil(1 - credit))
        self._credit[channel] = (credit - 1, now)
        return 0
