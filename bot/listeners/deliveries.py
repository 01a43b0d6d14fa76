"""Deliveries: what Slack sends us, each answered once. What it saw no answer to it sends again, even if we took it.

A delivery is being worked on from when it was taken until it is answered. The process that works on it may die over it,
so what comes again and was never answered is worked on again: whoever does that is told, and does only what is missing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from redis import Redis

from engine.clock import utc_now
from engine.store.patience import Patient, text

REMEMBERED = 3600   # seconds; Slack sends nothing again after that
PATIENCE = 1.0      # seconds; Slack waits three for an answer
WORKED_ON = 3.0     # seconds that Slack waits (docs.slack.dev/interactivity/handling-user-interaction)
SET_BACK = 600.0    # seconds from now beyond which nobody works on anything: our clock was set back
ANSWERED = "answered"

# KEYS: delivery. ARGV: our word, now, until when we work on it, seconds to remember it, until when others may at most.
# Returns how many have taken it with us (0: it was answered, -1: somebody works on it), and when it was taken first.
TAKE = """
local known = redis.call('GET', KEYS[1])
local word, first, over, times = string.match(known or '', '^(%x+) (%S+) (%S+) (%d+)$')
if known and not word then return {0, ''} end
if word == ARGV[1] then return {tonumber(times), first} end
if word and tonumber(over) > tonumber(ARGV[2]) and tonumber(over) <= tonumber(ARGV[5]) then return {-1, first} end
times, first = tonumber(times or 0) + 1, first or ARGV[2]
redis.call('SET', KEYS[1], string.format('%s %s %s %d', ARGV[1], first, ARGV[3], times), 'EX', ARGV[4])
return {times, first}
"""


class Turn(StrEnum):
    """What is to be done with a delivery that has come."""

    FIRST = "first"             # it was never seen before
    AGAIN = "again"             # it was taken and never answered: whoever took it has died over it
    WORKED_ON = "worked on"     # somebody is at it, and will answer the copy that came before
    ANSWERED = "answered"       # nothing


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that has come. `at` is when it came first, None when it was answered."""

    turn: Turn
    at: datetime | None = None


NEW = Taken(Turn.FIRST)     # what nobody has to take, as it never comes again


class Deliveries:
    """Every delivery of the last hour."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def take(self, delivery: str) -> Taken:
        """Takes a delivery that has come, unless it was answered or somebody works on it.

        A word of our own is written, so that we know our own writing when its answer was lost and it is repeated.
        """
        now = self._clock().timestamp()
        arguments = (secrets.token_hex(8), repr(now), repr(now + WORKED_ON), REMEMBERED, repr(now + SET_BACK))
        times, first = self._redis.script(TAKE, [_key(delivery)], arguments)
        turn = {0: Turn.ANSWERED, -1: Turn.WORKED_ON, 1: Turn.FIRST}.get(times, Turn.AGAIN)
        return Taken(turn, datetime.fromtimestamp(float(text(first)), UTC) if first else None)

    def answered(self, delivery: str) -> None:
        """Notes that everything was done that had to be done before the answer, which goes out now."""
        self._redis.call(lambda redis: redis.set(_key(delivery), ANSWERED, ex=REMEMBERED))

    def forget(self, delivery: str) -> None:
        """Nothing came of it, and nobody was answered: sent again, it is to be taken as new."""
        self._redis.call(lambda redis: redis.delete(_key(delivery)))


def _key(delivery: str) -> str:
    return f"omm:seen:{delivery}"
