"""Approvals: what one person has asked for and a second one has to allow first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from redis import Redis

from bot.stored.outbox import LONGEST, TEAMS, Letter, lists_of
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored

APPROVALS = "omm:approvals"     # by their keys
DUE = "omm:approvals:due"       # the keys of those whose messages are to be drawn
LEFT = "omm:approvals:left"     # messages of requests that are forgotten: "TEAM channel ts"
LASTS = timedelta(hours=72)     # for which a decision is waited for
PATIENCE = 2.0                  # seconds; somebody may be waiting
NAME = "What was asked of a second person"

# KEYS: approvals, due, and where letters are put: list, keys, teams. ARGV: key, what was read ('' for nothing), what to
# write ('' to remove it), the most letters that wait, team, then each letter and its name. What stands there already is
# our own writing, whose answer was lost.
CHANGE = """
local known = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if known == ARGV[3] and known ~= ARGV[2] then return 1 end
if known ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
redis.call('SADD', KEYS[2], ARGV[1])
for i = 6, #ARGV, 2 do
    if redis.call('LLEN', KEYS[3]) < tonumber(ARGV[4]) and redis.call('SADD', KEYS[4], ARGV[i + 1]) == 1 then
        redis.call('RPUSH', KEYS[3], ARGV[i])
        redis.call('SADD', KEYS[5], ARGV[5])
    end
end
return 1
"""

# KEYS: approvals, due. ARGV: key, what was drawn ('' for nothing).
DRAWN = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
return redis.call('SREM', KEYS[2], ARGV[1])
"""

# KEYS: approvals, due, left. ARGV: key, then the messages that are left.
FORGET = """
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[2], ARGV[1])
for i = 2, #ARGV do redis.call('SADD', KEYS[3], ARGV[i]) end
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
    people who have the buttons, each with the message that holds them (channel, ts): both are '' until it is sent, and
    `ts` is '' once the message has no buttons any more. `why` is our own words where OMM itself has withdrawn it, or
    has not done what was approved. `settled`: whatever its decision brings about has been done, and people have been
    told. `used`: what it allowed has come about, or was refused, and does not come about again. `looked` is when the
    approvers were last found out.
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
    why: str = ""
    settled: bool = False
    used: bool = False
    looked: datetime | None = None

    @property
    def key(self) -> str:
        """Its name: `rollback:7K2F-9QXD`."""
        return f"{self.subject}:{self.about}"

    @property
    def edition(self) -> str:
        """What tells it from earlier and later requests for the same."""
        return str(round(self.asked.timestamp() * 1000))

    @property
    def is_waiting(self) -> bool:
        """True: nobody has decided it."""
        return self.decision is Decision.WAITING

    def with_message(self, person: str, channel: str, ts: str) -> Approval:
        """The same, with the message that `person` has; without `ts` it has no buttons any more."""
        return replace(self, told=MappingProxyType({**self.told, person: (channel, ts)}))


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it was found, and as it is stored; None and '': there is none."""

    key: str
    stored: str
    approval: Approval | None


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """A message with the buttons of a request that is forgotten."""

    team: str
    channel: str
    ts: str


class Approvals:
    """Every request that is not forgotten. All raise FatalError(cause STORE)."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def find(self, subject: Subject, about: str) -> Approval | None:
        """The newest request for that. Raises UnreadableError for one of a newer release."""
        return self.by_key(f"{subject}:{about}")

    def by_key(self, key: str) -> Approval | None:
        """The same, by its name."""
        return self.seen(key).approval

    def all(self) -> list[Approval]:
        """Every request, the oldest first. What cannot be read is of a newer release, and is left alone."""
        found = []
        for value in self._redis.call(lambda redis: redis.hvals(APPROVALS)):
            with suppress(UnreadableError):
                found.append(stored.read(Approval, value, name=NAME))
        return sorted(found, key=lambda one: one.asked)

    def change(
        self, subject: Subject, about: str, do: Callable[[Approval | None], Approval | None],
        letters: Callable[[Approval], Sequence[Letter]] = lambda _after: (),
    ) -> Approval | None:
        """Changes a request, and returns it as it is then; None, and `do` giving None: there is none (any more).

        `letters` of it are put into its workspace's outbox in the same step: all of it happens once, or nothing.
        `do` may be called again; where it changes nothing, nothing is written. Raises what it raises, and what `find`
        raises.
        """
        key = f"{subject}:{about}"
        while True:
            known = text(self._redis.call(lambda redis: redis.hget(APPROVALS, key)) or "")
            before = stored.read(Approval, known, name=NAME) if known else None
            after = do(before)
            if after == before:
                return after
            team = after.team if after is not None else ""
            said = [part for each in (letters(after) if after else ()) for part in (stored.write(each), each.name)]
            written = "" if after is None else stored.write(after)
            keys = [APPROVALS, DUE, *lists_of(team), TEAMS]
            if self._redis.script(CHANGE, keys, (key, known, written, LONGEST, team, *said)):
                return after

    def forget(self, about: str) -> None:
        """Removes what was asked about that task or form; its messages lose their buttons afterwards."""
        for subject in Subject:
            left: list[str] = []
            with suppress(UnreadableError):
                found = self.find(subject, about)
                if found is not None:
                    left = [f"{found.team} {channel} {ts}" for channel, ts in found.told.values() if ts]
            self._redis.script(FORGET, [APPROVALS, DUE, LEFT], (f"{subject}:{about}", *left))

    def leave(self, approval: Approval) -> None:
        """Has the messages of a request that makes room for another lose their buttons."""
        messages = [f"{approval.team} {channel} {ts}" for channel, ts in approval.told.values() if ts]
        if messages:
            self._redis.call(lambda redis: redis.sadd(LEFT, *messages))

    # What is drawn of them

    def seen(self, key: str) -> Seen:
        """The request of that name, as it is stored now. Raises UnreadableError for one of a newer release."""
        known = text(self._redis.call(lambda redis: redis.hget(APPROVALS, key)) or "")
        return Seen(key, known, stored.read(Approval, known, name=NAME) if known else None)

    def due(self) -> list[str]:
        """The keys of those whose messages are to be drawn."""
        return sorted(text(key) for key in self._redis.call(lambda redis: redis.smembers(DUE)))

    def drawn(self, seen: Seen) -> None:
        """Notes that the messages of a request show what was seen, unless it has changed meanwhile."""
        self._redis.script(DRAWN, [APPROVALS, DUE], (seen.key, seen.stored))

    def left(self) -> list[LeftMessage]:
        """The messages of forgotten requests that still have buttons."""
        found = sorted(text(each) for each in self._redis.call(lambda redis: redis.smembers(LEFT)))
        return [LeftMessage(*each.split(" ", 2)) for each in found]

    def cleared(self, message: LeftMessage) -> None:
        """It has no buttons any more."""
        member = f"{message.team} {message.channel} {message.ts}"
        self._redis.call(lambda redis: redis.srem(LEFT, member))
