"""Approvals: what one person has asked for and a second one has to allow first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from redis import Redis

from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient
from engine.store.stored import Stored

APPROVALS = "omm:approvals"     # by their keys
LASTS = timedelta(hours=72)     # for which a decision is waited for
PATIENCE = 2.0                  # seconds; somebody may be waiting
NAME = "What was asked of a second person"

# KEYS: approvals. ARGV: key, what was read ('' for nothing), what to write ('' to remove it).
CHANGE = """
local known = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if known ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
"""


class Subject(StrEnum):
    """What has to be allowed."""

    ROLLBACK = "rollback"               # about: the task ID
    SERVICE_ACCOUNT = "service_account"     # about: the draft's id


class Decision(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"     # it can no longer be done, or was taken back by whoever asked


@dataclass(frozen=True, slots=True)
class Approval(Stored):
    """One request. `asker` and `decider` are Slack IDs; times are UTC.

    `arguments` are the ids and numbers of the order that is placed when it is allowed, never a secret. `told` are the
    people who have the buttons, each with the message that holds them (channel, ts).
    """

    subject: Subject
    about: str
    team: str
    asker: str
    asked: datetime
    until: datetime
    arguments: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    decision: Decision = Decision.WAITING
    decider: str = ""
    decided: datetime | None = None
    told: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def key(self) -> str:
        """Its name: `rollback:7K2F-9QXD`."""
        return f"{self.subject}:{self.about}"


class Approvals:
    """Every request that is not forgotten. All raise FatalError(cause STORE)."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def find(self, subject: Subject, about: str) -> Approval | None:
        """The newest request for that. Raises UnreadableError for one of a newer release."""
        known = self._redis.call(lambda redis: redis.hget(APPROVALS, f"{subject}:{about}"))
        return None if known is None else stored.read(Approval, known, name=NAME)

    def all(self) -> list[Approval]:
        """Every request, the oldest first. What cannot be read is of a newer release, and is left alone."""
        found = []
        for value in self._redis.call(lambda redis: redis.hvals(APPROVALS)):
            with suppress(UnreadableError):
                found.append(stored.read(Approval, value, name=NAME))
        return sorted(found, key=lambda one: one.asked)

    def change(
        self, subject: Subject, about: str, do: Callable[[Approval | None], Approval | None]
    ) -> Approval | None:
        """Changes a request, and returns it as it is then; None, and `do` giving None: there is none (any more).

        `do` may be called again. Raises what it raises, and what `find` raises.
        """
        key = f"{subject}:{about}"
        while True:
            known = self._redis.call(lambda redis: redis.hget(APPROVALS, key))
            after = do(None if known is None else stored.read(Approval, known, name=NAME))
            written = "" if after is None else stored.write(after)
            if self._redis.script(CHANGE, [APPROVALS], (key, known or "", written)):
                return after
