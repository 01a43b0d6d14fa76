"""Guesses: logins that people typed to follow somebody's task. Few are allowed, and each is written down."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from redis import Redis

from engine.clock import utc_now
from engine.patience import Patient, text

ALLOWED = 5
WINDOW = timedelta(minutes=10)
WRITTEN_DOWN = 10_000       # the newest
PATIENCE = 2.0              # seconds
LIST = "omm:guesses"
log = logging.getLogger(__name__)

# KEYS: guesses of one. ARGV: now, since, how many, this one, milliseconds. 0: too many.
GUESS = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) and not redis.call('ZSCORE', KEYS[1], ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
"""


class Guesses:
    """At most five guesses a person in ten minutes, and five a task, right or wrong."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def allowed(self, user: str, task_id: str) -> bool:
        """Whether one more may be made now; it counts from now on."""
        return all([self._one_more(f"user:{user}"), self._one_more(f"task:{task_id}")])

    def _one_more(self, whose: str) -> bool:
        now = self._clock()
        arguments = (
            now.timestamp(), (now - WINDOW).timestamp(), ALLOWED, now.isoformat(), WINDOW // timedelta(milliseconds=1)
        )
        return bool(self._redis.script(GUESS, [f"omm:guesses:{whose}"], arguments))

    def note(self, user: str, task_id: str, *, right: bool) -> None:
        """Writes a guess down, without what was typed."""
        log.info("follow: %s guessed at task %s, %s", user, task_id, "right" if right else "wrong")
        line = json.dumps({"at": self._clock().isoformat(), "user": user, "task": task_id, "right": right})

        def write(redis: Redis) -> None:
            redis.lpush(LIST, line)
            redis.ltrim(LIST, 0, WRITTEN_DOWN - 1)

        self._redis.call(write)

    def forget(self, task_id: str) -> None:
        """Removes what was written down about a task."""

        def remove(redis: Redis) -> None:
            redis.delete(f"omm:guesses:task:{task_id}")
            for line in redis.lrange(LIST, 0, -1):
                if json.loads(line)["task"] == task_id:
                    redis.lrem(LIST, 1, text(line))

        self._redis.call(remove)

    def trim(self, before: datetime) -> None:
        """Removes what was written down before that moment."""

        def remove(redis: Redis) -> None:
            while (oldest := redis.lindex(LIST, -1)) is not None and _at(oldest) < before:
                redis.rpop(LIST)

        self._redis.call(remove)


def _at(line: bytes | str) -> datetime:
    return datetime.fromisoformat(json.loads(line)["at"])
