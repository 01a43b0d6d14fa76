"""Programs: which processes serve the store now, of which release, and with which keys.

Each says so every few seconds, and what it said expires soon after its end. Programs of releases before this one say
nothing here; `Heartbeats` knows those that work.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version

from redis import Redis

from bot.work.heartbeats import EXPIRES, PATIENCE
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient
from engine.store.stored import Stored

PREFIX = "omm:heartbeat:program:"
WEB = "web"         # the program that has no role


@dataclass(frozen=True, slots=True)
class Program(Stored):
    """One process: what it is for, its release, where it runs, and the names of its keys, the newest first."""

    role: str
    release: str
    host: str
    process: int
    keys: tuple[str, ...]

    def __str__(self) -> str:
        """As people know it."""
        return f"{self.role} on {self.host} (process {self.process})"


class Programs:
    """Every program's, on whichever machine it runs. All raise FatalError(cause STORE)."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def note(self, role: str, keys: tuple[str, ...]) -> None:
        """Says that this process runs, and has the keys of those names now."""
        here = Program(role, version("omm-for-slack"), socket.gethostname(), os.getpid(), keys)
        key = f"{PREFIX}{here.host}:{here.process}"
        self._redis.call(lambda redis: redis.set(key, stored.write(here), ex=EXPIRES))

    def all(self) -> list[Program]:
        """Those that run, by their words."""
        keys = self._redis.call(lambda redis: list(redis.scan_iter(f"{PREFIX}*", count=1000)))
        found = []
        for value in self._redis.call(lambda redis: redis.mget(keys)) if keys else []:
            with suppress(UnreadableError):     # of a newer release
                found += [] if value is None else [stored.read(Program, value, name="A program")]
        return sorted(found, key=str)
