"""The outbox: single messages to people, in order, until Slack has taken them."""

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
LIST, KEYS = "omm:outbox", "omm:outbox:keys"
LONGEST = 10_000    # messages; more than that are not taken while Slack is away

# KEYS: list, keys. ARGV: message, to whom and key, longest. An earlier release may leave keys of what it has sent.
PUT = """
local waiting = redis.call('LLEN', KEYS[1])
if waiting >= tonumber(ARGV[3]) then return 0 end
if waiting == 0 then redis.call('DEL', KEYS[2]) end
if redis.call('SADD', KEYS[2], ARGV[2]) == 0 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[1])
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

    @property
    def mark(self) -> Mark:
        """What tells it from other messages in Slack: a digest, for the key may name somebody's form."""
        return Mark("", sha256(self.name.encode()).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter in the line, and as it is stored there. None: it is of a newer release, which sends it."""

    stored: str
    letter: Letter | None


class Outbox:
    """What waits to be sent. Holds no secret: these are messages as their readers will see them."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def put(self, letter: Letter) -> None:
        """Has it sent soon."""
        self._redis.script(PUT, [LIST, KEYS], (stored.write(letter), letter.name, LONGEST))

    def line(self, most: int = 100, *, skip: int = 0) -> list[Waiting]:
        """What was put first, first; without the first so many."""
        found = self._redis.call(lambda redis: redis.lrange(LIST, skip, skip + most - 1))
        return [Waiting(text(value), _letter(text(value))) for value in found]

    def waiting(self, most: int = 100) -> list[Letter]:
        """The first letters of the line that can be read."""
        return [waiting.letter for waiting in self.line(most) if waiting.letter is not None]

    def length(self) -> int:
        """How many messages wait."""
        return int(self._redis.call(lambda redis: redis.llen(LIST)))

    def forget(self, task_id: str) -> None:
        """Removes what waits and names that task."""
        for waiting in self.line(LONGEST):
            if task_id in waiting.stored:
                self.sent(waiting)

    def sent(self, waiting: Waiting) -> None:
        """It has arrived, or never will."""
        if (letter := waiting.letter) is not None:
            keys = [LIST, KEYS, key_of(letter.to, "", letter.mark)]
            self._redis.script(TAKE, keys, (waiting.stored, letter.name, letter.key))


def _letter(value: str) -> Letter | None:
    try:
        return stored.read(Letter, value, name="A letter")
    except UnreadableError:
        return None
