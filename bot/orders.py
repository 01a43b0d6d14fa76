"""Orders: work that was asked for and is not done yet.

An order outlives every process and every queue: those only carry word of it.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from redis import Redis

from engine.clock import utc_now
from engine.patience import Patient, text

ORDERS = "omm:orders"
FAILURES = "omm:orders:failures"    # how often each ended in an error that nobody had foreseen
PATIENCE = 2.0                      # seconds; somebody may be waiting
log = logging.getLogger(__name__)

# KEYS: orders, failures. ARGV: key, which placing. 0: it was placed again meanwhile.
DONE = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and cjson.decode(known).placed ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1
"""


class Kind(StrEnum):
    """What can be ordered."""

    CHECK = "check"
    MIGRATE = "migrate"
    COUNT = "count"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True, slots=True)
class Order:
    """Something to be done. `about` are ids; with the kind they make two orders one.

    `arguments` are ids and numbers, never a secret. `since` is in seconds since 1970. `placed` tells one placing from
    the next: what was placed again while it was worked on is not done.
    """

    kind: Kind
    about: tuple[str, ...]
    arguments: Mapping[str, Any]
    since: float
    placed: str

    @property
    def key(self) -> str:
        """Its name: `migrate:7K2F-9QXD`."""
        return ":".join((self.kind, *self.about))


class Orders:
    """Every order that is not done. Each method is safe to call again."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def place(self, kind: Kind, about: tuple[str, ...], arguments: Mapping[str, Any]) -> Order:
        """Writes an order down; in the place of the same one, if that is not done yet."""
        order = Order(kind, about, arguments, self._clock().timestamp(), secrets.token_hex(8))
        self._redis.call(lambda redis: redis.hset(ORDERS, order.key, json.dumps(asdict(order))))
        return order

    def find(self, key: str) -> Order | None:
        """The order of that name, None when it is done."""
        value = self._redis.call(lambda redis: redis.hget(ORDERS, key))
        return None if value is None else _read(key, value)

    def all(self) -> list[Order]:
        """Every order, the oldest first. What cannot be read is left alone: a newer program may be able to."""
        found = self._redis.call(lambda redis: redis.hgetall(ORDERS))
        orders = (_read(text(key), value) for key, value in found.items())
        return sorted((order for order in orders if order is not None), key=lambda order: order.since)

    def done(self, order: Order) -> bool:
        """Takes it off the list. False when it was placed again meanwhile, and stays."""
        return bool(self._redis.script(DONE, [ORDERS, FAILURES], (order.key, order.placed)))

    def failed(self, order: Order) -> int:
        """Counts an error that nobody had foreseen; returns how many there were."""
        return int(self._redis.call(lambda redis: redis.hincrby(FAILURES, order.key, 1)))


def _read(key: str, value: bytes | str) -> Order | None:
    """None for what is no order, or none of that name."""
    try:
        order = _from_json(json.loads(value))
    except (ValueError, TypeError, KeyError):
        log.debug("an order that cannot be read: %.100r", key)
        return None
    return order if order.key == key else None


def _from_json(plain: Mapping[str, Any]) -> Order:
    return Order(
        kind=Kind(plain["kind"]),
        about=tuple(str(part) for part in plain["about"]),
        arguments=dict(plain["arguments"]),
        since=float(plain["since"]),
        placed=str(plain["placed"]),
    )
