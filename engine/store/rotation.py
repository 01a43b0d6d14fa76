"""Rotation: everything in the store that is encrypted under the secret keys is found, counted, and encrypted anew.

Each value is replaced by one step of the server, and only if it still is what was read: whatever another process writes
meanwhile stays. A value is under the newest key or it is not: after a process that was killed in between, the next one
finds what is left.
"""

from __future__ import annotations

import re
from base64 import b85decode, b85encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Any

from cryptography.fernet import InvalidToken
from redis import Redis

from engine.store import lasting, reports, task_keys, vault
from engine.store.keys import SecretKeys
from engine.store.patience import Patient, text
from engine.store.vault import REWRITE_DUE

PROOF = "omm:keys:proof"        # a word under the newest key of whoever has started last
SINCE = "omm:keys:since"        # by a key's name, since when it has been, or was, the newest of every program
AT_ONCE = 100                   # values that are replaced in one step
TASK = "omm:task:[0-9A-Z]+-[0-9A-Z]+"
PASSES = 20                     # over the whole store, until one finds nothing

# KEYS: hash, mark. ARGV: field, what was read, what to put there, in turn. The mark stays until the append-only file
# was rewritten.
REPLACE_FIELDS = """
local replaced = 0
for i = 1, #ARGV, 3 do
    if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
        replaced = replaced + 1
    end
end
if replaced > 0 then redis.call('SET', KEYS[2], 1) end
return replaced
"""

# KEYS: value, mark. ARGV: what was read, what to put there. Its time stays.
REPLACE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local left = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[2])
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
redis.call('SET', KEYS[2], 1)
return 1
"""


class Form(StrEnum):
    """How a Fernet token stands in a value."""

    PLAIN = "plain"
    PLACED = "placed"       # a number and a colon before it
    PACKED = "packed"       # its bytes in base 85


@dataclass(frozen=True, slots=True)
class Sealed:
    """Values that are encrypted: what people call them, where they are, and under which derived keys ('': our own).

    They are all fields of a hash, the one called `field`, or the value of the key itself.
    """

    what: str
    purpose: str
    keys: str
    is_hash: bool = True
    field: str = ""
    form: Form = Form.PLAIN


SEALED = (
    Sealed("passwords", "", f"{vault.INDEX}:(?!rewrite-due$).+", is_hash=False),
    Sealed("keys of tasks", "task keys", TASK, field=task_keys.FIELD),
    Sealed("reports", "report", TASK, field=reports.PACKED, form=Form.PACKED),
    Sealed("reports", "report", f"{TASK}:report:.+", form=Form.PLACED),
    Sealed("notes for reports", "report", f"{TASK}:(foretold|noted:.+)"),
    Sealed("settings as they were before", "before-images", f"{TASK}:image:.+"),
    Sealed("lasting secrets", lasting.PURPOSE, lasting.LASTING),
    Sealed("proofs of the key", "", PROOF, is_hash=False),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Of values: how many are under the newest key, under an older one, and under none of ours; how many were written.

    What was written counts as under the newest key.
    """

    newest: int = 0
    older: int = 0
    none: int = 0
    rewritten: int = 0

    def __add__(self, other: Tally) -> Tally:
        """The sums."""
        return Tally(self.newest + other.newest, self.older + other.older, self.none + other.none,
                     self.rewritten + other.rewritten)


@dataclass(frozen=True, slots=True)
class _Value:
    """One value as it was read; `field` is None where it is the value of the key itself."""

    key: str
    field: str | None
    read: str


