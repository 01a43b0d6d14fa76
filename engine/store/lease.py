"""Leases: who may write to a mailbox now. One owner at a time, known by a fencing number that only grows."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError

from engine import threads
from engine.errors import LeaseLostError
from engine.store.patience import Patient, is_absence, store_error, text
from engine.store.process import is_dead, own_name

LENGTH = 30.0  # seconds
RENEWED_EVERY = 10.0  # seconds
PAUSE = 0.5  # seconds between two attempts while Redis is away
ROOM = 10.0  # seconds on top of what was asked to be covered, so that the next request need not ask again
FENCING = "omm:fencing"

ACQUIRE = """
local lease = redis.call('HMGET', KEYS[1], 'token', 'holder', 'fencing', 'process')
if lease[1] and lease[1] ~= ARGV[1] then return {0, lease[2], lease[1], lease[4] or ''} end
if lease[1] then return {tonumber(lease[3]), '', '', ''} end
local fencing = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'holder', ARGV[2], 'fencing', fencing, 'process', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {fencing, '', '', ''}
"""

EXTEND = """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""

RELEASE = """
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

# KEYS: lease, another key. ARGV: token, what that key must hold ('' for nothing). 0: it holds something else.
RELEASE_WHILE = """
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[2] then return 0 end
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""


def acquire(
    redis: Patient, name: str, *, holder: str, length: float = LENGTH, every: float = RENEWED_EVERY
) -> Lease | str:
    """Acquires the lease called `name`. Returns it, or the holder's words where another process holds it.

    `holder` is what others are told while we have it. `length` and `every` are seconds. A lease of a process on
    this machine that has died is ours at once: what it sent last may still be carried out, as after any kill.
    """
    token, asked = secrets.token_hex(16), threads.boottime()
    arguments = (token, holder, round(length * 1000), own_name())
    fencing, other, others_token, process = redis.script(ACQUIRE, [_key(name), FENCING], arguments)
    if not fencing and is_dead(text(process)):
        redis.script(RELEASE, [_key(name)], (text(others_token),))
        fencing, other, _, _ = redis.script(ACQUIRE, [_key(name), FENCING], arguments)
    if not fencing:
        return text(other)
    return Lease(redis.redis, name, token=token, fencing=fencing, over=asked + length, length=length, every=every)


def held(redis: Patient, name: str) -> str | None:
    """The words of whoever has the lease called `name`, None when nobody has, or only a process that has died."""
    holder, process = redis.call(lambda server: server.hmget(_key(name), "holder", "process"))
    return None if holder is None or is_dead(text(process or b"")) else text(holder)


def are_held(redis: Patient, names: Sequence[str]) -> list[bool]:
    """For each name in turn. True: somebody has the lease. One round trip."""

    def read(server: Redis) -> list[Any]:
        pipeline = server.pipeline(transaction=False)
        for name in names:
            pipeline.exists(_key(name))
        return list(pipeline.execute())

    return [bool(found) for found in redis.call(read)] if names else []


def _key(name: str) -> str:
    return f"omm:lease:{name}"


class Lease:
    """A lease that we have: renewed by one thread of its own until it is released or lost."""

    def __init__(
        self, redis: Redis, name: str, *, token: str, fencing: int, over: float, length: float, every: float
    ) -> None:
        """Use `acquire`. `over` is when it ends by our clock, counted from before it was asked for."""
        self.name = name
        self.fencing = fencing
        self._redis = redis
        self._token = token
        self._over = over
        self._length = length
        self._every = every
        self._lost = False
        self._ended = threads.Event()
        self._extending = threads.Lock()
        self._renewer = threads.Thread(target=self._renew, name=f"lease {name}", daemon=True)
        self._renewer.start()

    def remaining(self) -> float:
        """Seconds for which it is surely ours: never more than the server grants, 0 when lost or released."""
        return 0.0 if self._lost or self._ended.is_set() else max(0.0, self._over - threads.boottime())

    def check(self) -> None:
        """Raises LeaseLostError when it is not ours any more."""
        self.cover(0)

    def cover(self, seconds: float) -> None:
        """Makes sure that it is ours for `seconds` more; asks the server only when it has less left.

        While Redis is away it is asked again until the lease is over. Raises LeaseLostError.
        """
        with self._extending:
            while 0 < self.remaining() < seconds:
                if not self._extended(max(self._length, seconds + ROOM)):
                    self._ended.wait(min(PAUSE, self.remaining()))
            if self.remaining() <= 0:
                raise LeaseLostError(f"Another process has taken over ({self.name}).")

    def release(self) -> None:
        """Gives it back, so that others need not wait until it is over. Does nothing the second time."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._run(RELEASE, _key(self.name), values=(self._token,))
        self._renewer.join(timeout=PAUSE)

    def release_while(self, key: str, value: str) -> bool:
        """Gives it back only while `key` in Redis holds `value` ('': nothing). False: it holds something else.

        Both are one step of the server: whoever sets the key either finds the lease free or is heard here. While Redis
        is away, the lease is left to expire.
        """
        if self._ended.is_set():
            return True
        if self._run(RELEASE_WHILE, _key(self.name), key, values=(self._token, value)) == 0:
            return False
        self._ended.set()
        self._renewer.join(timeout=PAUSE)
        return True

    def _run(self, script: str, *keys: str, values: tuple[str, ...]) -> int | None:
        """What the script answers, None while Redis is away."""
        try:
            return int(self._redis.eval(script, len(keys), *keys, *values))
        except RedisError as error:
            if not is_absence(error):
                raise store_error(error) from error
            return None

    def __enter__(self) -> Self:
        """The lease itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Releases it."""
        self.release()

    def _renew(self) -> None:
        pause = self._every
        while not self._ended.wait(pause) and self.remaining() > 0:
            with self._extending:
                pause = self._every if self._extended(self._length) else PAUSE

    def _extended(self, seconds: float) -> bool:
        """Asks once. False when Redis did not answer; a lease that others have is marked lost."""
        asked = threads.boottime()
        try:
            ours = self._redis.eval(EXTEND, 1, _key(self.name), self._token, round(seconds * 1000))
        except RedisError:
            return False
        self._lost = self._lost or not ours
        if ours:
            self._over = max(self._over, asked + seconds)
        return bool(ours)
