"""The vault: the one place where secrets are kept, encrypted, and no longer than they are needed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from cryptography.fernet import InvalidToken
from redis import Redis
from redis.exceptions import ResponseError

from engine import threads
from engine.clock import utc_now
from engine.errors import Cause, FatalError, Side, UnreadableError
from engine.store import stored
from engine.store.keys import SecretKeys
from engine.store.patience import PATIENCE, Patient, text
from engine.store.returns import Returns
from engine.store.stored import Stored
from engine.store.vault_scripts import DROP, EXPIRE, GET, PUT, RENEW, REWRITTEN

INDEX = "omm:secrets"  # every kept secret by the time it ends, in seconds since 1970; +inf when it does not
REWRITE_DUE = "omm:secrets:rewrite-due"
LEAVING = "leaving-"    # begins what stands in the place of a task's ID, where a secret goes back to its system
GOES_BACK_WITHIN = timedelta(days=1)
REWRITE = 10.0  # seconds that a rewrite of the append-only file is waited for
UNDER_WAY = "already in progress"  # in what BGREWRITEAOF answers while another rewrite runs (aof.c of Redis and Valkey)
log = logging.getLogger(__name__)


class Secret(str):
    """A secret: text for whoever signs in with it, and nothing to see in a repr, so in a traceback or a record."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Never the secret."""
        return "Secret()"


@dataclass(frozen=True, slots=True)
class Kept(Stored):
    """A secret as it is kept, encrypted: bound to its place, so that it opens nothing elsewhere."""

    task_id: str
    side: Side
    secret: str = field(repr=False)