class Rotation:
    """What is encrypted in that store. All raise FatalError(cause STORE)."""

    def __init__(self, redis: Patient, *, keys: SecretKeys) -> None:
        self._redis, self._keys = redis, keys

    def count(self) -> Mapping[str, Tally]:
        """What there is, by what it is. Changes nothing."""
        return self._pass(write=False)

    def rewrite(self) -> Mapping[str, Tally]:
        """Encrypts with the newest key whatever is not, until a whole look finds nothing more of that."""
        done: dict[str, int] = {}
        for _ in range(PASSES):
            found = self._pass(write=True)
            for what, tally in found.items():
                done[what] = done.get(what, 0) + tally.rewritten
            if not any(tally.rewritten or tally.older for tally in found.values()):
                break
        return {what: Tally(each.newest, each.older, each.none, done[what]) for what, each in found.items()}

    def newest_since(self, now: datetime) -> datetime:
        """Since when every program has had the newest key as its first; now, if that was not known."""
        known = self.known_since()
        if known is None:
            self._redis.call(lambda redis: redis.hset(SINCE, self._keys.names()[0], now.isoformat()))
        return known or now

    def known_since(self) -> datetime | None:
        """As `newest_since`; None while that is not known, and where another key has been the newest since."""
        found = self._redis.call(lambda redis: redis.hgetall(SINCE))
        times = {text(name): datetime.fromisoformat(text(since)) for name, since in found.items()}
        since = times.get(self._keys.names()[0])
        return since if since == max(times.values(), default=None) else None

    def _pass(self, *, write: bool) -> dict[str, Tally]:
        found = {sealed.what: Tally() for sealed in SEALED}
        for sealed, values in self._values():
            found[sealed.what] += self._looked_at(sealed, values, write=write)
        return found

    def _looked_at(self, sealed: Sealed, values: Sequence[_Value], *, write: bool) -> Tally:
        keys = self._keys.derived(sealed.purpose) if sealed.purpose else self._keys
        newest = none = 0
        changed: list[tuple[_Value, str]] = []
        for value in values:
            try:
                new = keys.renewed(_token(sealed.form, value.read))
            except (InvalidToken, ValueError):
                none += 1
                continue
            if new is None:
                newest += 1
            else:
                changed.append((value, _written(sealed.form, value.read, new)))
        done = self._replaced(changed) if write and changed else 0
        return Tally(newest + done, len(changed) - done, none, done)

    def _replaced(self, changed: Sequence[tuple[_Value, str]]) -> int:
        key = changed[0][0].key     # all are of one
        if changed[0][0].field is None:
            value, new = changed[0]
            return int(self._redis.script(REPLACE, [key, REWRITE_DUE], (value.read, new)))
        said = [part for value, new in changed for part in (value.field or "", value.read, new)]
        return int(self._redis.script(REPLACE_FIELDS, [key, REWRITE_DUE], said))

    def _values(self) -> Iterator[tuple[Sealed, list[_Value]]]:
        """Whatever is encrypted, key by key, in parts that can be replaced in one step."""
        places = self._places()
        while some := list(islice(places, AT_ONCE)):
            for (sealed, key), found in zip(some, self._redis.call(partial(_read, some)), strict=True):
                values = iter(_values_of(sealed, key, found))
                while part := list(islice(values, AT_ONCE)):
                    yield sealed, part

    def _places(self) -> Iterator[tuple[Sealed, str]]:
        """Every key that holds something encrypted. SCAN may name one twice (redis.io/docs/latest/commands/scan)."""
        seen: set[str] = set()
        for key in self._all_keys():
            found = [] if key in seen else [sealed for sealed in SEALED if re.fullmatch(sealed.keys, key)]
            if found:
                seen.add(key)
            yield from ((sealed, key) for sealed in found)

    def _all_keys(self) -> Iterator[str]:
        cursor: Any = 0
        while True:
            cursor, found = self._redis.call(partial(_scanned, cursor))
            yield from map(text, found)
            if not cursor:
                return


def _scanned(cursor: Any, redis: Redis) -> Any:
    return redis.scan(cursor, match="omm:*", count=1000)


def _read(places: Sequence[tuple[Sealed, str]], redis: Redis) -> list[Any]:
    """What stands at those places, in one round trip."""
    pipeline = redis.pipeline(transaction=False)
    for sealed, key in places:
        if not sealed.is_hash:
            pipeline.get(key)
        elif sealed.field:
            pipeline.hget(key, sealed.field)
        else:
            pipeline.hgetall(key)
    return list(pipeline.execute())


def _values_of(sealed: Sealed, key: str, found: Any) -> list[_Value]:
    if found is None:
        return []
    if isinstance(found, dict):
        return [_Value(key, text(field), text(value)) for field, value in found.items()]
    return [_Value(key, sealed.field or None, text(found))]


def _token(form: Form, value: str) -> bytes:
    """The Fernet token in a value. Raises ValueError."""
    if form is Form.PACKED:
        return urlsafe_b64encode(b85decode(value))
    return (value.partition(":")[2] if form is Form.PLACED else value).encode()


def _written(form: Form, value: str, token: bytes) -> str:
    """The value with that token in the place of its own."""
    if form is Form.PACKED:
        return b85encode(urlsafe_b64decode(token)).decode()
    return f"{value.partition(':')[0]}:{token.decode()}" if form is Form.PLACED else token.decode()
