"""One-time links: addresses of ours that one person can use once, for ten minutes.

The store keeps a digest of the link's token and never the token, so that who reads the store cannot use a link.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from redis import Redis

from engine.clock import utc_now
from engine.errors import Side
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored

LASTS = timedelta(minutes=10)
REMEMBERED = timedelta(hours=24)    # for which a link is told from one that never was
PREFIX = "omm:link:"
TRIES = "omm:link:tries:"
MOST_TRIES, MOST_FROM_AN_ADDRESS = 20, 200      # of a person; many people may share an address
WITHIN = 600        # seconds
PATIENCE = 2.0      # seconds; somebody waits for a page

# KEYS: link. ARGV: what was read, what to write, which nobody else writes. 0: somebody was quicker. Asked again because
# the answer was lost, it is done.
USE = """
local known = redis.call('GET', KEYS[1])
if known == ARGV[2] then return 1 end
if known ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""

# KEYS: which link is the newest. ARGV: which one was read ('' for none), which one is to be it, seconds. As above.
NEWEST = """
local known = redis.call('GET', KEYS[1]) or ''
if known == ARGV[2] then return 1 end
if known ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""

# KEYS: tries. ARGV: seconds until they are forgotten, which begin with the first one.
TRY = """
local tries = redis.call('INCR', KEYS[1])
if tries == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return tries
"""

# KEYS: names of the links for one form or migration. ARGV: seconds until they are forgotten, new names.
NOTE = """
redis.call('SADD', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""


class For(StrEnum):
    """What a link is for."""

    FORM = "form"           # the passwords of a form; about: the draft's id
    TASK = "task"           # the passwords that a migration waits for; about: the task ID
    CONSENT = "consent"     # the way to Google's page; about: the draft's id, or the task ID


class Fate(StrEnum):
    """Whether a link can be used."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REPLACED = "replaced"       # another link for the same was made since


@dataclass(frozen=True, slots=True)
class Link(Stored):
    """One link: what it is for, whose it is (Slack IDs), and until when (UTC).

    `then` is what waits for it, as `rollback` or `resume`; '' for a form. `edition` tells one state of the form from
    the next. `view` is the window that shows it; `sides` are those whose passwords are to be typed. `stopped`: an
    earlier use of it ended half-way, so that a part of what it does may be done. `change` tells its last change from
    that of anybody else.
    """

    purpose: For
    about: str
    team: str
    person: str
    until: datetime
    then: str = ""
    edition: int = 0
    used: bool = False
    replaced_by_another: bool = False
    view: str = ""
    sides: tuple[Side, ...] = ()
    stopped: bool = False
    change: str = ""

    def fate(self, now: datetime) -> Fate:
        """Whether it can be used at that time."""
        if self.used:
            return Fate.USED
        if self.replaced_by_another:
            return Fate.REPLACED
        return Fate.OPEN if now < self.until else Fate.EXPIRED


class OneTimeLinks:
    """The links of every workspace. All raise FatalError(cause STORE)."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def new(
        self, purpose: For, about: str, *, team: str, person: str, then: str = "", edition: int = 0, view: str = "",
        sides: tuple[Side, ...] = (),
    ) -> str:
        """A new link's token, 256 random bits in letters for an address. An older link for the same ends by it."""
        token = secrets.token_urlsafe(32)
        link = Link(purpose, about, team, person, self._clock() + LASTS, then, edition, view=view, sides=sides)
        newest = f"{PREFIX}newest:{purpose}:{about}:{person}"
        lasts = REMEMBERED // timedelta(seconds=1)
        self._redis.script(NOTE, [_of(about)], (lasts, _key(token), newest))     # first, for `forget`
        self._redis.call(lambda redis: redis.set(_key(token), stored.write(link), ex=REMEMBERED))
        if before := self._made_newest(newest, _key(token)):
            self._change(before, lambda one: replace(one, replaced_by_another=True))
        return token

    def find(self, token: str) -> Link | None:
        """What that link is for, whatever its fate; None for one that never was. It can be used afterwards as before.

        Raises UnreadableError for one of a newer release.
        """
        known = self._redis.call(lambda redis: redis.get(_key(token)))
        return None if known is None else stored.read(Link, known, name="This link")

    def use(self, token: str) -> Link | None:
        """Uses it up, and returns it; None unless it was open until now. Of two at once one gets it."""
        now = self._clock()
        return self._change(
            _key(token), lambda one: replace(one, used=True) if one.fate(now) is Fate.OPEN else None
        )

    def reopen(self, token: str) -> None:
        """Lets a link that was used be used again, as what it was used for has stopped half-way."""
        self._change(_key(token), lambda one: replace(one, used=False, stopped=True))

    def is_open(self, purpose: For, about: str, person: str) -> bool:
        """True: a link for that, of that person, can be used now."""
        newest = self._redis.call(lambda redis: redis.get(f"{PREFIX}newest:{purpose}:{about}:{person}"))
        known = None if newest is None else self._redis.call(lambda redis: redis.get(text(newest)))
        return known is not None and stored.read(Link, known, name="This link").fate(self._clock()) is Fate.OPEN

    def forget(self, about: str) -> None:
        """Removes every link for that form or migration."""
        keys = [text(key) for key in self._redis.call(lambda redis: redis.smembers(_of(about)))]
        self._redis.call(lambda redis: redis.delete(*keys, _of(about)))

    def tries(self, name: str) -> int:
        """How many tries were counted under that name within ten minutes."""
        return int(self._redis.call(lambda redis: redis.get(f"{TRIES}{_digest(name)}")) or 0)

    def tried(self, name: str) -> int:
        """Counts a try under a name, kept as a digest. Returns how many there were within ten minutes."""
        return int(self._redis.script(TRY, [f"{TRIES}{_digest(name)}"], (WITHIN,)))

    def _made_newest(self, newest: str, key: str) -> str:
        """Notes the link as the newest one. Returns the one before, '' for none."""
        while True:
            known = self._redis.call(lambda redis: redis.get(newest))
            before = "" if known is None else text(known)
            if self._redis.script(NEWEST, [newest], (before, key, REMEMBERED // timedelta(seconds=1))):
                return before

    def _change(self, key: str, do: Callable[[Link], Link | None]) -> Link | None:
        """The link as `do` leaves it, which is called again when somebody else was quicker; None: `do` leaves it."""
        while (known := self._redis.call(lambda redis: redis.get(key))) is not None:
            after = do(stored.read(Link, known, name="This link"))
            if after is None:
                return None
            after = replace(after, change=secrets.token_hex(8))
            if self._redis.script(USE, [key], (known, stored.write(after))):
                return after
        return None


def _key(token: str) -> str:
    return f"{PREFIX}{_digest(token)}"


def _of(about: str) -> str:
    return f"{PREFIX}of:{about}"


def _digest(value: str) -> str:
    return sha256(value.encode(errors="replace")).hexdigest()
