"""Returns: what an account grants now, and what goes back to it now, are kept apart.

A system may end all that an account has granted when one part of it goes back. So nothing goes back while something is
being granted, and whoever was granted something learns whether its account was given back meanwhile. Whose account it
is, is known only once it was granted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256

from engine.store.patience import Patient, text

COMING = "omm:returns:coming"       # what is being granted now, by the time until which it may take
COUNT = "omm:returns:count"         # how often something went back
GOING = "omm:returns:of:"           # begins the key of an account: GOES, or the count when it had gone
REST = "omm:returns:rest"           # the system wants to be left alone
GOES = "goes"
LASTS = timedelta(minutes=2)        # a return whose process was killed
COMES_WITHIN = timedelta(minutes=10)    # what is granted to a process that was killed: a code is good for that long

LONGEST_REST = timedelta(hours=1)   # what is to go back within a day is not held up for longer


class Returns:
    """Keeps apart what comes and what goes, for all programs of one store."""

    def __init__(self, redis: Patient, clock: Callable[[], datetime]) -> None:
        self._redis, self._clock = redis, clock

    @contextmanager
    def comes(self, name: str) -> Iterator[Callable[[str], bool]]:
        """Nothing goes back in this context, in which something is granted and then kept.

        Brings a question. True: that account, as it is compared, was given back since the context began, or is now.
        """
        until = (self._clock() + COMES_WITHIN).timestamp()
        self._redis.call(lambda redis: redis.zadd(COMING, {name: until}))
        before = int(self._redis.call(lambda redis: redis.get(COUNT)) or 0)

        def went(account: str) -> bool:
            found = self._redis.call(lambda redis: redis.get(_key(account)))
            return found is not None and (text(found) == GOES or int(found) > before)

        try:
            yield went
        finally:
            self._redis.call(lambda redis: redis.zrem(COMING, name))

    def begin(self, account: str) -> bool:
        """To be asked before it is known that nothing keeps the account. False: not now, for something is granted."""
        self._redis.call(lambda redis: redis.set(_key(account), GOES, ex=LASTS))
        is_free = not self._redis.call(lambda redis: redis.zcount(COMING, self._clock().timestamp(), "+inf"))
        if not is_free:
            self.leave(account)
        return is_free

    def leave(self, account: str) -> None:
        """It is not given back now."""
        self._redis.call(lambda redis: redis.delete(_key(account)))

    def end(self, account: str) -> None:
        """It may have been given back."""
        count = self._redis.call(lambda redis: redis.incr(COUNT))
        self._redis.call(lambda redis: redis.set(_key(account), count, ex=LASTS))

    def rest(self, seconds: float) -> None:
        """For so long, or an hour at most, no program asks the system again by itself."""
        left = max(timedelta(milliseconds=1), min(timedelta(seconds=seconds), LONGEST_REST))
        self._redis.call(lambda redis: redis.set(REST, 1, px=left))

    def rests(self) -> bool:
        """True: the system is to be left alone now."""
        return bool(self._redis.call(lambda redis: redis.exists(REST)))


def _key(account: str) -> str:
    return GOING + sha256(account.encode()).hexdigest()[:32]
