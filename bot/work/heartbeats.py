"""Heartbeats: which programs run behind the web door. Each leaves a key in Redis that expires soon after its end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from redis import Redis

from engine.store.patience import Patient

BEAT_EVERY = 10.0   # seconds between two heartbeats of a program
EXPIRES = 30        # seconds after the last one
PATIENCE = 1.0      # seconds
log = logging.getLogger(__name__)


class Role(StrEnum):
    """What a program is for: the word behind `worker.py`."""

    MIGRATIONS = "migrations"
    CHECKS = "checks"
    NOTICES = "notices"


WITHOUT: Mapping[Role, str] = MappingProxyType({
    Role.MIGRATIONS: "No worker is running (worker.py migrations): migrations and rollbacks wait.",
    Role.CHECKS: "No checker is running (worker.py checks): forms that are sent wait at the sign-in.",
    Role.NOTICES: "No notifier is running (worker.py notices): cards and messages wait.",
})


class Heartbeats:
    """Every program's, on whichever machine it runs."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def beat(self, role: Role) -> None:
        """Says that a program of that role runs. Raises FatalError(cause STORE)."""
        self._redis.call(lambda redis: redis.set(_key(role), 1, ex=EXPIRES))

    def absent(self) -> list[Role]:
        """The roles that no program has now. Raises FatalError(cause STORE)."""
        found = self._redis.call(lambda redis: redis.mget([_key(role) for role in Role]))
        return [role for role, beat in zip(Role, found, strict=True) if beat is None]


class Watch:
    """Writes down once that a program is absent, and once that it is back."""

    def __init__(self, heartbeats: Heartbeats) -> None:
        self._heartbeats = heartbeats
        self._absent: frozenset[Role] = frozenset()

    def look(self) -> None:
        """Compares with the last look. Raises FatalError(cause STORE)."""
        absent = frozenset(self._heartbeats.absent())
        for role in sorted(absent - self._absent):
            log.warning("%s", WITHOUT[role])
        for role in sorted(self._absent - absent):
            log.info("worker.py %s is running again.", role)
        self._absent = absent


def _key(role: Role) -> str:
    return f"omm:heartbeat:{role}"