class Vault:
    """Secrets by task and side. They are encrypted under our keys and bound to their place."""

    def __init__(
        self,
        redis: Redis,
        *,
        keys: SecretKeys,
        clock: Callable[[], datetime] = utc_now,
        patience: float = PATIENCE,
        seen: Callable[[str], None] = lambda _secret: None,
        goes_back: Callable[[str], str] | None = None,
    ) -> None:
        """`patience` is how long Redis may be away, in seconds; `seen` hears of every secret that passes, for masks.

        `goes_back` is `Returning.account`: such a secret is kept for a day more when it goes, to be given back.
        """
        self._redis = Patient(redis, patience=patience)
        self._keys = keys
        self._clock = clock
        self._seen = seen
        self._looks = goes_back is not None      # at what goes; else nothing is asked of Redis for that
        self._goes_back = goes_back or (lambda _secret: "")
        self.returns = Returns(self._redis, clock)

    def put(self, task_id: str, side: Side, secret: str, *, expires: datetime | None = None) -> None:
        """Keeps a secret, until `expires` if given. It takes the place of the former one."""
        self._seen(secret)
        former = self._to_go_back(_member(task_id, side))
        if former and self._goes_back(former) != self._goes_back(secret):
            self.let_go(former, task_id)
        plain = stored.write(Kept(task_id, side, secret)).encode()
        ends = "+inf" if expires is None else expires.timestamp()
        left = self._left(expires, goes_back=bool(self._goes_back(secret)))
        arguments = (self._keys.encrypt(plain), ends, left, _member(task_id, side))
        self._redis.script(PUT, [_key(task_id, side), INDEX], arguments)

    def renew(self, task_id: str, side: Side, before: str, secret: str) -> bool:
        """Puts `secret` in the place of `before`, for the time that this one has left.

        False: `before` is not kept any more, and whatever is there stays. Raises UnreadableError as `get`.
        """
        self._seen(secret)
        new = self._keys.encrypt(stored.write(Kept(task_id, side, secret)).encode())
        while (token := self._token(task_id, side)) is not None and self._opened(task_id, side, token) == before:
            if self._redis.script(RENEW, [_key(task_id, side)], [token, new]):
                return True     # else it is another token by now: another secret, or this one under another key
        return False

    def get(self, task_id: str, side: Side) -> Secret:
        """The secret. Raises FatalError(cause NOT_KEPT) when it is gone, over, or under a key that is lost.

        Raises UnreadableError for one of a newer release.
        """
        secret = self._kept(task_id, side)
        if secret is None:
            raise FatalError(
                f"The password of the {side} account is no longer kept. Give it once more.",
                cause=Cause.NOT_KEPT,
                side=side,
            )
        return secret

    def has(self, task_id: str, side: Side) -> bool:
        """True: `get` would bring it."""
        return self._kept(task_id, side) is not None

    def expire(self, task_id: str, side: Side, at: datetime) -> None:
        """Lets it end at that time. Does nothing when there is none."""
        self._expire(task_id, side, at, only_later=False)

    def extend(self, task_id: str, side: Side, at: datetime) -> None:
        """As `expire`, for one that would end before that time; any other is left alone."""
        self._expire(task_id, side, at, only_later=True)

    def _expire(self, task_id: str, side: Side, at: datetime, *, only_later: bool) -> None:
        left = self._left(at, goes_back=bool(self._to_go_back(_member(task_id, side))))
        arguments = (at.timestamp(), left, _member(task_id, side), int(only_later))
        self._redis.script(EXPIRE, [_key(task_id, side), INDEX], arguments)

    def rewrite_if_due(self) -> bool:
        """Has the append-only file rewritten if something secret was removed since. True: nothing is due now."""
        self._rewrite_if_due()
        return not self._redis.call(lambda redis: redis.exists(REWRITE_DUE))

    def drop(self, task_id: str, side: Side | None = None) -> None:
        """Removes one secret or both, from memory and, once the append-only file was rewritten, from disk."""
        members = [_member(task_id, each) for each in (Side if side is None else (side,))]
        for member in members:
            self._part_with(member)
        self._drop(members)
        self._rewrite_if_due()

    def hold(self, name: str, secret: str) -> None:
        """Keeps a secret for a day at most, under a name of its own, until it is known what becomes of it."""
        self.put(name, Side.SOURCE, secret, expires=self._clock() + GOES_BACK_WITHIN)

    def let_go(self, secret: str, task_id: str = "") -> None:
        """Keeps a secret that nothing needs until it was given back, for at most a day; any other not at all.

        `task_id` is the task or form that has kept it, '' for none.
        """
        if self._goes_back(secret):
            until = self._clock() + GOES_BACK_WITHIN
            self.put(f"{LEAVING}{token_hex(8)}-{task_id}", Side.SOURCE, secret, expires=until)

    def leaving(self) -> Iterator[tuple[str, Secret, bool]]:
        """What is to be given back, each with the name under which `given_back` knows it. True: its day is over.

        One of a newer release is left to that.
        """
        for task_id, side in self._members():
            if task_id.startswith(LEAVING) and (secret := self._to_go_back(_member(task_id, side))):
                yield task_id, Secret(secret), self._token(task_id, side) is None

    def stays(self, name: str) -> None:
        """Lets a secret that is to be given back wait for a day from now."""
        self.extend(name, Side.SOURCE, self._clock() + GOES_BACK_WITHIN)

    def given_back(self, name: str) -> None:
        """Removes a secret that was given back, or need not be: it is kept no longer for that."""
        self._drop([_member(name, Side.SOURCE)])
        self._rewrite_if_due()

    def named(self, prefix: str) -> list[str]:
        """The tasks and forms with secrets whose names begin so."""
        return sorted({task_id for task_id, _side in self._members() if task_id.startswith(prefix)})

    def accounts(self) -> frozenset[str]:
        """The accounts of all secrets that are kept and will go back when they go."""
        kept = (
            self._readable(task_id, side) for task_id, side in self._members() if not task_id.startswith(LEAVING)
        )
        return frozenset(self._goes_back(secret) for secret in kept if secret is not None) - {""}

    def purge(self, now: datetime) -> int:
        """Removes every secret whose time is over by `now`, and finishes what an earlier removal could not.

        Returns how many there were.
        """
        over = self._over(now)
        for member in over:
            self._part_with(member)
        dropped = self._drop(over, over_by=now) if over else 0
        self._rewrite_if_due()
        return dropped

    def _over(self, now: datetime) -> list[str]:
        """What is over by then. Whoever gives back looks at what was to go back, for one more day: it says so."""

        def by(at: datetime) -> list[str]:
            found = self._redis.call(lambda redis: redis.zrangebyscore(INDEX, "-inf", at.timestamp()))
            return [text(member) for member in found]

        late = set(by(now - GOES_BACK_WITHIN))
        return [member for member in by(now) if member in late or not member.startswith(LEAVING)]

    def _members(self) -> Iterator[tuple[str, Side]]:
        """Task and side of every secret that is kept."""
        for member in self._redis.call(lambda redis: redis.zrange(INDEX, 0, -1)):
            task_id, _, side = text(member).rpartition(":")
            yield task_id, Side(side)

    def _part_with(self, member: str) -> None:
        """Before a secret goes for good: if it is to be given back, it is kept for that."""
        if not member.startswith(LEAVING) and (secret := self._to_go_back(member)):
            self.let_go(secret, member.rpartition(":")[0])

    def _to_go_back(self, member: str) -> str:
        """The secret that stands there, also when its time is over; "" for one of which nothing goes back."""
        task_id, _, side = member.rpartition(":")
        if not self._looks:
            return ""
        token = self._redis.call(lambda redis: redis.get(f"{INDEX}:{member}"))
        with suppress(UnreadableError):
            secret = None if token is None else self._opened(task_id, Side(side), text(token).encode())
            return secret if secret is not None and self._goes_back(secret) else ""
        return ""

    def _readable(self, task_id: str, side: Side) -> Secret | None:
        """As `_kept`; None also for one of a newer release, which looks after it."""
        try:
            return self._kept(task_id, side)
        except UnreadableError:
            return None

    def _kept(self, task_id: str, side: Side) -> Secret | None:
        token = self._token(task_id, side)
        return None if token is None else self._opened(task_id, side, token)

    def _token(self, task_id: str, side: Side) -> bytes | None:
        """The secret as it is kept; None where there is none, or its time is over."""
        arguments = (self._clock().timestamp(), _member(task_id, side))
        found: bytes | None = self._redis.script(GET, [_key(task_id, side), INDEX], arguments)
        return found

    def _opened(self, task_id: str, side: Side, token: bytes) -> Secret | None:
        """The secret of a token; None for one under a key that is lost, or that belongs elsewhere."""
        try:
            plain = self._keys.decrypt(token)
        except InvalidToken:
            return None
        kept = stored.read(Kept, plain, name=f"The password of the {side} account")
        if (kept.task_id, kept.side) != (task_id, side):
            return None
        self._seen(kept.secret)
        return Secret(kept.secret)

    def _left(self, expires: datetime | None, *, goes_back: bool) -> int:
        """Milliseconds until then by our own clock, at least 1; Redis counts them by its own.

        What goes back to its system stays a day longer for that: nobody is given it meanwhile.
        """
        if expires is None:
            return 0
        until = expires + GOES_BACK_WITHIN if goes_back else expires
        return max(1, (until - self._clock()) // timedelta(milliseconds=1))

    def _drop(self, members: list[str], *, over_by: datetime | None = None) -> int:
        """Removes those secrets, or those among them whose time is over by then. Returns how many."""
        keys = [f"{INDEX}:{member}" for member in members]
        ends = "" if over_by is None else over_by.timestamp()
        return int(self._redis.script(DROP, [INDEX, REWRITE_DUE, *keys], [ends, *members]))

    def _rewrite_if_due(self) -> None:
        """A removal during the rewrite is due after it: the file may have been written before that came."""
        mark = token_hex()
        if self._redis.call(lambda redis: redis.set(REWRITE_DUE, mark, xx=True)) and self._rewritten():
            self._redis.script(REWRITTEN, [REWRITE_DUE], [mark])

    def _rewritten(self) -> bool:
        """Has the append-only file rewritten, from after now, and waits for the end.

        False when that took too long, failed, or was refused: the mark stays, and the next drop or purge tries again. A
        rewrite that was under way does not count, for it may have begun before the removal.
        """
        if not self._persistence().get("aof_enabled"):
            return True  # there is no such file
        over = threads.monotonic() + REWRITE
        while self._idle_by(over):
            refusal = self._asked_to_rewrite()
            if not refusal:
                return self._idle_by(over) and self._persistence().get("aof_last_bgrewrite_status") == "ok"
            if UNDER_WAY not in refusal:
                log.warning("The store (Redis) does not rewrite its append-only file, so removed passwords stay in it, "
                            "encrypted, until it does: %s", refusal)
                return False
            threads.sleep(0.01)     # another door's rewrite was quicker
        return False

    def _persistence(self) -> dict[str, object]:
        def read(redis: Redis) -> dict[str, object]:
            try:
                return dict(redis.info("persistence"))
            except ResponseError:
                return {}

        return self._redis.call(read)

    def _idle_by(self, over: float) -> bool:
        while threads.monotonic() < over:
            if not self._busy():
                return True
            threads.sleep(0.01)
        return False

    def _busy(self) -> bool:
        now = self._persistence()
        return bool(now.get("aof_rewrite_in_progress") or now.get("aof_rewrite_scheduled"))

    def _asked_to_rewrite(self) -> str:
        """'' when the rewrite was begun, else why not, in the server's words; a hosted server may not let us."""

        def ask(redis: Redis) -> str:
            try:
                redis.bgrewriteaof()
            except ResponseError as error:
                return str(error)
            return ""

        return self._redis.call(ask)


def kept_by(name: str) -> str:
    """The task or form that has kept what goes back under that name; '' for none."""
    return name.removeprefix(LEAVING).partition("-")[2]


def _member(task_id: str, side: Side) -> str:
    return f"{task_id}:{side}"


def _key(task_id: str, side: Side) -> str:
    return f"{INDEX}:{_member(task_id, side)}"
