"""Orders: work that was asked for and is not done yet.

An order outlives every process and every queue: those only carry word of it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from redis import Redis

from engine.clock import utc_now
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored

ORDERS = "omm:orders"
FAILURES = "omm:orders:failures"    # how often each ended in an error that nobody had foreseen
ATTEMPTS = "omm:orders:attempts"    # those that were begun and did not end
PATIENCE = 2.0                      # seconds; somebody may be waiting
log = logging.getLogger(__name__)

# KEYS: orders, failures, attempts. ARGV: key, order, its version. Placing it anew clears its failures. 0: the same
# order of a newer release is there, and stays.
PLACE = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
    local read, order = pcall(cjson.decode, known)
    if read and type(order) == 'table' and tonumber(order.v or 0) > tonumber(ARGV[3]) then return 0 end
end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""

# KEYS: orders, failures. ARGV: key. 0: it is not ordered (any more), so nothing is counted.
FAILED = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
"""

# KEYS: orders, attempts. ARGV: key, the attempts. Written down only for what is ordered.
BEGUN = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
return 1
"""

# KEYS: orders, failures, attempts. ARGV: key, which placing. 0: it was placed again meanwhile.
DONE = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and cjson.decode(known).placed ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
"""


class Kind(StrEnum):
    """What can be ordered."""

    CHECK = "check"
    LOOK = "look"
    PAGE_USED = "page_used"
    CONSENT = "consent"
    MIGRATE = "migrate"
    COUNT = "count"
    ROLL_BACK = "roll_back"
    SWITCH_ON = "switch_on"
    DELETE = "delete"
    FORGET = "forget"
    TELL_APPROVERS = "tell_approvers"


class Queue(StrEnum):
    """Where word of an order waits."""

    MIGRATIONS = "omm-migrations"
    ROLLBACKS = "omm-rollbacks"
    CHECKS = "omm-checks"       # of forms: seconds
    COUNTS = "omm-counts"       # of what rollbacks would remove, people's data deleted, replies switched on: minutes


QUEUES: Mapping[Kind, Queue] = MappingProxyType({
    Kind.CHECK: Queue.CHECKS,
    Kind.LOOK: Queue.COUNTS,
    Kind.PAGE_USED: Queue.CHECKS,
    Kind.CONSENT: Queue.CHECKS,
    Kind.MIGRATE: Queue.MIGRATIONS,
    Kind.COUNT: Queue.COUNTS,
    Kind.ROLL_BACK: Queue.ROLLBACKS,
    Kind.SWITCH_ON: Queue.COUNTS,
    Kind.DELETE: Queue.COUNTS,
    Kind.FORGET: Queue.COUNTS,
    Kind.TELL_APPROVERS: Queue.COUNTS,
})      # where word of an order waits, by its kind


class GivenUp(StrEnum):
    """Why an order is given up, for the person who is told."""

    BROKEN = "OMM stopped again and again because of an error of its own."
    KILLED = "OMM was ended by its machine again and again. Perhaps the machine has too little memory."


@dataclass(frozen=True, slots=True)
class Attempts(Stored):
    """How often in a row a process began an order and died over it; `idle` of them since anything was settled.

    `settled` is the most that was ever settled, in items.
    """

    times: int = 0
    idle: int = 0
    settled: int = 0

    def once_more(self, settled: int) -> Attempts:
        """With the attempt that begins now, after so many items were settled."""
        idle = 0 if settled > self.settled else self.idle
        return replace(self, times=self.times + 1, idle=idle + 1, settled=max(settled, self.settled))


@dataclass(frozen=True, slots=True)
class Order(Stored):
    """Something to be done. `about` are ids; with the kind they make two orders one.

    `arguments` are ids and numbers, never a secret. `since` is in seconds since 1970. `placed` tells one placing from
    the next: what was placed again while it was worked on is not done. `team` is the workspace of whoever asked for it,
    '' where nobody in Slack did.
    """

    kind: Kind
    about: tuple[str, ...]
    arguments: Mapping[str, Any]
    since: float
    placed: str
    team: str = ""

    @property
    def key(self) -> str:
        """Its name: `migrate:7K2F-9QXD`."""
        return ":".join((self.kind, *self.about))


