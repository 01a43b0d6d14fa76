"""Guesses: logins that people typed to follow somebody's task. Few are allowed, and each is written down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis

from engine.clock import utc_now
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored

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


@dataclass(frozen=True, slots=True)
class Guess(Stored):
    """Who guessed the login of which task, when (UTC), and whether they were right; never what they typed.

    `team` is the workspace whose person that is, '' in what earlier releases wrote.
    """

    at: datetime
    user: str
    task: str
    right: bool
    team: str = ""


class Guesses:
    """At most five guesses a person in ten minutes, and five a task, right or wrong."""

    def __init__(
        self, redis: Redis, *, team: str = "", clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`team` is the workspace whose people guess. `patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._team = team
        self._clock = clock

    def allowed(self, user: str, task_id: str) -> bool:
        """Counts one more guess. True: it may be made now."""
        return all([self._one_more(f"user:{self._team}:{user}"), self._one_more(f"task:{task_id}")])

    def _one_more(self, whose: str) -> bool:
        now = self._clock()
        arguments = (
            now.timestamp(), (now - WINDOW).timestamp(), ALLOWED, now.isoformat(), WINDOW // timedelta(milliseconds=1)
        )
        return bool(self._redis.script(GUESS, [f"omm:guesses:{whose}"], arguments))

    def note(self, user: str, task_id: str, *, right: bool) -> None:
        """Writes a guess down, without what was typed."""
        log.info("follow: %s guessed at task %s, %s", user, task_id, "right" if right else "wrong")
        line = stored.write(Guess(self._clock(), user, task_id, right, self._team))

        def write(redis: Redis) -> None:
            redis.lpush(LIST, line)
            redis.ltrim(LIST, 0, WRITTEN_DOWN - 1)

        self._redis.call(write)

    def forget(self, task_id: str) -> None:
        """Removes what was written down about a task."""

        def remove(redis: Redis) -> None:
            redis.delete(f"omm:guesses:task:{task_id}")
            _remove(redis, lambda guess: guess.task == task_id)

        self._redis.call(remove)

    def trim(self, before: datetime) -> None:
        """Removes what was written down before that moment."""
        self._redis.call(lambda redis: _remove(redis, lambda guess: guess.at < before))


def _remove(redis: Redis, which: Callable[[Guess], bool]) -> None:
    """Removes these; what cannot be read is of a newer release, and stays."""
    for line in redis.lrange(LIST, 0, -1):
        with suppress(UnreadableError):
            if which(stored.read(Guess, line, name="A guess")):
                redis.lrem(LIST, 1, text(line))
