"""Room: which migrations are at work or want to be, where admins have set how many may be at once.

An entry says what a migration would take up. Whether it is at work says its order's lease, which ends with its process:
nothing is counted up and down.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from redis import Redis

from bot.stored.orders import ORDERS, Kind
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored

ROOM = "omm:room"               # by task ID
TOKEN = "revision"              # noqa: S105 - a field that changes with every other one
PATIENCE = 2.0                  # seconds

# KEYS: room. ARGV: the revision that was read ('' for none), the next one, task ID, its entry, then those that are
# gone.
SETTLE = """
if (redis.call('HGET', KEYS[1], 'revision') or '') ~= ARGV[1] then return 0 end
for i = 5, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], ARGV[3], ARGV[4])
return 1
"""

# KEYS: room. ARGV: task ID, the next revision.
LEAVE = """
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('HLEN', KEYS[1]) == 1 then return redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'revision', ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Wanting(Stored):
    """A migration of the workspace `team` and its `owner`, between these `hosts`; in line since then (UTC).

    `began`: True lets it work for as long as its order has its lease.
    """

    team: str
    owner: str
    hosts: tuple[str, ...]
    since: datetime
    began: bool = False


class Room:
    """Every migration that is at work, or wants to be. All raise FatalError(cause STORE)."""

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def all(self) -> Mapping[str, Wanting]:
        """Those whose order is not done, by task ID. What cannot be read is of a newer release, and is left alone."""
        return self._read()[1]

    def settle(self, task_id: str, decide: Callable[[Mapping[str, Wanting]], Wanting]) -> Wanting:
        """Writes down what `decide` says of a migration, knowing of the others, and returns it.

        Nobody else has come or gone meanwhile; `decide` may be called again.
        """
        while True:
            revision, known, gone = self._read()
            decided = decide({other: each for other, each in known.items() if other != task_id})
            arguments = (revision, secrets.token_hex(8), task_id, stored.write(decided), *(gone - {task_id}))
            if self._redis.script(SETTLE, [ROOM], arguments):
                return decided

    def leave(self, task_id: str) -> None:
        """Forgets a migration that wants nothing any more."""
        self._redis.script(LEAVE, [ROOM], (task_id, secrets.token_hex(8)))

    def _read(self) -> tuple[str, Mapping[str, Wanting], frozenset[str]]:
        """The revision, the entries, and whose order is done: their process has died at the end."""
        found = {text(task): text(held) for task, held in self._redis.call(lambda redis: redis.hgetall(ROOM)).items()}
        revision = found.pop(TOKEN, "")
        ordered = {text(key) for key in self._redis.call(lambda redis: redis.hkeys(ORDERS))} if found else set()
        gone = frozenset(task for task in found if f"{Kind.MIGRATE}:{task}" not in ordered)
        read: dict[str, Wanting] = {}
        for task in found.keys() - gone:
            with suppress(UnreadableError):
                read[task] = stored.read(Wanting, found[task], name="What a migration takes up")
        return revision, read, gone
