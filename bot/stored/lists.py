"""Lists: which migrations a workspace has, by owner, state and server, newest first.

A list names what the indexes of the store say, and counts it. An index is a hint: whoever shows a migration looks at
its record and its thread, which say where it stands and whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from bot.stored.looks import thread_key
from bot.stored.threads import TEAMS, Threads, in_team, lists_of, owned_by
from engine.migration.record import State
from engine.store.indexes import TASKS, host_key, state_key
from engine.store.patience import Patient, text

PATIENCE = 2.0      # seconds; somebody may be waiting
SLICE = 500         # tasks looked at in one round trip, where all are
TURN = "omm:threads:mended"     # stands for as long as the lists need no other look
MEND_EVERY = 600                # seconds

# KEYS: all tasks, the lists that a task must be in, then the tasks of other workspaces. ARGV: how many lists, the first
# and the last place of the page. Returns how many there are, then the IDs of the page, newest first.
PAGE = """
local lists = tonumber(ARGV[1])
local first, last = tonumber(ARGV[2]), tonumber(ARGV[3])
if lists == 0 and #KEYS == 1 then
    local page = redis.call('ZREVRANGE', KEYS[1], first, last)
    table.insert(page, 1, redis.call('ZCARD', KEYS[1]))
    return page
end
local ask = {'ZINTER', lists + 1}
for i = 1, lists + 1 do ask[#ask + 1] = KEYS[i] end
ask[#ask + 1] = 'WEIGHTS'
for i = 1, lists + 1 do ask[#ask + 1] = i == 1 and 1 or 0 end
local found = redis.call(unpack(ask))
local strange = {}
for i = lists + 2, #KEYS do
    for _, id in ipairs(redis.call('ZRANGE', KEYS[i], 0, -1)) do strange[id] = true end
end
local page, count = {0}, 0
for i = #found, 1, -1 do
    if not strange[found[i]] then
        if count >= first and count <= last then page[#page + 1] = found[i] end
        count = count + 1
    end
end
page[1] = count
return page
"""

# KEYS: how many come next, by a state each, then the tasks of other workspaces. ARGV: how many states, since when the
# last of them counts. Returns how many tasks are in each.
COUNT = """
local states, counts = tonumber(ARGV[1]), {}
for i = 1, states do
    local since = i == states and ARGV[2] or '-inf'
    if #KEYS == states then
        counts[i] = redis.call('ZCOUNT', KEYS[i], since, '+inf')
    else
        counts[i] = 0
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[i], since, '+inf')) do
            local strange = false
            for j = states + 1, #KEYS do strange = strange or redis.call('ZSCORE', KEYS[j], id) end
            if not strange then counts[i] = counts[i] + 1 end
        end
    end
end
return counts
"""
# KEYS: the tasks of its owner, of its workspace. ARGV: task ID. It is listed as it is in the list of its owner.
LIST = """
local begun = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not begun then return 0 end
return redis.call('ZADD', KEYS[2], 'NX', begun, ARGV[1])
"""

# KEYS: list, thread. ARGV: task ID.
DROP = "if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end return redis.call('ZREM', KEYS[1], ARGV[1])"

COUNTED = (
    State.RUNNING, State.ROLLING_BACK, State.WAITING, State.NEEDS_ATTENTION, State.ROLLBACK_STOPPED, State.FAILED,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which migrations: in that state, of that person, with that server; None and '' for any."""

    state: State | None = None
    owner: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many migrations there are. `failed` are those that have failed lately."""

    running: int
    waiting: int
    needs_attention: int
    failed: int


class Lists:
    """The migrations of every workspace; those that were begun at a terminal belong to each.

    All raise FatalError(cause STORE).
    """

    def __init__(self, redis: Redis, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)

    def page(self, team: str, wanted: Wanted, *, first: int, most: int) -> tuple[int, list[str]]:
        """How many there are, and the IDs of at most so many of them, from place `first` (from 0), newest first."""
        keys = [
            *([state_key(wanted.state)] if wanted.state is not None else []),
            *([owned_by(team, wanted.owner)] if wanted.owner else []),
            *([host_key(wanted.host)] if wanted.host else []),
        ]
        count, *ids = self._redis.script(
            PAGE, [TASKS, *keys, *self._others(team)], (len(keys), first, first + most - 1)
        )
        return int(count), [text(task_id) for task_id in ids]

    def totals(self, team: str, since: float) -> Totals:
        """How many there are; of those that failed, since that time (in seconds since 1970)."""
        keys = [*map(state_key, COUNTED), *self._others(team)]
        running, back, waiting, attention, stopped, failed = map(
            int, self._redis.script(COUNT, keys, (len(COUNTED), since))
        )
        return Totals(running + back, waiting, attention + stopped, failed)

    def of_state(self, team: str, states: Sequence[State], since: float = 0.0) -> list[str]:
        """The IDs of those in one of the states since that time (in seconds since 1970), newest first in each."""
        others = self._others(team)

        def read(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=False)
            for state in states:
                pipeline.zrevrangebyscore(state_key(state), "+inf", since)
            for other in others:
                pipeline.zrange(other, 0, -1)
            return list(pipeline.execute())

        found = self._redis.call(read)
        strange = {text(task_id) for ids in found[len(states) :] for task_id in ids}
        ids = [text(task_id) for ids in found[: len(states)] for task_id in ids]
        return [task_id for task_id in ids if task_id not in strange]

    def begun_in(self, team: str, states: Sequence[State]) -> list[str]:
        """The IDs of those that were begun in that workspace and are in one of the states."""
        def read(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=False)
            for state in states:
                pipeline.zinter([in_team(team), state_key(state)])
            return list(pipeline.execute())

        return [text(task_id) for ids in self._redis.call(read) for task_id in ids]

    def teams(self) -> list[str]:
        """The IDs of the workspaces in which a task was ever begun."""
        return sorted(text(team) for team in self._redis.call(lambda redis: redis.smembers(TEAMS)))

    def _others(self, team: str) -> list[str]:
        return [in_team(other) for other in self.teams() if other != team]

    def mend(self, threads: Threads) -> int:
        """Lists every thread as it is, for releases that know fewer lists. Returns how many entries were not right."""
        ids = [text(task_id) for task_id in self._redis.call(lambda redis: redis.zrange(TASKS, 0, -1))]
        mended = sum(self._mended(threads, ids[begin : begin + SLICE]) for begin in range(0, len(ids), SLICE))
        return mended + sum(self._dropped(in_team(team)) for team in self.teams())

    def is_due(self) -> bool:
        """True: nobody has looked at all lists for MEND_EVERY, and the caller is to do it."""
        return bool(self._redis.call(lambda redis: redis.set(TURN, 1, nx=True, ex=MEND_EVERY)))

    def _mended(self, threads: Threads, task_ids: Sequence[str]) -> int:
        found = [seen.thread for seen in threads.some(task_ids) if seen.thread is not None]

        def write(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=False)
            for thread in found:
                _, workspace, workspaces = lists_of(thread)
                pipeline.sadd(workspaces, thread.team)
                pipeline.eval(LIST, 2, owned_by(thread.team, thread.owner), workspace, thread.task_id)
            return list(pipeline.execute())

        return sum(int(added) for added in self._redis.call(write)[1::2])

    def _dropped(self, listed: str) -> int:
        """Removes from a workspace's list what is no task any more."""
        gone = self._redis.call(lambda redis: redis.zdiff([listed, TASKS]))
        return sum(int(self._redis.script(DROP, [listed, thread_key(text(each))], (text(each),))) for each in gone)
