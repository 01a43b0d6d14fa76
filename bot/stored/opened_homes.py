"""Opened homes: who has opened the app's home tab, and when each tab is to be drawn anew.

Whoever changes what a tab shows marks it as due; the notifier draws it. Tabs of people who have never opened theirs are
not drawn, so nothing is kept of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis import Redis
from redis.client import Pipeline

from engine.clock import utc_now
from engine.store.patience import Patient, text

OPENED = "omm:homes:opened"     # everybody who has opened theirs, by when that was last, in seconds since 1970
DUE = "omm:homes:due"           # the same people by when theirs is to be drawn, in seconds since 1970; inf: it is not
DRAWN = "omm:homes:drawn"       # a digest of what each shows, as far as that is known
CLAIM = 40.0                    # seconds after which a drawing that was begun is begun again: Slack may take 30
PATIENCE = 2.0                  # seconds; somebody may be waiting

# KEYS: due, drawn. ARGV: the person, when the drawing was begun that this is the end of, digest. 0: the tab was marked
# or drawn by another process meanwhile, and nobody knows what Slack has taken last, so it is due.
NOTE = """
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not due then return 0 end
if tonumber(due) ~= tonumber(ARGV[2]) then
    redis.call('HDEL', KEYS[2], ARGV[1])
    redis.call('ZADD', KEYS[1], 0, ARGV[1])
    return 0
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[1], 'inf', ARGV[1])
return 1
"""

# KEYS: opened, due, drawn, the tasks of the person. ARGV: the person, a moment in seconds since 1970. Somebody who has
# tasks, or has opened the tab since then, stays.
DROP = """
local opened = redis.call('ZSCORE', KEYS[1], ARGV[1])
if redis.call('EXISTS', KEYS[4]) == 1 or (opened and tonumber(opened) > tonumber(ARGV[2])) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose home tab it is: a workspace's ID, and a person's."""

    team: str
    user: str

    @property
    def key(self) -> str:
        """As it is stored."""
        return f"{self.team}:{self.user}"


class OpenedHomes:
    """Every home tab that was opened. Each method is safe to call again, and does nothing for a tab that never was."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def opened(self, owner: Owner) -> None:
        """Notes that its owner has it before them. It is not due by that."""
        def write(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            pipeline.zadd(OPENED, {owner.key: self._now()})
            pipeline.zadd(DUE, {owner.key: math.inf}, nx=True)
            pipeline.execute()

        self._redis.call(write)

    def changed(self, owner: Owner) -> None:
        """Marks it as due: what it shows is no longer true."""
        self.put_off(owner, 0.0)

    def all_changed(self, team: str) -> None:
        """Marks every tab of that workspace as due."""
        def write(redis: Redis) -> None:
            people = [text(key) for key in redis.zrange(OPENED, 0, -1)]
            due = {key: 0.0 for key in people if _owner(key).team == team}
            if due:
                redis.zadd(DUE, due, xx=True)

        self._redis.call(write)

    def put_off(self, owner: Owner, until: float) -> None:
        """Has it drawn at that time, in seconds since 1970."""
        self._redis.call(lambda redis: redis.zadd(DUE, {owner.key: until}, xx=True))

    def begin(self, owner: Owner) -> float:
        """To be called before what it shows is read. Returns what `end` is to be given.

        Should the drawing come to nothing, it is due in CLAIM seconds.
        """
        begun = self._now() + CLAIM
        self.put_off(owner, begun)
        return begun

    def end(self, owner: Owner, begun: float, digest: str) -> bool:
        """Notes what it shows now. False: it was marked, or drawn by another process, since it was begun; it is due."""
        return bool(self._redis.script(NOTE, [DUE, DRAWN], (owner.key, begun, digest)))

    def shows(self, owner: Owner) -> str:
        """The digest of what it shows; '' when that is not known."""
        return text(self._redis.call(lambda redis: redis.hget(DRAWN, owner.key)) or "")

    def due(self) -> dict[Owner, float]:
        """The tabs that are to be drawn, now or later: when, in seconds since 1970, the longest waiting first."""
        found: list[Any] = self._redis.call(
            lambda redis: redis.zrangebyscore(DUE, "-inf", "(+inf", withscores=True)
        )
        return {_owner(key): float(at) for key, at in found}

    # Who is remembered

    def forget(self, owner: Owner) -> None:
        """It is drawn no longer, until its owner opens it again."""
        def write(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            pipeline.zrem(OPENED, owner.key)
            pipeline.zrem(DUE, owner.key)
            pipeline.hdel(DRAWN, owner.key)
            pipeline.execute()

        self._redis.call(write)

    def drop(self, owner: Owner, tasks: str, before: float) -> None:
        """The same for somebody without any task who has not opened it since `before`, in seconds since 1970.

        `tasks` is the key of that person's tasks (`bot.stored.threads.owned_by`).
        """
        self._redis.script(DROP, [OPENED, DUE, DRAWN, tasks], (owner.key, before))

    def opened_before(self, before: float) -> list[Owner]:
        """Those who have not opened theirs since then, in seconds since 1970."""
        found: list[Any] = self._redis.call(lambda redis: redis.zrangebyscore(OPENED, "-inf", before))
        return [_owner(key) for key in found]

    def _now(self) -> float:
        return self._clock().timestamp()


def mark(pipeline: Pipeline, owner: Owner) -> None:
    """As OpenedHomes.changed, together with whatever else is in the pipeline."""
    pipeline.zadd(DUE, {owner.key: 0.0}, xx=True)


def _owner(key: bytes | str) -> Owner:
    team, _, user = text(key).partition(":")
    return Owner(team, user)