def lease_of(order: Order) -> str:
    """The lease that whoever carries an order out has meanwhile."""
    return f"job:{order.key}"


class Orders:
    """Every order that is not done. Each method is safe to call again."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def place(self, kind: Kind, about: tuple[str, ...], arguments: Mapping[str, Any], *, team: str = "") -> Order:
        """Writes an order down; in the place of the same one, if that is not done yet. Its failures are forgotten.

        The same order of a newer release stays as it is, and is carried out by that release.
        """
        order = Order(kind, about, arguments, self._clock().timestamp(), secrets.token_hex(8), team)
        self._redis.script(PLACE, [ORDERS, FAILURES, ATTEMPTS], (order.key, stored.write(order), Order.v))
        return order

    def find(self, key: str) -> Order | None:
        """The order of that name. None: it is done, or of a newer release."""
        value = self._redis.call(lambda redis: redis.hget(ORDERS, key))
        return None if value is None else _read(key, value)

    def all(self) -> list[Order]:
        """Every order, the oldest first. What cannot be read is left alone: a newer program may be able to."""
        found = self._redis.call(lambda redis: redis.hgetall(ORDERS))
        orders = (_read(text(key), value) for key, value in found.items())
        return sorted((order for order in orders if order is not None), key=lambda order: order.since)

    def keys(self) -> frozenset[str]:
        """The names of all orders, those of a newer release too."""
        return frozenset(text(key) for key in self._redis.call(lambda redis: redis.hkeys(ORDERS)))

    def done(self, order: Order) -> bool:
        """Takes it off the list. False when it was placed again meanwhile, and stays."""
        return bool(self._redis.script(DONE, [ORDERS, FAILURES, ATTEMPTS], (order.key, order.placed)))

    def check_about(self, task_id: str) -> None:
        """Raises UnreadableError when one of the orders about that task or form is of a newer release."""
        for key, value in self._redis.call(lambda redis: redis.hgetall(ORDERS)).items():
            if task_id in text(key).split(":"):
                stored.read(Order, value, name=f"What was ordered for migration {task_id}")

    def forget(self, task_id: str) -> None:
        """Removes every order about that task or form, but for two kinds, which are done when they are done.

        These are the one to forget it, and what becomes of a consent: that is given back where nothing needs it.
        """

        def remove(redis: Redis) -> None:
            for kept in (ORDERS, FAILURES, ATTEMPTS):
                about = [key for key in redis.hkeys(kept) if _goes_with(text(key), task_id)]
                if about:
                    redis.hdel(kept, *about)

        self._redis.call(remove)

    def failed(self, order: Order) -> int:
        """Counts an error that nobody had foreseen; returns how many there were."""
        return int(self._redis.script(FAILED, [ORDERS, FAILURES], (order.key,)))

    def begun(self, order: Order, *, settled: int) -> Attempts:
        """Notes that an attempt begins, after so many items were settled; returns those that did not end, this one too.

        Whoever calls this holds the order's lease.
        """
        value = self._redis.call(lambda redis: redis.hget(ATTEMPTS, order.key))
        attempts = _attempts(value).once_more(settled)
        self._redis.script(BEGUN, [ORDERS, ATTEMPTS], (order.key, stored.write(attempts)))
        return attempts

    def ended(self, order: Order) -> None:
        """Notes that the process came to the end of its attempt, whatever came of it."""
        self._redis.call(lambda redis: redis.hdel(ATTEMPTS, order.key))


def tries(value: bytes | str) -> int:
    """How many processes in a row have begun an order and not ended, by what is stored of it."""
    return _attempts(value).times


def _goes_with(key: str, task_id: str) -> bool:
    kind, *about = key.split(":")
    return task_id in about and kind not in (Kind.FORGET, Kind.CONSENT)


def _attempts(value: bytes | str | None) -> Attempts:
    with suppress(UnreadableError):
        return Attempts() if value is None else stored.read(Attempts, value, name="The attempts at an order")
    return Attempts()


def _read(key: str, value: bytes | str) -> Order | None:
    """None for what is no order, or none of that name."""
    try:
        order = stored.read(Order, value, name=f"The order {key}")
    except UnreadableError as error:
        log.debug("%.200s", error)
        return None
    return order if order.about and order.key == key else None
