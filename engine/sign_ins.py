"""Sign-ins that were refused, counted over all jobs: we must never lock an owner out of their account."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from redis import Redis

from engine.account import Account
from engine.clock import utc_now
from engine.errors import Cause, SignInError
from engine.patience import PATIENCE, Patient

ALLOWED = 3
WINDOW = timedelta(minutes=10)

# KEYS: refusals. ARGV: time, this one, milliseconds until nothing of it counts.
REFUSED = """
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""


class SignIns:
    """At most three refused sign-ins an account in ten minutes.

    Sign-ins under way at the same moment do not see each other's refusal: open the first connection of an account
    alone.
    """

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def before(self, account: Account) -> int:
        """Called before a sign-in: how many refusals the account may still have.

        Raises SignInError(cause SIGN_IN_LIMIT) that says when it may be tried again.
        """
        since = (self._clock() - WINDOW).timestamp()
        times = self._redis.call(
            lambda redis: redis.zrange(_key(account), f"({since}", "+inf", byscore=True, withscores=True)
        )
        if len(times) < ALLOWED:
            return ALLOWED - len(times)
        again = datetime.fromtimestamp(float(times[-ALLOWED][1]), UTC) + WINDOW + timedelta(seconds=59)
        raise SignInError(
            f"{account.host} refused the password of {account.login} {ALLOWED} times within ten minutes. So that it "
            f"does not lock the account, the next try is possible at {again:%H:%M} UTC.",
            cause=Cause.SIGN_IN_LIMIT,
        )

    def refused(self, account: Account, *, times: int = 1) -> None:
        """Notes that the server refused a sign-in, `times` as it counts: NTLM and then Basic are two."""
        for _ in range(times):
            arguments = (self._clock().timestamp(), secrets.token_hex(8), WINDOW // timedelta(milliseconds=1))
            self._redis.script(REFUSED, [_key(account)], arguments)

    def accepted(self, account: Account) -> None:
        """Notes that the server let us in: earlier refusals count no more."""
        self._redis.call(lambda redis: redis.delete(_key(account)))


def _key(account: Account) -> str:
    named = f"{account.identity}\n{account.host.casefold()}"
    return f"omm:refused:{sha256(named.encode()).hexdigest()[:32]}"
