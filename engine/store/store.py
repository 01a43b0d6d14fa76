"""The store: migration records and what must survive beside them, in Redis.

Nothing here is a journal of items. What is at the destination is known from the destination; kept are the tags whose
request has not been answered, and what the report says. Keys begin with `omm:`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from redis import Redis

from engine.clock import utc_now
from engine.decisions import decided
from engine.errors import InputError, LeaseLostError, OmmError, UnreadableError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Failure, Migration, State
from engine.migration.request import MigrationRequest
from engine.migration.states import ENDED, RESUMABLE, Ask
from engine.migration.task_id import new_task_id
from engine.ports.items import Foretold
from engine.store import indexes, layout, lease, stored
from engine.store.images import IMAGES, Images, image_keys
from engine.store.indexes import NUMBER, PAGE, TASKS, mailbox_key, pair_key, record_key
from engine.store.keys import SecretKeys
from engine.store.lease import Lease
from engine.store.open_tags import NOTHING_FORETOLD, NOTHING_NOTED, OpenTag, OpenTags, tag_keys
from engine.store.patience import PATIENCE, Patient, text
from engine.store.reports import Report, Reports, report_keys
from engine.store.task_keys import TaskKeys

# KEYS: record, ask. ARGV: the ask, its token, then the asks that it may take the place of. 0: no such task. 2: another
# one waits.
ASK = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local pending = redis.call('GET', KEYS[2])
local weaker = not pending
for i = 3, #ARGV do
    weaker = weaker or string.sub(pending, 1, #ARGV[i] + 1) == ARGV[i] .. ' '
end
if not weaker then return 2 end
redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. ARGV[2])
return 1
"""

