"""Task keys: a key for each task alone, which goes with its data.

What is encrypted with it can be kept for longer than the task's data, as the audit is: it is unreadable once the task
is forgotten. The key is a field of the record's hash, encrypted under our keys, so that every release removes it
together with the record.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from cryptography.fernet import InvalidToken
from redis import Redis

from engine.store.key_file import KEY_BYTES
from engine.store.keys import SecretKeys
from engine.store.lasting import Lasting
from engine.store.patience import Patient, text
from engine.store.vault import REWRITE_DUE

FIELD = "key"
AT_ONCE = 500       # keys that are read in one round trip

# KEYS: record. ARGV: field, a new key. Returns the task's key; false where there is no record (any more).
OWN = """
if redis.call('HEXISTS', KEYS[1], 'record') == 0 then return false end
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
return redis.call('HGET', KEYS[1], ARGV[1])
"""

# KEYS: record, mark. ARGV: field. The mark stays until the append-only file was rewritten.
DROP = """
if redis.call('HDEL', KEYS[1], ARGV[1]) == 1 then redis.call('SET', KEYS[2], 1) end
return 1
"""


class TaskKeys:
    """The key of every task that has one."""

    def __init__(self, redis: Patient, *, keys: SecretKeys) -> None:
        self._redis = redis
        self._keys = keys.derived("task keys")
        self._lasting = Lasting(redis, keys=keys)

    def seal(self, task_id: str, plain: str) -> str:
        """Encrypts under the task's key, which is made when first needed.

        Returns '' where the task has no record, or its key was encrypted under one of ours that is lost.
        """
        own = self.of([task_id]).get(task_id) or self._made(task_id)
        return "" if own is None else own.encrypt(plain.encode()).decode()

    def of(self, task_ids: Sequence[str]) -> Mapping[str, SecretKeys]:
        """The keys of those tasks that have one which can be read, by task ID."""
        found: dict[str, SecretKeys] = {}
        for first in range(0, len(task_ids), AT_ONCE):
            some = task_ids[first : first + AT_ONCE]
            for task_id, token in zip(some, self._tokens(some), strict=True):
                if token is not None and (own := self._opened(token)) is not None:
                    found[task_id] = own
        return found

    @property
    def of_no_task(self) -> SecretKeys:
        """Encrypts what goes with no task's data, and is never written anew."""
        return SecretKeys([self._lasting.secret("of no task")])

    def drop(self, task_id: str) -> None:
        """Removes the key, from disk too with the vault's next rewrite of the append-only file. Idempotent."""
        self._redis.script(DROP, [_record(task_id), REWRITE_DUE], (FIELD,))

    def _tokens(self, task_ids: Sequence[str]) -> list[Any]:
        def read(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=False)
            for task_id in task_ids:
                pipeline.hget(_record(task_id), FIELD)
            return list(pipeline.execute())

        return self._redis.call(read)

    def _made(self, task_id: str) -> SecretKeys | None:
        new = self._keys.encrypt(secrets.token_bytes(KEY_BYTES))
        token = self._redis.script(OWN, [_record(task_id)], (FIELD, new))
        return None if token is None else self._opened(token)

    def _opened(self, token: str | bytes) -> SecretKeys | None:
        with suppress(InvalidToken):
            return SecretKeys([self._keys.decrypt(text(token).encode())])
        return None


def unsealed(own: SecretKeys | None, token: str) -> str | None:
    """What was encrypted; None without its key, or under another one."""
    if own is None:
        return None
    with suppress(InvalidToken):
        return own.decrypt(token.encode()).decode()
    return None


def _record(task_id: str) -> str:
    return f"omm:task:{task_id}"
