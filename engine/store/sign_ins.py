"""Sign-ins that were refused, counted over all jobs: we must never lock an owner out of their account.

Refusals are counted by account, whoever typed the password. So that a colleague's wrong guesses do not stop the owner's
task, a password that the server has accepted is not subject to the limit, until the server refuses it.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

from redis import Redis

from engine.clock import utc_now
from engine.errors import Cause, Side, SignInError
from engine.migration.account import Account
from engine.migration.keeping import SECRETS_KEPT
from engine.store.keys import SecretKeys
from engine.store.patience import PATIENCE, Patient
from engine.systems import CredentialKind
from engine.words import number

ALLOWED = 3
WINDOW = timedelta(minutes=10)

# KEYS: refusals, accepted. ARGV: time, this one, milliseconds until nothing of it counts, digest of the password or ''.
REFUSED = """
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('SREM', KEYS[2], ARGV[4])
return 1
"""

# KEYS: refusals, accepted. ARGV: digest of the password or '', milliseconds for which it is known.
ACCEPTED = """
redis.call('DEL', KEYS[1])
if ARGV[1] ~= '' then
    redis.call('SADD', KEYS[2], ARGV[1])
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return 1
"""


class SignIns:
    """At most three refused sign-ins an account in ten minutes, except with a password that its server has accepted.

    Sign-ins under way at the same moment do not see each other's refusal: open the first connection of an account
    alone.
    """

    def __init__(
        self, redis: Redis, *, keys: SecretKeys, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`keys` protect the digests of accepted passwords; `patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._keys = keys
        self._clock = clock

    def before(self, account: Account, secret: str | None = None, *, side: Side | None = None) -> int:
        """Called before a sign-in: how many refusals the account may still have. What is no password may always try.

        Raises SignInError (cause SIGN_IN_LIMIT) that names the side and says how long to wait.
        """
        if secret is not None and not _is_password(account, secret):
            return ALLOWED
        now = self._clock()
        times = self._redis.call(
            lambda redis: redis.zrange(
                _refused(account), f"({(now - WINDOW).timestamp()}", "+inf", byscore=True, withscores=True
            )
        )
        if len(times) < ALLOWED:
            return ALLOWED - len(times)
        if secret is not None and self._was_accepted(account, secret):
            return ALLOWED
        left = float(times[-ALLOWED][1]) + WINDOW.total_seconds() - now.timestamp()
        raise SignInError(_wait(side, max(1, ceil(left / 60))), side=side, cause=Cause.SIGN_IN_LIMIT)

    def refused(self, account: Account, secret: str | None = None, *, times: int = 1) -> None:
        """Notes that the server refused a sign-in, `times` as it counts: NTLM and then Basic are two.

        That password is an accepted one no longer.
        """
        digest = self._digest(account, secret)
        for _ in range(times):
            arguments = (self._clock().timestamp(), secrets.token_hex(8), _milliseconds(WINDOW), digest)
            self._redis.script(REFUSED, [_refused(account), _accepted(account)], arguments)

    def accepted(self, account: Account, secret: str | None = None) -> None:
        """Notes that the server let us in: earlier refusals no longer count, and the password is an accepted one."""
        arguments = (self._digest(account, secret), _milliseconds(SECRETS_KEPT))
        self._redis.script(ACCEPTED, [_refused(account), _accepted(account)], arguments)

    def _was_accepted(self, account: Account, secret: str) -> bool:
        digest = self._digest(account, secret)
        return bool(self._redis.call(lambda redis: redis.sismember(_accepted(account), digest)))

    def _digest(self, account: Account, secret: str | None) -> str:
        """HMAC-SHA256 (RFC 2104) under our key: whoever reads Redis cannot try passwords against it. '' for none."""
        if secret is None:
            return ""
        key = self._keys.secret("accepted passwords")
        return hmac.new(key, json.dumps([_name(account), secret]).encode(), sha256).hexdigest()


def _is_password(account: Account, secret: str) -> bool:
    """False: no wrong guess locks the account, as with a grant, of which the vault keeps JSON."""
    return account.system.row.credential is CredentialKind.PASSWORD or not secret.startswith("{")


def _wait(side: Side | None, minutes: int) -> str:
    server = "server" if side is None else f"{side} server"
    return (
        f"The {server} refused the password {ALLOWED} times in ten minutes. To keep the server from locking the "
        f"account, wait {number(minutes, 'minute')}, then try again."
    )


def _milliseconds(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)


def _name(account: Account) -> str:
    """Of the account: capitals, ports and transports make no other one."""
    return sha256(f"{account.signs_in}\n{account.host.casefold()}".encode()).hexdigest()[:32]


def _refused(account: Account) -> str:
    return f"omm:refused:{_name(account)}"


def _accepted(account: Account) -> str:
    return f"omm:accepted:{_name(account)}"
