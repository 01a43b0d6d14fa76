"""Deliveries: what Slack sends us, each taken once. What it saw no answer to it sends again, even if we took it."""

from __future__ import annotations

import secrets

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
        """Whether this comes for the first time; from now on it does not.

        A word of our own is written, so that we know our own writing when its answer was lost and it is repeated.
        """
        word = secrets.token_bytes(8)
        key = _key(delivery)
        return self._redis.call(
            lambda redis: bool(redis.set(key, word, nx=True, ex=REMEMBERED)) or redis.get(key) == word
        )

    def forget(self, delivery: str) -> None:
        """Nothing came of it, and nobody was answered: sent again, it is to be taken as new."""
        self._redis.call(lambda redis: redis.delete(_key(delivery)))


def _key(delivery: str) -> str:
    return f"omm:seen:{delivery}"
