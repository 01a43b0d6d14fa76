"""Web sessions: sign-ins that a browser has begun, and who has signed in with it. Both end after ten minutes.

A browser holds the secrets, in cookies. The store keeps digests of them, so that who reads it can neither finish a
sign-in nor be somebody. Where a sign-in leads back to is in the browser alone, for that path may be a one-time link.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from redis import Redis

from engine.clock import utc_now
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient
from engine.store.stored import Stored

LASTS = timedelta(minutes=10)
REMEMBERED = timedelta(hours=1)     # for which a sign-in that is over is told from one that never was
BEGUN, SESSION, REFUSED = "omm:sign-in:", "omm:session:", "omm:sign-in:refused:"
MOST_REFUSALS = 20      # in ten minutes, that are written down; anybody can be refused
PATIENCE = 2.0          # seconds; somebody waits for a page
LONGEST = 100           # characters of a secret; ours are shorter

# KEYS: sign-in. ARGV: what was read, what to write. 0: somebody was quicker.
USE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""

# KEYS: count. ARGV: seconds.
COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""


@dataclass(frozen=True, slots=True)
class Begun(Stored):
    """A sign-in of one workspace that can be finished until then (UTC), once, by the browser with that cookie."""

    team: str
    cookie: str         # a digest
    until: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class Session(Stored):
    """Who has signed in with a browser: Slack's IDs, and until when it counts (UTC)."""

    team: str
    user: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Beginning:
    """What begins a sign-in. `state` and `nonce` go to Slack, `cookie` into the browser."""

    state: str
    nonce: str
    cookie: str


class WebSessions:
    """The sessions of every workspace. All raise FatalError(cause STORE)."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def begin(self, team: str, back: str) -> Beginning:
        """Begins a sign-in that leads back to that path."""
        state = secrets.token_urlsafe(32)
        cookie = f"{secrets.token_urlsafe(32)}.{urlsafe_b64encode(back.encode()).decode().rstrip('=')}"
        begun = Begun(team, _digest(cookie), self._clock() + LASTS)
        seconds = int(REMEMBERED.total_seconds())
        self._redis.call(lambda redis: redis.set(BEGUN + _digest(state), stored.write(begun), ex=seconds))
        return Beginning(state, nonce_of(cookie), cookie)

    def find(self, state: str) -> Begun | None:
        """The sign-in with that state; None for one that never was. Raises UnreadableError for a newer release's."""
        if not 0 < len(state) <= LONGEST:
            return None
        known = self._redis.call(lambda redis: redis.get(BEGUN + _digest(state)))
        return None if known is None else stored.read(Begun, known, name="This sign-in")

    def is_by(self, begun: Begun, cookie: str) -> bool:
        """True: the browser with that cookie began it."""
        return secrets.compare_digest(begun.cookie, _digest(cookie))

    def use(self, state: str) -> bool:
        """Uses a sign-in up. True: it could be used until now; of two at once one is told so."""
        key = BEGUN + _digest(state)
        known = self._redis.call(lambda redis: redis.get(key))
        if known is None:
            return False
        begun = stored.read(Begun, known, name="This sign-in")
        if begun.used or self._clock() >= begun.until:
            return False
        return bool(self._redis.script(USE, [key], (known, stored.write(replace(begun, used=True)))))

    def open(self, team: str, user: str) -> str:
        """Begins the session of somebody who has signed in; the secret for their browser."""
        token, session = secrets.token_urlsafe(32), Session(team, user, self._clock() + LASTS)
        seconds = int(LASTS.total_seconds())
        self._redis.call(lambda redis: redis.set(SESSION + _digest(token), stored.write(session), ex=seconds))
        return token

    def session(self, token: str) -> Session | None:
        """The session of a browser with that secret; None where there is none, or it is over."""
        if not 0 < len(token) <= LONGEST:
            return None
        known = self._redis.call(lambda redis: redis.get(SESSION + _digest(token)))
        if known is None:
            return None
        try:
            session = stored.read(Session, known, name="This session")
        except UnreadableError:         # of a newer release: they sign in once more
            return None
        return session if self._clock() < session.until else None

    def count_refusal(self, team: str) -> int:
        """Counts a sign-in that was refused; the number of those within ten minutes."""
        return int(self._redis.script(COUNT, [REFUSED + team], (int(LASTS.total_seconds()),)))


def nonce_of(cookie: str) -> str:
    """What Slack is to repeat for the browser with that cookie (OpenID Connect Core 1.0, 15.5.2)."""
    return _digest(f"nonce {cookie}")


def back_of(cookie: str) -> str:
    """Where the sign-in of that browser leads back to. The cookie has to be one of ours (`is_by`)."""
    written = cookie.partition(".")[2]
    return urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()


def cookie_name(state: str) -> str:
    """What the cookie of that sign-in is called: each has its own, for a browser may begin several at once."""
    return f"omm-sign-in-{_digest(state)[:16]}"


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()