# KEYS: ask. ARGV: the ask with its token. Another one that has taken its place stays.
ANSWER = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks, until it is answered. `token` tells one asking from the next."""

    ask: Ask
    token: str

    def __str__(self) -> str:
        """As it is stored."""
        return f"{self.ask} {self.token}"


class Store:
    """Everything of a migration that outlives a process, but for its secrets.

    A Redis that is away for a moment is waited for; FatalError(cause STORE) when it stays away or refuses.
    """

    def __init__(
        self, redis: Redis, *, keys: SecretKeys, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._reports = Reports(self._redis, keys=keys)
        self.task_keys = TaskKeys(self._redis, keys=keys)
        self.key_names = keys.names         # of the secret keys, as they are when it is called
        self.images = Images(self._redis, keys=keys)       # before-images of settings
        self.tags = OpenTags(self._redis, keys=keys, clock=clock)
        self._clock = clock
        self._said: set[str] = set()    # unreadable records that the log has named

    # The record

    def create(self, request: MigrationRequest, *, task_id: str | None = None) -> Migration:
        """A new record under a task ID that none had before, saved; under `task_id`, the one that there is."""
        now = self._clock()
        while True:
            migration = Migration(task_id or new_task_id(), request, created=now, updated=now)
            if self.begin(migration):
                return migration
            if task_id is not None:
                return self.load(task_id)

    def begin(self, migration: Migration) -> bool:
        """Saves the first record of a task. False: there is another one, which stays as it is."""
        pair = pair_key(migration.request.source, migration.request.destination)
        keys = [record_key(migration.task_id), NUMBER, TASKS, pair, layout.KEY, *indexes.keys_of(migration)]
        arguments = (stored.write(migration), migration.task_id, self._clock().timestamp(), layout.LAYOUT)
        return bool(self._redis.script(indexes.CREATE, keys, arguments))

    def save(self, migration: Migration, *, quietly: bool = False) -> None:
        """Writes the record down, stamped as updated now; `quietly`, as it is.

        Raises LeaseLostError when somebody with a higher fencing number has written it, or the task was forgotten.
        """
        stamped = migration if quietly else replace(migration, updated=self._clock())
        record = record_key(migration.task_id)
        pair = pair_key(migration.request.source, migration.request.destination)
        mailbox = mailbox_key(migration.mailbox) if migration.mailbox else record
        keys = [record, NUMBER, TASKS, pair, mailbox, *indexes.keys_of(migration)]
        now, resumable = stamped.updated.timestamp(), int(migration.state in RESUMABLE)
        arguments = (_written(stamped), migration.task_id, now, migration.fencing, resumable)
        if not self._redis.script(indexes.SAVE, keys, arguments):
            raise LeaseLostError(f"Another process has taken over migration {migration.task_id}.")

    def load(self, task_id: str) -> Migration:
        """The record. Raises InputError when there is none, UnreadableError for one that this release cannot read."""
        found = next(self._loaded([task_id]), None)
        if found is None:
            raise InputError(f"There is no migration {task_id}. Check the task ID.")
        return found

    def all(self, *, unreadable: Callable[[str], None] | None = None) -> Iterator[Migration]:
        """Every record that can be read, newest first; `unreadable` is called with the task ID of each other one."""
        return self._newest_first(TASKS, unreadable or _passed_over)

    def open_for(self, source: Account, destination: Account) -> Migration | None:
        """The newest migration of exactly these two accounts that can be resumed.

        Raises UnreadableError while one of them is unreadable: it may be that one.
        """
        pairs = self._newest_first(pair_key(source, destination))
        return next((migration for migration in pairs if migration.state in RESUMABLE), None)

    def of_mailbox(self, mailbox: str) -> list[Migration]:
        """Every migration into that destination mailbox, newest first. Raises UnreadableError, as `open_for`."""
        return list(self._newest_first(mailbox_key(mailbox)))

    def some(self, task_ids: Sequence[str]) -> Iterator[Migration]:
        """Those of the records that there are and that can be read, in that order."""
        for begin in range(0, len(task_ids), PAGE):
            yield from self._loaded(task_ids[begin : begin + PAGE], _passed_over)

    def of_state(self, state: State) -> frozenset[str]:
        """The IDs of the tasks in that state, as far as the index says."""
        ids = self._redis.call(lambda redis: redis.zrange(indexes.state_key(state), 0, -1))
        return frozenset(text(task_id) for task_id in ids)

    def mend_indexes(self) -> int:
        """Lists every task where its record says, as indexes.mend."""
        return indexes.mend(self._redis)

    def _newest_first(self, index: str, unreadable: Callable[[str], None] | None = None) -> Iterator[Migration]:
        ids = self._redis.call(lambda redis: redis.zrevrange(index, 0, -1))
        task_ids = iter([text(task_id) for task_id in ids])
        while page := list(islice(task_ids, PAGE)):
            yield from self._loaded(page, unreadable)

    def _loaded(
        self, task_ids: Sequence[str], unreadable: Callable[[str], None] | None = None
    ) -> Iterator[Migration]:
        """The records that there are. Without `unreadable`, one that cannot be read raises UnreadableError."""

        def read(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=False)
            for task_id in task_ids:
                pipeline.hget(record_key(task_id), "record")
            return list(pipeline.execute())

        for task_id, record in zip(task_ids, self._redis.call(read), strict=True):
            if record is None:
                continue
            try:
                yield stored.read(Migration, record, name=f"Migration {task_id}")
            except UnreadableError:
                if unreadable is None:
                    raise
                self._say_once(task_id)
                unreadable(task_id)

    def _say_once(self, task_id: str) -> None:
        if task_id not in self._said:
            self._said.add(task_id)
            decided("record passed over", task=task_id)

    def forget(self, task_id: str) -> None:
        """Removes everything of a task but its secrets: dropping those is the vault's. Raises UnreadableError."""
        known = next(self._loaded([task_id]), None)
        self._remove(task_id, [TASKS] if known is None else indexes.that_name(known))

    def forget_damaged(self, task_id: str) -> None:
        """The same for a task whose record cannot be read, and so does not say which indexes name it: looks at all."""
        self._remove(task_id, self._redis.call(indexes.that_there_are))

    def _remove(self, task_id: str, naming: Sequence[str]) -> None:
        parts = [*(_of(task_id, part) for part in PARTS), *tag_keys(task_id)]
        kept = [*parts, *report_keys(task_id), *image_keys(task_id)]

        def remove(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            for index in naming:
                pipeline.zrem(index, task_id)
            pipeline.srem(IMAGES, task_id)
            pipeline.delete(record_key(task_id), *kept)
            pipeline.execute()

        self._redis.call(remove)

    # The owner

    def acquire(self, name: str, *, holder: str) -> Lease | str:
        """Acquires the lease called `name`, as lease.acquire; `holder` are our words for others."""
        return lease.acquire(self._redis, name, holder=holder)

    def held(self, name: str) -> str | None:
        """The words of whoever has the lease called `name` now; None when it is free."""
        return lease.held(self._redis, name)

    # What a person asks

    def ask(self, task_id: str, ask: Ask) -> bool:
        """Leaves an ask for whoever works on the migration, in the place of a weaker one.

        False: a stronger one is pending, and stays. Raises InputError when there is no such task, UnreadableError when
        a newer release's ask is pending.
        """
        arguments = (ask.value, secrets.token_hex(8), *(each for each in Ask if each not in ask.stronger))
        answer = self._redis.script(ASK, [record_key(task_id), _of(task_id, "ask")], arguments)
        if not answer:
            raise InputError(f"There is no migration {task_id}. Check the task ID.")
        if int(answer) != 1:
            self.asked(task_id)
        return int(answer) == 1

    def asked(self, task_id: str) -> Asked | None:
        """What was asked and not answered yet. Raises UnreadableError for an ask that this release does not know."""
        value = self._redis.call(lambda redis: redis.get(_of(task_id, "ask")))
        if value is None:
            return None
        ask, _, token = text(value).partition(" ")
        if ask not in set(Ask):
            raise UnreadableError(stored.NEWER.format(f"What was asked of migration {task_id}"))
        return Asked(Ask(ask), token)

    def clear_ask(self, task_id: str, asked: Asked) -> None:
        """Notes that this was acted on, was withdrawn, or came too late. What was asked since stays."""
        self._redis.script(ANSWER, [_of(task_id, "ask")], (str(asked),))

    def leave(self, task_id: str, lease: Lease, asked: Asked | None) -> bool:
        """Gives the migration's lease back if `asked` is all that is pending. False: something else was asked."""
        return lease.release_while(_of(task_id, "ask"), "" if asked is None else str(asked))

    # Open tags

    def open_tags(
        self, task_id: str, folder_id: str, tags: Sequence[str], *, deadline: float = 0.0,
        written: datetime | None = None, further: bool = False, foretold: Mapping[str, Foretold] = NOTHING_FORETOLD,
    ) -> None:
        """Notes, before their request goes out, that these tags are being sent. One round trip.

        The request may be under way for `deadline` seconds; that is over by the destination's time at `written`, the
        last write of a process that is killed after this. `further`: the request is a further one about the same items.
        `foretold` is what is to be reported of the items, should they arrive.

        The note survives a kill of this process and of the server in the box, which answers only when it is on disk
        (`appendfsync always`). With a server of one's own that is up to its settings: `everysec` may lose the last
        two seconds when that server is killed.
        """
        if tags:
            self.tags.open(
                task_id, folder_id, tags, deadline=deadline, written=written, further=further, foretold=foretold
            )

    def close_tags(
        self, task_id: str, tags: Sequence[str], *, written: datetime | None = None, content: Content | None = None,
        untold: Mapping[str, Sequence[str]] = NOTHING_NOTED,
    ) -> None:
        """Notes that these were answered for sure, `written` by the destination's time. One round trip.

        `untold` is what is to be reported of items of that content, which arrived.
        """
        if tags:
            self.tags.close(task_id, tags, written=written, content=content, untold=untold)

    def opened(self, task_id: str) -> dict[str, OpenTag]:
        """Every tag that was sent and not answered for sure."""
        return self.tags.opened(task_id)

    def resent(self, task_id: str) -> dict[str, OpenTag]:
        """Every tag that was sent again while it was open, answered since or not: there may be two copies."""
        return self.tags.opened(task_id, "resent")

    def forget_resent(self, task_id: str) -> None:
        """Ends the list of `resent`: the step is over."""
        self.tags.forget_resent(task_id)

    # The report

    def report(
        self, task_id: str, failures: Sequence[Failure], *, seen: dict[tuple[str, ...], int] | None = None
    ) -> None:
        """Adds to the report, as Reports.add."""
        self._reports.add(task_id, failures, seen={} if seen is None else seen)

    def pack_report(self, task_id: str) -> None:
        """Makes the report of a task that has ended small, as Reports.pack. Never raises: it is readable as it was."""
        with suppress(OmmError):
            self._reports.pack(task_id)

    def clear_report(self, task_id: str, content: Content) -> None:
        """Empties the report of one content, whose step runs anew and finds again whatever belongs into it."""
        self._reports.clear(task_id, content)

    def reported(self, task_id: str) -> Report:
        """The report. Raises FatalError(cause STORE) when its key is missing."""
        return self._reports.read(task_id)

    # Small facts

    def remember(self, task_id: str, key: str, value: str) -> None:
        """Keeps a small fact of a step."""
        self._redis.call(lambda redis: redis.hset(_of(task_id, "facts"), key, value))

    def recall(self, task_id: str, key: str) -> str | None:
        """The fact that was last remembered under `key`."""
        value = self._redis.call(lambda redis: redis.hget(_of(task_id, "facts"), key))
        return None if value is None else text(value)


PARTS = ("ask", "facts")


def _written(migration: Migration) -> str:
    """As it is stored: a task that has ended is kept for long, and seldom looked at."""
    return stored.write_small(migration) if migration.state in ENDED else stored.write(migration)


def _passed_over(_task_id: str) -> None:
    """What `all` does about a record that cannot be read, unless its caller says otherwise."""


def _of(task_id: str, part: str) -> str:
    return f"omm:task:{task_id}:{part}"
