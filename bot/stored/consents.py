"""Consents: questions that somebody's browser has carried to Google's page, and what became of each.

The store keeps a digest of the state and of the browser's cookie, so that who reads it can bring neither. What is
secret of a consent is in the vault (bot/consent/secrets.py).
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
from engine.migration.content import Content
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.stored import Stored

LASTS = timedelta(minutes=10)
REMEMBERED = timedelta(hours=24)    # for which a state is told from one that never was
PREFIX = "omm:consent:"
LONGEST = 100       # characters of a state; ours are shorter
PATIENCE = 2.0      # seconds; somebody waits for a page

# KEYS: consent. ARGV: what was read, what to write, which nobody else writes. 0: somebody was quicker. Asked again
# because the answer was lost, it is done.
CHANGE = """
local known = redis.call('GET', KEYS[1])
if known == ARGV[2] then return 1 end
if known ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""

# KEYS: names of what there is for a form or task. ARGV: seconds until they are forgotten, new names.
NOTE = """
redis.call('SADD', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""


class Status(StrEnum):
    """How far a consent has come. What is not one of OPEN stays as it is."""

    ASKED = "asked"             # the browser was sent to Google's page
    HELD = "held"               # a code came, and not from the browser and person whom we had sent there
    TAKEN = "taken"             # it came back to both; its code is to be exchanged
    GRANTED = "granted"         # what was granted is kept
    DENIED = "denied"           # refused on Google's page
    OTHER_ACCOUNT = "other account"     # granted for another account than the one that is meant
    NOTHING = "nothing"         # nothing of what was asked for was ticked
    NO_GOOD = "no good"         # Google does not take the code
    AWAY = "away"               # Google did not answer in time
    CHANGED = "changed"         # what it was for has changed, gone on, or ended
    NOT_ALLOWED = "not allowed"         # the workspace's admins do not allow it (any more)
    FOREIGN = "foreign"         # it came back to another browser, or to another person
    LATE = "late"               # it came back after its time
    REPLACED = "replaced"       # it came back after the same person had asked once more


OPEN = frozenset({Status.ASKED, Status.HELD, Status.TAKEN})


@dataclass(frozen=True, slots=True)
class Consent(Stored):
    """One question: for which form or task it is `about`, whose it is (Slack IDs), and until when it is good (UTC).

    `id` is a digest of the state. `browser` is a digest of the cookie that the browser got. `then` is what waits for
    it: `resume` or `retry` of a task, '' for a form. `login` is the account that is meant, '' where whoever consents
    chooses it. `came` is when a code came. `address` is the account with which somebody consented, shortened. `missing`
    are contents that were not allowed. `back`: True: there may be something to give back. `told`: True: its form was
    drawn. `why` is more of why nothing came of it. `by_number`: True: a number that its browser shows is to be typed
    into Slack, `tries` how often another one was. `change` tells its last change from that of anybody else.
    """

    id: str
    about: str
    team: str
    person: str
    until: datetime
    browser: str
    contents: tuple[Content, ...]
    then: str = ""
    login: str = ""
    status: Status = Status.ASKED
    came: datetime | None = None
    address: str = ""
    missing: tuple[Content, ...] = ()
    back: bool = False
    told: bool = False
    why: str = ""
    by_number: bool = False
    tries: int = 0
    change: str = ""

    @property
    def is_open(self) -> bool:
        """True: something may still come of it."""
        return self.status in OPEN

    def is_of_browser(self, cookie: str) -> bool:
        """True: it was this browser that we have sent to Google's page."""
        return secrets.compare_digest(self.browser, _digest(cookie))


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that begins. `state` goes to Google and `cookie` to the browser; neither is kept."""

    consent: Consent
    state: str
    cookie: str

    def __repr__(self) -> str:
        """Neither of the two."""
        return f"Begun({self.consent.id})"


class Consents:
    """The consents of every workspace. All raise FatalError(cause STORE), and UnreadableError for a newer release's."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def begin(
        self, about: str, *, team: str, person: str, contents: tuple[Content, ...], then: str = "", login: str = "",
        by_number: bool = False,
    ) -> Begun:
        """A new one, of 256 random bits each for Google and for the browser. It takes the place of an older one."""
        state, cookie = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        consent = Consent(
            id_of(state), about, team, person, self._clock() + LASTS, _digest(cookie), contents, then, login,
            by_number=by_number,
        )

        def write(redis: Redis) -> None:
            redis.set(_key(consent.id), stored.write(consent), ex=REMEMBERED)
            redis.set(_newest(about, person), consent.id, ex=REMEMBERED)

        lasts = REMEMBERED // timedelta(seconds=1)
        self._redis.script(NOTE, [_of(about)], (lasts, _key(consent.id), _newest(about, person)))  # first, for `forget`
        self._redis.call(write)
        return Begun(consent, state, cookie)

    def find(self, consent_id: str) -> Consent | None:
        """The consent of that ID; None for one that never was, or too long ago."""
        known = self._redis.call(lambda redis: redis.get(_key(consent_id)))
        return None if known is None else _read(known)

    def of_state(self, state: str) -> Consent | None:
        """The consent of that state; None as for `find`."""
        return self.find(id_of(state)) if 0 < len(state) <= LONGEST else None

    def newest(self, about: str, person: str) -> Consent | None:
        """The last one for that form or task, of that person."""
        known = self._redis.call(lambda redis: redis.get(_newest(about, person)))
        return None if known is None else self.find(text(known))

    def change(self, consent_id: str, do: Callable[[Consent], Consent]) -> Consent | None:
        """The consent as `do` leaves it, which is called again when somebody else was quicker. None: there is none."""
        while (known := self._redis.call(lambda redis: redis.get(_key(consent_id)))) is not None:
            before = _read(known)
            after = do(before)
            if after == before:
                return before
            after = replace(after, change=secrets.token_hex(8))
            if self._redis.script(CHANGE, [_key(consent_id)], (known, stored.write(after))):
                return after
        return None

    def forget(self, about: str) -> None:
        """Removes every consent for that form or task of which nothing is left to be done or given back.

        Who is still at Google's page finds, on coming back, that nothing is needed any more.
        """
        keys = [text(key) for key in self._redis.call(lambda redis: redis.smembers(_of(about)))]
        gone = [key for key in keys if key.startswith(_newest(about, "")) or not self._is_needed(key)]
        self._redis.call(lambda redis: redis.delete(*gone, _of(about)))

    def _is_needed(self, key: str) -> bool:
        """True: something is to be done with it, or to be given back."""
        known = self._redis.call(lambda redis: redis.get(key))
        consent = None if known is None else self.change(_read(known).id, _ended)
        return consent is not None and (consent.back or consent.is_open or consent.status is Status.CHANGED)


def _ended(consent: Consent) -> Consent:
    """The consent, when what it was for is gone, without whose account is meant. Nobody is asked for a number."""
    is_over = consent.status in (Status.ASKED, Status.HELD)
    return replace(consent, status=Status.CHANGED if is_over else consent.status, login="")


def id_of(state: str) -> str:
    """What the consent of that state is called."""
    return _digest(state)


def _read(known: bytes | str) -> Consent:
    return stored.read(Consent, known, name="This consent")


def _key(consent_id: str) -> str:
    return f"{PREFIX}{consent_id}"


def _newest(about: str, person: str) -> str:
    return f"{PREFIX}newest:{about}:{person}"


def _of(about: str) -> str:
    return f"{PREFIX}of:{about}"


def _digest(value: str) -> str:
    return sha256(value.encode(errors="replace")).hexdigest()
