"""The store: migration records and what must survive beside them, in Redis.

Nothing here is a journal of items. What is at the destination is known from the destination; kept are the tags whose
request has not been answered, and the report. Keys begin with `omm:`.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from typing import Any

from cryptography.fernet import InvalidToken
from redis import Redis

from engine import lease
from engine.account import Account
from engine.clock import utc_now
from engine.errors import Cause, FatalError, InputError, LeaseLostError
from engine.keys import SecretKeys
from engine.lease import Lease
from engine.migration import RESUMABLE, Content, Failure, Migration, MigrationRequest, Reason, from_json, to_json
from engine.patience import PATIENCE, Patient, text
from engine.task_id import new_task_id

NAMED = 10_000  # failures kept by name, a task
PAGE = 100  # records read in one round trip
REPORTED_AT_ONCE = 500

TASKS = "omm:tasks"  # every task ID, in the order they were made
NUMBER = "omm:tasks:number"

# KEYS: record, number, tasks, pair. ARGV: record as JSON, task ID.
CREATE = """
local record = redis.call('HGET', KEYS[1], 'record')
if record then return record == ARGV[1] and 1 or 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'fencing', 0)
local number = redis.call('INCR', KEYS[2])
redis.call('ZADD', KEYS[3], number, ARGV[2])
redis.call('ZADD', KEYS[4], number, ARGV[2])
return 1
"""

# KEYS: record, number, tasks, pair, mailbox or record. ARGV: record as JSON, task ID, fencing number.
SAVE = """
local known = tonumber(redis.call('HGET', KEYS[1], 'fencing') or 0)
if known > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'fencing', ARGV[3])
local number = redis.call('ZSCORE', KEYS[3], ARGV[2]) or redis.call('INCR', KEYS[2])
redis.call('ZADD', KEYS[3], number, ARGV[2])
redis.call('ZADD', KEYS[4], number, ARGV[2])
if KEYS[5] ~= KEYS[1] then redis.call('ZADD', KEYS[5], number, ARGV[2]) end
return 1
"""

# KEYS: record, asks. ARGV: what is asked.
ASK = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('SADD', KEYS[2], ARGV[1])
return 1
"""

# KEYS: open, resent. ARGV: folder, time, this request, tags… The same request again counts no second send.
OPEN = """
for i = 4, #ARGV do
    local known = redis.call('HGET', KEYS[1], ARGV[i]) or redis.call('HGET', KEYS[2], ARGV[i])
    local sends = 1
    if known then
        local tag = cjson.decode(known)
        sends = tag.request == ARGV[3] and tag.sends or tag.sends + 1
    end
    local tag = cjson.encode({folder_id = ARGV[1], sent_at = ARGV[2], sends = sends, request = ARGV[3]})
    redis.call('HSET', KEYS[1], ARGV[i], tag)
    if sends > 1 then redis.call('HSET', KEYS[2], ARGV[i], tag) end
end
return 1
"""

# KEYS: named, unnamed. ARGV: how many are named, then fingerprint and token in turn.
REPORT = """
for i = 2, #ARGV, 2 do
    local known = redis.call('HGET', KEYS[1], ARGV[i])
    local place = redis.call('HLEN', KEYS[1])
    if known then place = string.match(known, '^%d+') end
    if known or place < tonumber(ARGV[1]) then
        redis.call('HSET', KEYS[1], ARGV[i], place .. ':' .. ARGV[i + 1])
    else
        redis.call('SADD', KEYS[2], ARGV[i])
    end
end
return 1
"""


