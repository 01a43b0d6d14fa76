"""Web sessions: who has signed in with a browser, for ten minutes, and which sign-ins were used.

A browser holds the secrets, in cookies. The store keeps digests of them, so that who reads it cannot be somebody. A
sign-in that has only begun is in the browser alone: anybody can begin one, and must not fill the store by it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from redis import Redis

from engine.clock import utc_now
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.patience import Patient
from engine.store.stored import Stored

LASTS = timedelta(minutes=10)
REMEMBERED = timedelta(minutes=30)      # that a sign-in was used; none is good for so long
USED, SESSION, REFUSED = "omm:sign-in:", "omm:session:", "omm:sign-in:refused:"
MOST_REFUSALS = 20      # in ten minutes, that are written down; anybody can be refused
PATIENCE = 2.0          # seconds; somebody waits for a page
LONGEST = 100           # characters of a secret; ours are shorter

# KEYS: sign-in. ARGV: a mark of whoever asks, seconds. Asked again because the answer was lost, it is theirs still.
USE = """
local mark = redis.call('GET', KEYS[1])
if mark then return mark == ARGV[1] and 1 or 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""

# KEYS: count. ARGV: seconds.
COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""


@dataclass(frozen=True, slots=True)
class Session(Stored):
    """Who has signed in with a browser: Slack's IDs, and until when it counts (UTC)."""

    team: str
    user: str
    until: datetime


class WebSessions:
    """The sessions of every workspace. All raise FatalError(cause STORE)."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def use(self, state: str) -> bool:
        """Uses the sign-in of that state up. True: it was not used before; of several at once one is told so."""
        arguments = (secrets.token_hex(8), _seconds(REMEMBERED))
        return bool(self._redis.script(USE, [USED + _digest(state)], arguments))

    def was_used(self, state: str) -> bool:
        """True: the sign-in of that state was used before."""
        return bool(self._redis.call(lambda redis: redis.exists(USED + _digest(state))))

    def open(self, team: str, user: str) -> str:
        """Begins the session of somebody who has signed in; the secret for their browser."""
        token, session = secrets.token_urlsafe(32), Session(team, user, self._clock() + LASTS)
        key, value = SESSION + _digest(token), stored.write(session)
        self._redis.call(lambda redis: redis.set(key, value, ex=_seconds(LASTS)))
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
        return int(self._redis.script(COUNT, [REFUSED + team], (_seconds(LASTS),)))


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()
