"""Crews: who works on what has been ordered, what still waits, and what is tried again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from bot.stored.orders import ATTEMPTS, FAILURES, Order, Orders, lease_of, tries
from bot.work.heartbeats import Heartbeats, Role
from engine.store import lease
from engine.store.patience import Patient, text

PATIENCE = 2.0      # seconds; somebody may be waiting


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that is not done. `at_work`: a process carries it out. `tries` ended in an error, or in its death."""

    order: Order
    at_work: bool
    tries: int


class Crews:
    """The workers of every machine. All raise FatalError(cause STORE)."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._heartbeats = Heartbeats(redis, patience=patience)
        self._orders = Orders(redis, patience=patience)

    def absent(self) -> list[Role]:
        """The roles that no program has now."""
        return self._heartbeats.absent()

    def ordered(self) -> list[Ordered]:
        """Every order that is not done, the oldest first, in three round trips."""
        orders = self._orders.all()
        failures, attempts = self._redis.call(_tried)
        held = lease.are_held(self._redis, [lease_of(order) for order in orders])
        return [
            Ordered(order, is_held, failures.get(order.key, 0) + max(0, attempts.get(order.key, 0) - is_held))
            for order, is_held in zip(orders, held, strict=True)
        ]


def _tried(redis: Redis) -> Sequence[dict[str, int]]:
    """How often each order ended in an error, and how many processes in a row have begun it and not ended."""
    pipeline = redis.pipeline(transaction=False)
    pipeline.hgetall(FAILURES)
    pipeline.hgetall(ATTEMPTS)
    found: list[dict[Any, Any]] = pipeline.execute()
    failures = {text(key): int(times) for key, times in found[0].items()}
    return failures, {text(key): tries(value) for key, value in found[1].items()}