class Ask(StrEnum):
    """What a person asks of a migration that somebody else is running."""

    PAUSE = "pause"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class OpenTag:
    """A tag that was sent: into which folder, when last (UTC), and how many times without an answer between."""

    folder_id: str
    sent_at: datetime
    sends: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was not copied: named in the order it was met, and how many more were only counted."""

    failures: tuple[Failure, ...] = ()
    unnamed: int = 0


class Store:
    """Everything of a migration that outlives a process, but for its secrets.

    A Redis that is away for a moment is waited for; FatalError(cause STORE) when it stays away or refuses.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        keys: SecretKeys,
        clock: Callable[[], datetime] = utc_now,
        patience: float = PATIENCE,
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._report_keys = keys.derived("report")
        self._fingerprints = keys.secret("report fingerprints")
        self._clock = clock

    # The record

    def create(self, request: MigrationRequest, *, task_id: str | None = None) -> Migration:
        """A new record under a task ID that none had before, saved; under `task_id`, the one that there is."""
        now = self._clock()
        while True:
            migration = Migration(task_id or new_task_id(), request, created=now, updated=now)
            record = _record(migration.task_id)
            pair = _pair(request.source, request.destination)
            keys = [record, NUMBER, TASKS, pair]
            if self._redis.script(CREATE, keys, (_dumped(migration), migration.task_id)):
                return migration
            if task_id is not None:
                return self.load(task_id)

    def save(self, migration: Migration) -> None:
        """Writes the record down, stamped as updated now.

        Raises LeaseLostError when somebody with a higher fencing number has written it.
        """
        stamped = replace(migration, updated=self._clock())
        record = _record(migration.task_id)
        pair = _pair(migration.request.source, migration.request.destination)
        mailbox = _mailbox(migration.mailbox) if migration.mailbox else record
        keys = [record, NUMBER, TASKS, pair, mailbox]
        if not self._redis.script(SAVE, keys, (_dumped(stamped), migration.task_id, migration.fencing)):
            raise LeaseLostError(f"Another process has taken over task {migration.task_id}.")

    def load(self, task_id: str) -> Migration:
        """The record. Raises InputError when there is none."""
        found = next(self._loaded([task_id]), None)
        if found is None:
            raise InputError(f"There is no task {task_id}.")
        return found

    def all(self) -> Iterator[Migration]:
        """Every record, newest first."""
        return self._newest_first(TASKS)

    def open_for(self, source: Account, destination: Account) -> Migration | None:
        """The newest migration of exactly these two accounts that can be resumed."""
        pairs = self._newest_first(_pair(source, destination))
        return next((migration for migration in pairs if migration.state in RESUMABLE), None)

    def of_mailbox(self, mailbox: str) -> list[Migration]:
        """Every migration into that destination mailbox, newest first."""
        return list(self._newest_first(_mailbox(mailbox)))

    def _newest_first(self, index: str) -> Iterator[Migration]:
        ids = self._redis.call(lambda redis: redis.zrevrange(index, 0, -1))
        task_ids = iter([text(task_id) for task_id in ids])
        while page := list(islice(task_ids, PAGE)):
            yield from self._loaded(page)

    def _loaded(self, task_ids: Sequence[str]) -> Iterator[Migration]:
        def read(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=False)
            for task_id in task_ids:
                pipeline.hget(_record(task_id), "record")
            return list(pipeline.execute())

        return (from_json(json.loads(record)) for record in self._redis.call(read) if record is not None)

    def forget(self, task_id: str) -> None:
        """Removes everything of a task but its secrets: dropping those is the vault's."""
        indexes = [TASKS]
        for migration in self._loaded([task_id]):
            indexes.append(_pair(migration.request.source, migration.request.destination))
            indexes += [_mailbox(migration.mailbox)] if migration.mailbox else []

        def remove(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            for index in indexes:
                pipeline.zrem(index, task_id)
            pipeline.delete(_record(task_id), *(_of(task_id, part) for part in PARTS))
            pipeline.execute()

        self._redis.call(remove)

    # The owner

    def acquire(self, name: str, *, holder: str) -> Lease | str:
        """The lease called `name`, or the words of whoever has it. `holder` are ours."""
        return lease.acquire(self._redis, name, holder=holder)

    def held(self, name: str) -> str | None:
        """The words of whoever has the lease called `name` now; None when it is free."""
        return lease.held(self._redis, name)

    # What a person asks

    def ask(self, task_id: str, ask: Ask) -> None:
        """Leaves word for whoever runs the migration. Raises InputError when there is no such task."""
        if not self._redis.script(ASK, [_record(task_id), _of(task_id, "asks")], (ask.value,)):
            raise InputError(f"There is no task {task_id}.")

    def asked(self, task_id: str) -> frozenset[Ask]:
        """What was asked and not answered yet."""
        asks = self._redis.call(lambda redis: redis.smembers(_of(task_id, "asks")))
        return frozenset(Ask(text(ask)) for ask in asks)

    def answer(self, task_id: str, *asks: Ask) -> None:
        """Notes that this was done or came too late."""
        if asks:
            self._redis.call(lambda redis: redis.srem(_of(task_id, "asks"), *asks))

    # Open tags

    def open_tags(self, task_id: str, folder_id: str, tags: Sequence[str]) -> None:
        """Notes, before their request goes out, that these tags are being sent. One round trip.

        The note survives a kill of this process and of the server in the box, which answers only when it is on disk
        (`appendfsync always`). With a server of one's own that is up to its settings: `everysec` may lose the last
        two seconds when that server is killed.
        """
        if tags:
            arguments = (folder_id, self._clock().isoformat(), secrets.token_hex(8), *tags)
            self._redis.script(OPEN, [_of(task_id, "open"), _of(task_id, "resent")], arguments)

    def close_tags(self, task_id: str, tags: Sequence[str]) -> None:
        """Notes that these were answered for sure. One round trip."""
        if tags:
            self._redis.call(lambda redis: redis.hdel(_of(task_id, "open"), *tags))

    def opened(self, task_id: str) -> dict[str, OpenTag]:
        """Every tag that was sent and not answered for sure."""
        return self._tags(task_id, "open")

    def resent(self, task_id: str) -> dict[str, OpenTag]:
        """Every tag that was sent again while it was open, answered since or not: there may be two copies."""
        return self._tags(task_id, "resent")

    def forget_resent(self, task_id: str) -> None:
        """Ends the list of `resent`: the step is over."""
        self._redis.call(lambda redis: redis.delete(_of(task_id, "resent")))

    def _tags(self, task_id: str, part: str) -> dict[str, OpenTag]:
        tags = self._redis.call(lambda redis: redis.hgetall(_of(task_id, part)))
        return {text(tag): _open_tag(json.loads(value)) for tag, value in tags.items()}

    # The report

    def report(
        self, task_id: str, failures: Sequence[Failure], *, seen: dict[tuple[str, ...], int] | None = None
    ) -> None:
        """Adds to the report, encrypted. What is in it already, from before a resume, only has its reason renewed.

        Failures of one call that look the same are different items, and all listed; those of several calls with the
        same `seen`, in which they are counted, as well.
        """
        keys = [_of(task_id, "report"), _of(task_id, "unnamed")]
        entries = iter(self._entries(failures, {} if seen is None else seen))
        while part := list(islice(entries, REPORTED_AT_ONCE)):
            self._redis.script(REPORT, keys, [NAMED, *(value for entry in part for value in entry)])

    def _entries(
        self, failures: Sequence[Failure], seen: dict[tuple[str, ...], int]
    ) -> Iterator[tuple[str, bytes]]:
        for failure in failures:
            named = (failure.content, failure.folder, failure.item, failure.outcome)
            seen[named] = seen.get(named, 0) + 1
            told = json.dumps([*named, seen[named]]).encode()
            fingerprint = hmac.digest(self._fingerprints, told, "sha256").hex()[:32]
            yield fingerprint, self._report_keys.encrypt(json.dumps(asdict(failure)).encode())

    def clear_report(self, task_id: str) -> None:
        """Empties the report: a visit that starts finds again whatever still belongs into it."""
        self._redis.call(lambda redis: redis.delete(_of(task_id, "report"), _of(task_id, "unnamed")))

    def reported(self, task_id: str) -> Report:
        """The report, in the order it was written. Raises FatalError(cause STORE) when its key is missing."""

        def read(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=True)
            pipeline.hvals(_of(task_id, "report"))
            pipeline.scard(_of(task_id, "unnamed"))
            return list(pipeline.execute())

        entries, unnamed = self._redis.call(read)
        placed = sorted(_placed(text(entry)) for entry in entries)
        return Report(tuple(self._failure(token) for _, token in placed), unnamed)

    def _failure(self, token: str) -> Failure:
        try:
            plain = json.loads(self._report_keys.decrypt(token.encode()))
        except InvalidToken as error:
            raise FatalError(
                "The report was encrypted with another key. Add that key to OMM_SECRET_KEYS.", cause=Cause.STORE
            ) from error
        return Failure(**{**plain, "content": Content(plain["content"]), "outcome": Reason(plain["outcome"])})

    # Small facts

    def remember(self, task_id: str, key: str, value: str) -> None:
        """Keeps a small fact of a step."""
        self._redis.call(lambda redis: redis.hset(_of(task_id, "facts"), key, value))

    def recall(self, task_id: str, key: str) -> str | None:
        """The fact that was last remembered under `key`."""
        value = self._redis.call(lambda redis: redis.hget(_of(task_id, "facts"), key))
        return None if value is None else text(value)


PARTS = ("asks", "open", "resent", "report", "unnamed", "facts")


def _record(task_id: str) -> str:
    return f"omm:task:{task_id}"


def _of(task_id: str, part: str) -> str:
    return f"omm:task:{task_id}:{part}"


def _mailbox(mailbox: str) -> str:
    return f"omm:mailbox:{_digest(mailbox)}"


def _pair(source: Account, destination: Account) -> str:
    ends = [[account.identity, account.host.casefold(), account.port] for account in (source, destination)]
    return f"omm:pair:{_digest(json.dumps(ends))}"


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()[:32]


def _dumped(migration: Migration) -> str:
    return json.dumps(to_json(migration))


def _open_tag(plain: dict[str, Any]) -> OpenTag:
    return OpenTag(plain["folder_id"], datetime.fromisoformat(plain["sent_at"]), int(plain["sends"]))


def _placed(entry: str) -> tuple[int, str]:
    place, _, token = entry.partition(":")
    return int(place), token
