"""Deliveries: what Slack sends us, each taken once. What it saw no answer to it sends again, even if we took it."""

from __future__ import annotations

from redis import Redis

from engine.patience import Patient

REMEMBERED = 3600   # seconds; Slack sends nothing again after that
PATIENCE = 1.0      # seconds; Slack waits three for an answer


class Deliveries:
    """Every delivery of the last hour."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def is_first(self, delivery: str) -> bool:
        """Whether this comes for the first time; from now on it does not."""
        return bool(self._redis.call(lambda redis: redis.set(_key(delivery), 1, nx=True, ex=REMEMBERED)))

    def forget(self, delivery: str) -> None:
        """Nothing came of it, and nobody was answered: sent again, it is to be taken as new."""
        self._redis.call(lambda redis: redis.delete(_key(delivery)))


def _key(delivery: str) -> str:
    return f"omm:seen:{delivery}"
