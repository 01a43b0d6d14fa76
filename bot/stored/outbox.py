"""The outbox: single messages to the people of one workspace, in order, until Slack has taken them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from redis import Redis

from bot.stored.attempts import Mark, key_of
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored

PATIENCE = 2.0      # seconds
AUDIT = "audit:"    # before the key of a letter with entries of the audit
LIST, KEYS = "omm:outbox", "omm:outbox:keys"    # of releases that knew one workspace only
TEAMS = "omm:outbox:teams"                      # the IDs of all workspaces to whose people something was written
LONGEST = 10_000    # messages; more than that are not taken while Slack is away

# KEYS: list, keys, teams. ARGV: message, to whom and key, longest, team. An earlier release may leave keys of what it
# has sent.
PUT = """
local waiting = redis.call('LLEN', KEYS[1])
if waiting >= tonumber(ARGV[3]) then return 0 end
if waiting == 0 then redis.call('DEL', KEYS[2]) end
if redis.call('SADD', KEYS[2], ARGV[2]) == 0 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[1])
if ARGV[4] ~= '' then redis.call('SADD', KEYS[3], ARGV[4]) end
return 1
"""

# KEYS: list and keys of an earlier release, list and keys of a workspace. A letter that waits in both is taken once.
ADOPT = """
for _, letter in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    local read, it = pcall(cjson.decode, letter)
    local named = read and type(it) == 'table' and it.to and it.key
    if not named or redis.call('SADD', KEYS[4], it.to .. ' ' .. it.key) == 1 then
        redis.call('RPUSH', KEYS[3], letter)
    end
end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
"""

# KEYS: list, keys, the attempt to send it. ARGV: message, to whom and key, key alone as earlier releases have it.
TAKE = """
redis.call('LREM', KEYS[1], 1, ARGV[1])
redis.call('SREM', KEYS[2], ARGV[2], ARGV[3])
redis.call('DEL', KEYS[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Letter(Stored):
    """A message to one person (their id) or into a conversation. `key`: to each, the same one waits only once."""

    key: str
    to: str
    text: str
    blocks: Sequence[Mapping[str, Any]] = field(default=())

    @property
    def name(self) -> str:
        """What tells it from all others that wait."""
        return f"{self.to} {self.key}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter in the line, and as it is stored there. None: it is of a newer release, which sends it."""

    stored: str
    letter: Letter | None


class Outbox:
    """What waits to be sent. Holds no secret: these are messages as their readers will see them."""

    def __init__(self, redis: Redis, *, team: str = "", patience: float = PATIENCE) -> None:
        """`team` is the workspace's ID; '' for the letters of earlier releases, which did not say whose they are.

        `patience` is how long Redis may be away, in seconds.
        """
        self._redis = Patient(redis, patience=patience)
        self._team = team
        self._list, self._keys = lists_of(team)

    def put(self, letter: Letter) -> None:
        """Has it sent soon."""
        keys = [self._list, self._keys, TEAMS]
        self._redis.script(PUT, keys, (stored.write(letter), letter.name, LONGEST, self._team))

    def adopt(self) -> None:
        """Takes over the letters of earlier releases, which knew this workspace only. May be called again."""
        if self._team:
            self._redis.script(ADOPT, [LIST, KEYS, self._list, self._keys], ())

    def mark(self, letter: Letter) -> Mark:
        """What tells it from other messages in Slack: a digest, for the key may name somebody's form."""
        name = f"{self._team} {letter.name}" if self._team else letter.name
        return Mark("", sha256(name.encode()).hexdigest()[:16])

    def line(self, most: int = 100, *, skip: int = 0) -> list[Waiting]:
        """What was put first, first; without the first so many."""
        found = self._redis.call(lambda redis: redis.lrange(self._list, skip, skip + most - 1))
        return [Waiting(text(value), _letter(text(value))) for value in found]

    def waiting(self, most: int = 100) -> list[Letter]:
        """The first letters of the line that can be read."""
        return [waiting.letter for waiting in self.line(most) if waiting.letter is not None]

    def length(self) -> int:
        """How many messages wait."""
        return int(self._redis.call(lambda redis: redis.llen(self._list)))

    def forget(self, task_id: str) -> None:
        """Removes what waits and names that task, but for what stands in the audit for good."""
        for waiting in self.line(LONGEST):
            of_audit = waiting.letter is not None and waiting.letter.key.startswith(AUDIT)
            if task_id in waiting.stored and not of_audit:
                self.sent(waiting)

    def sent(self, waiting: Waiting) -> None:
        """It has arrived, or never will."""
        if (letter := waiting.letter) is not None:
            keys = [self._list, self._keys, key_of(letter.to, "", self.mark(letter))]
            self._redis.script(TAKE, keys, (waiting.stored, letter.name, letter.key))


def lists_of(team: str) -> tuple[str, str]:
    """The keys of a workspace's outbox: what waits, and what tells one letter from another."""
    return (f"{LIST}:{team}", f"{KEYS}:{team}") if team else (LIST, KEYS)


def outboxes(redis: Redis, *, patience: float = PATIENCE) -> list[Outbox]:
    """The outbox of every workspace, and that of earlier releases."""
    found = Patient(redis, patience=patience).call(lambda server: server.smembers(TEAMS))
    return [Outbox(redis, team=team, patience=patience) for team in ("", *sorted(text(team) for team in found))]


def _letter(value: str) -> Letter | None:
    try:
        return stored.read(Letter, value, name="A letter")
    except UnreadableError:
        return None
