"""Reports: what was not copied, named and encrypted, in Redis; a report for each content of a task.

While a task is under way each failure has an entry of its own, so that it is written once however often it is met. When
the task has ended its report is packed: all entries compressed and encrypted as one value, a tenth of the size. Whoever
adds to it later, a rollback or a retry, unpacks it first.
"""

from __future__ import annotations

import hmac
import json
from base64 import b85decode, b85encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cryptography.fernet import InvalidToken
from redis import Redis

from engine.errors import Cause, FatalError, UnreadableError
from engine.migration.content import Content
from engine.migration.record import Failure
from engine.store import stored
from engine.store.key_file import ADD_TO
from engine.store.keys import SecretKeys
from engine.store.lasting import Lasting
from engine.store.patience import Patient, text

PACKED = "report"    # the field of the task's record
NAMED = 10_000  # failures kept by name, a task
REPORTED_AT_ONCE = 500

# KEYS: named, unnamed, and what is named of each other content. ARGV: how many are named, then fingerprint and token in
# turn.
REPORT = """
local others = 0
for i = 3, #KEYS do others = others + redis.call('HLEN', KEYS[i]) end
for i = 2, #ARGV, 2 do
    local known = redis.call('HGET', KEYS[1], ARGV[i])
    local place = redis.call('HLEN', KEYS[1])
    if known then place = string.match(known, '^%d+') end
    if known or others + place < tonumber(ARGV[1]) then
        redis.call('HSET', KEYS[1], ARGV[i], place .. ':' .. ARGV[i + 1])
    else
        redis.call('SADD', KEYS[2], ARGV[i])
    end
end
return 1
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What was not copied: named in the order it was met, and how many more there are.

    `counted` were never named; `unreadable` were named by a newer release.
    """

    failures: tuple[Failure, ...] = ()
    counted: int = 0
    unreadable: int = 0

    @property
    def unnamed(self) -> int:
        """How many are not named here."""
        return self.counted + self.unreadable


class Reports:
    """Every report."""

    def __init__(self, redis: Patient, *, keys: SecretKeys) -> None:
        self._redis = redis
        self._report_keys = keys.derived("report")
        self._lasting = Lasting(redis, keys=keys)

    def add(self, task_id: str, failures: Sequence[Failure], *, seen: dict[tuple[str, ...], int]) -> None:
        """Adds to the report, encrypted. What is in it already, from before a resume, only has its reason renewed.

        Failures of one call that look the same are different items, and all listed; those of several calls with the
        same `seen`, in which they are counted, as well.
        """
        self._unpack(task_id)
        for content in dict.fromkeys(failure.content for failure in failures):
            self._add(task_id, content, self._entries([f for f in failures if f.content is content], seen))

    def _add(self, task_id: str, content: Content, entries: Iterator[tuple[str, bytes]]) -> None:
        others = [_named(task_id, other) for other in Content if other is not content]
        keys = [_named(task_id, content), _unnamed(task_id, content), *others]
        while part := list(islice(entries, REPORTED_AT_ONCE)):
            self._redis.script(REPORT, keys, [NAMED, *(value for entry in part for value in entry)])

    def _entries(
        self, failures: Sequence[Failure], seen: dict[tuple[str, ...], int]
    ) -> Iterator[tuple[str, bytes]]:
        for failure in failures:
            named = (failure.content, failure.folder, failure.item, failure.outcome)
            seen[named] = seen.get(named, 0) + 1
            told = json.dumps([*named, seen[named]]).encode()
            fingerprint = hmac.digest(self._lasting.secret("report fingerprints"), told, "sha256").hex()[:32]
            yield fingerprint, self._report_keys.encrypt(stored.write(failure).encode())

    def pack(self, task_id: str) -> None:
        """Packs the report of a task that has ended, unless a line in it is of a newer release.

        Only whoever has the task's lease may call this.
        """
        report = self.read(task_id)
        if not report.failures or report.unreadable:
            return
        lines = [stored.write(failure) for failure in report.failures]
        token = self._report_keys.encrypt(stored.squeezed(stored.write_plain(lines)))
        packed = b85encode(urlsafe_b64decode(token))       # a Fernet token with fewer letters

        def write(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            pipeline.delete(*(_named(task_id, content) for content in Content))
            pipeline.hset(_record(task_id), PACKED, packed)
            pipeline.execute()

        self._redis.call(write)

    def _unpack(self, task_id: str) -> None:
        """Gives each failure an entry of its own again."""
        packed = self._redis.call(lambda redis: redis.hget(_record(task_id), PACKED))
        if packed is None:
            return
        failures = [_failure(line) for line in self._lines(packed)]
        seen: dict[tuple[str, ...], int] = {}
        entries = {
            content: list(self._entries([f for f in failures if f is not None and f.content is content], seen))
            for content in Content
        }

        def write(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            for content, named in entries.items():
                if named:
                    for place, (fingerprint, token) in enumerate(named):
                        pipeline.hset(_named(task_id, content), fingerprint, f"{place}:{token.decode()}")
            pipeline.hdel(_record(task_id), PACKED)
            pipeline.execute()

        self._redis.call(write)

    def _lines(self, packed: bytes | str) -> list[str]:
        plain = stored.unsqueezed(self._decrypted(urlsafe_b64encode(b85decode(packed))))
        lines: list[str] = stored.read_plain(plain, name="The report", otherwise=[])
        return lines

    def clear(self, task_id: str, content: Content) -> None:
        """Empties the report of one content, whose step runs anew and finds again whatever belongs into it."""
        self._unpack(task_id)
        self._redis.call(lambda redis: redis.delete(_named(task_id, content), _unnamed(task_id, content)))

    def read(self, task_id: str) -> Report:
        """The report, content by content, each in the order it was written.

        Raises FatalError(cause STORE) when its key is missing.
        """

        def ask(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=True)
            for content in Content:
                pipeline.hvals(_named(task_id, content))
                pipeline.scard(_unnamed(task_id, content))
            pipeline.hget(_record(task_id), PACKED)
            return list(pipeline.execute())

        *found, packed = self._redis.call(ask)
        named = [sorted(_placed(text(entry)) for entry in entries) for entries in found[::2]]
        lines: list[str | bytes] = [self._decrypted(token) for placed in named for _, token in placed]
        failures = [_failure(line) for line in (lines if packed is None else self._lines(packed))]
        readable = tuple(failure for failure in failures if failure is not None)
        return Report(readable, sum(found[1::2]), len(failures) - len(readable))

    def _decrypted(self, token: str | bytes) -> bytes:
        try:
            return self._report_keys.decrypt(token.encode() if isinstance(token, str) else token)
        except InvalidToken as error:
            raise FatalError(
                f"The report was encrypted with another key. Add that key to {ADD_TO}.", cause=Cause.STORE
            ) from error


def _failure(plain: str | bytes) -> Failure | None:
    """None for a failure that a newer release has written: it is counted, and not named."""
    try:
        return stored.read(Failure, plain, name="A line of the report")
    except UnreadableError:
        return None


def report_keys(task_id: str) -> list[str]:
    """Everything in Redis that is a task's report."""
    return [key for content in Content for key in (_named(task_id, content), _unnamed(task_id, content))]


def _named(task_id: str, content: Content) -> str:
    return f"omm:task:{task_id}:report:{content}"


def _record(task_id: str) -> str:
    return f"omm:task:{task_id}"


def _unnamed(task_id: str, content: Content) -> str:
    return f"omm:task:{task_id}:unnamed:{content}"


def _placed(entry: str) -> tuple[int, str]:
    place, _, token = entry.partition(":")
    return int(place), token
