"""Indexes: which tasks there are, by accounts, destination mailbox, state and server.

Each is written by the script that writes the record, and names task IDs alone. An index is a hint, the record is the
truth: a release that does not know an index writes records without it, and `mend` brings both together again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from redis import Redis

from engine.errors import UnreadableError
from engine.migration.account import Account
from engine.migration.record import Migration, State
from engine.store import stored
from engine.store.patience import Patient, text

PAGE = 100                      # records read in one round trip
TASKS = "omm:tasks"             # every task ID, in the order they were made
NUMBER = "omm:tasks:number"
STATE, HOST = "omm:state:", "omm:host:"

# KEYS[6]: the tasks in its state, by when they came to it. Then those in each other state, then those of its servers.
# What it is listed under is in its record, too: most writes change nothing of it.
INDEXED = f"""
redis.call('ZADD', KEYS[6], 'NX', since, ARGV[2])
for i = 7, {5 + len(State)} do redis.call('ZREM', KEYS[i], ARGV[2]) end
for i = {6 + len(State)}, #KEYS do redis.call('ZADD', KEYS[i], number, ARGV[2]) end
redis.call('HSET', KEYS[1], 'indexed', KEYS[6])
return 1
"""

# KEYS: record, number, tasks, pair, layout, then those of INDEXED. ARGV: record as JSON, task ID, now, our layout.
CREATE = f"""
redis.call('SETNX', KEYS[5], ARGV[4])
local record = redis.call('HGET', KEYS[1], 'record')
if record then return record == ARGV[1] and 1 or 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'fencing', 0)
local number, since = redis.call('INCR', KEYS[2]), ARGV[3]
redis.call('ZADD', KEYS[3], number, ARGV[2])
redis.call('ZADD', KEYS[4], number, ARGV[2])
{INDEXED}"""

# KEYS: record, number, tasks, pair, mailbox or record, then those of INDEXED. ARGV: record, task ID, now, fencing
# number, 1 if it can be resumed: only such a task is looked for by its pair of accounts.
SAVE = f"""
local known = redis.call('HMGET', KEYS[1], 'fencing', 'indexed')
if not known[1] or tonumber(known[1]) > tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'fencing', ARGV[4])
local number = redis.call('ZSCORE', KEYS[3], ARGV[2]) or redis.call('INCR', KEYS[2])
local since = ARGV[3]
redis.call('ZADD', KEYS[3], number, ARGV[2])
if ARGV[5] == '1' then redis.call('ZADD', KEYS[4], number, ARGV[2]) else redis.call('ZREM', KEYS[4], ARGV[2]) end
if KEYS[5] ~= KEYS[1] then redis.call('ZADD', KEYS[5], number, ARGV[2]) end
if known[2] == KEYS[6] then return 1 end
{INDEXED}"""

# KEYS as SAVE. ARGV: record, task ID, since when it is in its state. 0: the record has been written meanwhile.
MEND = f"""
if redis.call('HGET', KEYS[1], 'record') ~= ARGV[1] then return 0 end
local number = redis.call('ZSCORE', KEYS[3], ARGV[2]) or redis.call('INCR', KEYS[2])
local since = ARGV[3]
redis.call('ZADD', KEYS[3], number, ARGV[2])
{INDEXED}"""

# KEYS: index, record. ARGV: task ID.
DROP = "if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end return redis.call('ZREM', KEYS[1], ARGV[1])"


def record_key(task_id: str) -> str:
    """Where the record of a task is."""
    return f"omm:task:{task_id}"


def mailbox_key(mailbox: str) -> str:
    """The tasks into that destination mailbox."""
    return f"omm:mailbox:{_digest(mailbox)}"


def pair_key(source: Account, destination: Account) -> str:
    """The tasks between these two accounts that can be resumed."""
    return f"omm:pair:{_digest(json.dumps([_end(source), _end(destination)]))}"


def state_key(state: State) -> str:
    """The tasks in that state, by when they came to it, in seconds since 1970."""
    return f"{STATE}{state.name.lower()}"


def host_key(host: str) -> str:
    """The tasks that read from that server or write to it."""
    return f"{HOST}{_digest(host.casefold())}"


def keys_of(migration: Migration) -> list[str]:
    """The keys of INDEXED: its state, the other states, its servers."""
    others = [state_key(state) for state in State if state is not migration.state]
    return [state_key(migration.state), *others, *_hosts(migration)]


def _hosts(migration: Migration) -> list[str]:
    hosts = (migration.request.source.host, migration.request.destination.host)
    return sorted({host_key(host) for host in hosts})


def that_name(migration: Migration) -> list[str]:
    """Every index that may name the task."""
    pair = pair_key(migration.request.source, migration.request.destination)
    return [TASKS, pair, *([mailbox_key(migration.mailbox)] if migration.mailbox else []), *keys_of(migration)]


def that_there_are(redis: Redis) -> list[str]:
    """Every index of the store; looks at all keys."""
    kinds = ("omm:pair:", "omm:mailbox:", HOST)
    return [TASKS, *map(state_key, State), *(text(key) for kind in kinds for key in redis.scan_iter(f"{kind}*"))]


def _end(account: Account) -> list[str | int]:
    """What makes an account the same one; of a service account also its login and its right to the mailbox."""
    service = [account.signs_in, account.access.value] if account.mailbox else []
    return [account.identity, account.host.casefold(), account.port, *service]


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()[:32]


# What releases that know fewer indexes have left


def mend(redis: Patient) -> int:
    """Lists every task in the indexes by its record as it is now, and removes from them what has no record.

    Returns how many entries were not as they should be. May be called at any time, beside others that write. Raises
    FatalError(cause STORE).
    """
    ids = [text(task_id) for task_id in redis.call(lambda server: server.zrange(TASKS, 0, -1))]
    mended = sum(_mended(redis, ids[begin : begin + PAGE]) for begin in range(0, len(ids), PAGE))
    return mended + sum(_dropped(redis, index) for index in redis.call(_by_state_and_host))


def _mended(redis: Patient, task_ids: Sequence[str]) -> int:
    tasks = list(_read(redis, task_ids))
    found = iter(_scores(redis, [(key, task.task_id) for _, task in tasks for key in _places(task)]))
    wrong = [(raw, task) for raw, task in tasks if None in [next(found) for _ in _places(task)]]
    for raw, task in wrong:
        keys = [record_key(task.task_id), NUMBER, TASKS, record_key(task.task_id), record_key(task.task_id)]
        redis.script(MEND, [*keys, *keys_of(task)], (raw, task.task_id, task.updated.timestamp()))
    return len(wrong)


def _places(task: Migration) -> list[str]:
    return [state_key(task.state), *_hosts(task)]


def _read(redis: Patient, task_ids: Sequence[str]) -> Iterator[tuple[bytes | str, Migration]]:
    """The records that can be read, with each as it is stored."""

    def read(server: Redis) -> list[Any]:
        pipeline = server.pipeline(transaction=False)
        for task_id in task_ids:
            pipeline.hget(record_key(task_id), "record")
        return list(pipeline.execute())

    for task_id, raw in zip(task_ids, redis.call(read), strict=True):
        with suppress(UnreadableError):
            if raw is not None:
                yield raw, stored.read(Migration, raw, name=f"Migration {task_id}")


def _scores(redis: Patient, places: Sequence[tuple[str, str]]) -> list[Any]:
    """The score of each task ID in its index; None where it is not in there."""

    def read(server: Redis) -> list[Any]:
        pipeline = server.pipeline(transaction=False)
        for key, task_id in places:
            pipeline.zscore(key, task_id)
        return list(pipeline.execute())

    return redis.call(read)


def _by_state_and_host(redis: Redis) -> list[str]:
    return [*map(state_key, State), *(text(key) for key in redis.scan_iter(f"{HOST}*", count=1000))]


def _dropped(redis: Patient, index: str) -> int:
    """Removes from an index what is no task any more."""
    strange = redis.call(lambda server: server.zdiff([index, TASKS]))
    return sum(
        int(redis.script(DROP, [index, record_key(text(task_id))], (text(task_id),))) for task_id in strange
    )
