"""Allowances: how much was fetched from an account within 24 hours, kept over restarts and for all tasks together.

Bytes are counted by the hour. Once as many are counted as the server lets be fetched in a day, nothing is fetched until
half of them are more than a day old: so a task goes on two or three times a day, and not every hour for a little.
Where the server says so earlier, what was counted by then was all that it gave; the next day is tried in full again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from redis import Redis

from engine import threads
from engine.clock import utc_now
from engine.errors import LaterError
from engine.migration.account import Account
from engine.store.patience import PATIENCE, Patient, text

DAY, HOUR = 86_400, 3_600
KEPT = DAY + 2 * HOUR           # seconds
TOLD_EVERY = 4 * 1024 * 1024    # bytes that one process counts by itself before the others know of them
AT_LEAST = HOUR                 # seconds until a server that has said no is asked again
WITHOUT_COUNT = 6 * HOUR        # the same where nobody has counted anything: somebody else has used the account
CUT = "cut"                     # the field that says until when the server gives nothing, in seconds since 1970

# KEYS: counts. ARGV: hour, bytes, milliseconds until all of it is old. All counts, as HGETALL gives them.
COUNT = """
if tonumber(ARGV[2]) > 0 then
    redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return redis.call('HGETALL', KEYS[1])
"""
# KEYS: counts. ARGV: until when, milliseconds until all of it is old.
NOTE_CUT = """
redis.call('HSET', KEYS[1], 'cut', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""


class Allowances:
    """Those of all accounts."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def of(self, account: Account) -> DaysShare:
        """The account's, of as many bytes as its system lets be fetched in a day."""
        return DaysShare(self._redis, self._clock, _key(account), account.system.row.a_day, account.system.row.called)


@dataclass
class DaysShare:
    """One account's allowance, as this process knows it. `a_day` is in bytes."""

    redis: Patient
    clock: Callable[[], datetime]
    key: str
    a_day: int
    called: str
    _uncounted: int = 0
    _left: int = -1         # bytes, as of the last look at the store; before it nobody knows
    _a_day: int = 0         # bytes that the server has given within 24 hours before it gave no more
    _lock: threads.Lock = field(default_factory=lambda: threads.Lock())  # noqa: PLW0108 - whichever there is then

    def check(self) -> None:
        """As Allowance. The store is asked when this process does not know that something is left."""
        with self._lock:
            if self._left - self._uncounted <= 0 and (until := self._told()) is not None:
                raise self._later(until)

    def take(self, size: int) -> None:
        """As Allowance."""
        with self._lock:
            self._uncounted += size
            if self._uncounted >= TOLD_EVERY:
                self._told()

    def keep(self) -> None:
        """As Allowance."""
        with self._lock:
            if self._uncounted:
                self._told()

    def left(self) -> int:
        """How many bytes of the day's share are left; 0 also where the server has said that it gives no more."""
        with self._lock:
            self._told()
            return max(0, self._left)

    def cut(self) -> LaterError:
        """As Allowance. What the server says once more before that time makes it no later."""
        with self._lock:
            now, found = self._now(), self._counted()
            counts, until = _young(found, now), _noted(found, now)
            if not now < until < now + KEPT:
                until = _when_at_most(counts, sum(counts.values()) // 2) or now + WITHOUT_COUNT
                until = max(until, now + AT_LEAST)
                self.redis.script(NOTE_CUT, [self.key], [until, (KEPT + WITHOUT_COUNT) * 1000])
            self._left, self._a_day = 0, sum(counts.values()) or self.a_day
            return self._later(until)

    def _told(self) -> int | None:
        """Tells the store what was counted. Until when nothing is to be fetched, in seconds since 1970; None: go on."""
        now, found = self._now(), self._counted()
        counts = _young(found, now)
        self._left = self.a_day - sum(counts.values())
        self._a_day = self.a_day
        cut = _noted(found, now)
        if cut > now:
            self._left, self._a_day = 0, sum(counts.values()) or self.a_day
            return cut
        return None if self._left > 0 else max(_when_at_most(counts, self.a_day // 2), now + 1)

    def _counted(self) -> Mapping[str, str]:
        """All that is counted, this process's share included."""
        size, self._uncounted = self._uncounted, 0
        found = self.redis.script(COUNT, [self.key], [self._now() // HOUR, size, KEPT * 1000])
        return dict(zip(map(text, found[::2]), map(text, found[1::2]), strict=True))

    def _now(self) -> int:
        return int(self.clock().timestamp())

    def _later(self, until: int) -> LaterError:
        when = datetime.fromtimestamp(until, UTC)
        return LaterError(
            f"{self.called} lets only so much be read from an account within 24 hours, and that is used up until "
            f"{when:%Y-%m-%d %H:%M} UTC.",
            until=when, a_day=self._a_day,
        )


def _noted(found: Mapping[str, str], now: int) -> int:
    """Until when the server gives nothing, in seconds since 1970; 0 where it has not said so.

    A clock that was ahead may have noted a later time.
    """
    return min(int(found.get(CUT, 0)), now + KEPT)


def _young(found: Mapping[str, str], now: int) -> dict[int, int]:
    """The bytes of each hour that is not a day old yet, by its end in seconds since 1970.

    What a clock that was ahead has counted in an hour to come counts as of now; the store lets go of it within KEPT.
    """
    young: dict[int, int] = {}
    for hour, size in found.items():
        end = 0 if hour == CUT else min((int(hour) + 1) * HOUR, now + HOUR)
        if end + DAY > now:
            young[end] = young.get(end, 0) + int(size)
    return young


def _when_at_most(counts: Mapping[int, int], most: int) -> int:
    """When no more than so many bytes are less than a day old, in seconds since 1970; 0 where there are none."""
    left = sum(counts.values())
    for end in sorted(counts):
        left -= counts[end]
        if left <= most:
            return end + DAY
    return 0


def _key(account: Account) -> str:
    """Of the account, however its owner spells it."""
    return f"omm:allowance:{sha256(account.identity.encode()).hexdigest()[:32]}"
