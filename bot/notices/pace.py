"""Pace: how often Slack may be called, counted in Redis by all processes together; and how often a card is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from redis import Redis

from engine.clock import utc_now
from engine.store.patience import Argument, Patient, text

PATIENCE = 2.0          # seconds that Redis may be away
SOONEST = 3.0           # seconds between two looks at a task, and between two drawings of a card
TASKS_A_SECOND = 20     # looked at
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0      # seconds

# A generic cell rate: a key holds the moment at which its last call would have been due, had they come evenly.
# KEYS: one a rate. ARGV: now, then for each the seconds between two calls and those that may be saved up.
# The wait in seconds, as text: a script's numbers are whole. Less than a millisecond is the arithmetic's, and none.
# A clock that was set back is forgiven in a minute.
TAKE = """
local now, wait, due = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
    due[i] = math.max(tonumber(redis.call('GET', key) or 0), now)
    wait = math.max(wait, due[i] - now - tonumber(ARGV[2 * i + 1]))
end
if wait >= 0.001 then return string.format('%.3f', wait) end
for i, key in ipairs(KEYS) do
    local next = due[i] + tonumber(ARGV[2 * i])
    redis.call('SET', key, string.format('%.6f', next), 'PX', math.ceil((next - now + 60) * 1000))
end
return '0'
"""

# KEYS: the rate. ARGV: the moment from which one call may be due again, milliseconds until it is forgotten.
HOLD = """
if tonumber(redis.call('GET', KEYS[1]) or 0) < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """A call every so many seconds; after a rest, `burst` of them at once."""

    every: float
    burst: int = 1

    @property
    def saved_up(self) -> float:
        """Seconds that calls may be early by."""
        return self.every * (self.burst - 1)


# docs.slack.dev/apis/web-api/rate-limits: "50+ a minute" for chat.update, "1 a second" in each channel and "several
# hundred a minute" for chat.postMessage; conversations.* are of the same tier as chat.update. "100+ a minute" for
# views.publish, of which some are left to the listeners, who draw what somebody has just opened.
WORKSPACE: Mapping[str, Rate] = MappingProxyType({
    "chat.update": Rate(60 / 46, burst=3),
    "chat.postMessage": Rate(60 / 240, burst=4),
    "conversations.history": Rate(60 / 45, burst=3),
    "conversations.open": Rate(60 / 45, burst=3),
    "conversations.replies": Rate(60 / 45, burst=3),
    "views.publish": Rate(60 / 60, burst=5),
})
CHANNEL: Mapping[str, Rate] = MappingProxyType({"chat.postMessage": Rate(1.0)})
OTHERS = Rate(60 / 240, burst=4)


class Pace:
    """Says when a call may be made: an answer of 429 that never comes costs nobody anything."""

    def __init__(
        self, redis: Redis, *, team: str, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`team` is our workspace: Slack counts for each by itself. `patience` is in seconds."""
        self._redis = Patient(redis, patience=patience)
        self.team = team
        self._clock = clock

    def take(self, method: str, channel: str = "", *, spare: int = 0) -> float:
        """0 when the call may be made now, and is counted; else the seconds to wait, after which to ask again.

        `spare`: only if so many more may be made after it at once. Whoever can wait leaves them to those who cannot.
        """
        rates = self._rates(method, channel)
        arguments: list[Argument] = [self._now()]
        for rate in rates.values():
            arguments += [rate.every, rate.saved_up - spare * rate.every]
        return float(text(self._redis.script(TAKE, list(rates), arguments)))

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """No such call for so long, by any process: Slack has said Retry-After."""
        key, rate = list(self._rates(method, channel).items())[-1]
        kept = math.ceil((seconds + rate.saved_up + 60) * 1000)
        self._redis.script(HOLD, [key], (self._now() + seconds + rate.saved_up, kept))

    def _rates(self, method: str, channel: str) -> dict[str, Rate]:
        """The rates a call counts for, by their keys; the narrowest is the last."""
        rates = {self._key(method): WORKSPACE.get(method, OTHERS)}
        if channel and method in CHANNEL:
            rates[self._key(method, channel)] = CHANNEL[method]
        return rates

    def _key(self, *parts: str) -> str:
        return ":".join(("omm:pace", self.team, *parts))

    def _now(self) -> float:
        return self._clock().timestamp()


class Pause:
    """How long to leave alone what does not answer: 1 second, then twice as long each time. Times are in seconds."""

    def __init__(self, longest: float = LONGEST_PAUSE) -> None:
        """`longest` ends the growing."""
        self._longest = longest
        self._length = 0.0
        self._over = -math.inf

    @property
    def begun(self) -> bool:
        """True: it has not answered since."""
        return self._length > 0

    def grow(self, now: float, at_least: float = 0.0) -> float:
        """It did not answer: the seconds until it is asked again."""
        self._length = min(max(FIRST_PAUSE, self._length * 2, at_least), self._longest)
        self._over = now + self._length
        return self._length

    def left(self, now: float) -> float:
        """Seconds until it may be asked again; never more than there were, although the clock is set back."""
        self._over = min(self._over, now + self._length)
        return max(0.0, self._over - now)

    def end(self) -> None:
        """It answered."""
        self._length, self._over = 0.0, -math.inf


def look_every(tasks: int) -> float:
    """Seconds between two looks at each of so many tasks that are under way."""
    return max(SOONEST, tasks / TASKS_A_SECOND)
