"""Threads: where in Slack a task is shown, to whom it belongs, what was pressed, and what has been told."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from redis import Redis

from bot.stored.looks import DUE, look_now, thread_key
from bot.stored.opened_homes import Owner, mark
from engine.clock import utc_now
from engine.errors import UnreadableError
from engine.store import stored
from engine.store.indexes import record_key
from engine.store.patience import Patient, text
from engine.store.stored import Stored

PATIENCE = 2.0      # seconds

# KEYS: due. ARGV: task ID, when it was due, when it is due next ('' for never). 0: it has been asked for meanwhile.
LOOKED = """
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not due or tonumber(due) ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
return 1
"""

# KEYS: pressed, due, thread, record. ARGV: who did what as JSON, when in seconds since 1970, task ID. The same once
# more is one press. A task that was begun at the terminal has a record alone, and no cards to look at; one that was
# forgotten has neither.
PRESS = """
if redis.call('EXISTS', KEYS[3], KEYS[4]) == 0 then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('ZADD', KEYS[2], 0, ARGV[3]) end
return 1
"""

# KEYS: thread, due, of its owner, of its workspace, workspaces. ARGV: thread as JSON, task ID, now, workspace.
OPEN = """
if redis.call('HSETNX', KEYS[1], 'thread', ARGV[1]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], 0, ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[4], ARGV[3], ARGV[2])
redis.call('SADD', KEYS[5], ARGV[4])
return 1
"""

# A thread is one hash: itself, its cards and what has been told, because that takes half the room of three keys.
THREAD, CARD, TOLD = "thread", "card:", "told:"     # its fields; the key of a card or notice follows

# KEYS: thread. ARGV: field, value. Nothing is written of a task that was forgotten.
NOTE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
"""


TEAMS = "omm:threads:teams"     # the IDs of the workspaces in which a task was begun
OPERATOR = ""       # earlier releases call an empty user "somebody", and send them nothing


class Act(StrEnum):
    """What a person did to a task."""

    PAUSE = "paused"
    RESUME = "resumed"
    RETRY = "retried"
    CANCEL = "cancelled"
    STOP = "stopped"
    ROLLBACK = "rolled back"
    PASSWORD = "gave a password for"
    FOLLOW = "follows"
    SWITCH_ON = "switched the out-of-office on"
    ASK = "asked for the rollback of"
    APPROVE = "approved the rollback of"
    DENY = "denied the rollback of"
    WITHDRAW = "took back the rollback of"
    EXPIRE = "let expire the rollback of"


@dataclass(frozen=True, slots=True)
class Pressed(Stored):
    """Who did what, and when (UTC). `user` is a person's Slack ID, OPERATOR for the operator at the terminal.

    `retry` is which retry of the migration a RETRY has asked for, counted from 1; 0 for every other act.
    """

    at: datetime
    user: str
    act: Act
    retry: int = 0


@dataclass(frozen=True, slots=True)
class Card(Stored):
    """A message that shows the task. `drawn` is a digest of what it shows, '' when that is not known.

    `masked`: others than its owner can read it, so logins are shortened. `buttons`: its readers may press. `below` is
    the ts of the message in whose thread it stands, '' for one that stands by itself.
    """

    channel: str
    ts: str
    buttons: bool
    masked: bool
    drawn: str = ""
    drawn_at: float = 0.0       # seconds since 1970
    below: str = ""

    @property
    def key(self) -> str:
        """What tells it from the task's other cards."""
        return f"{self.channel}:{self.ts}"

    @property
    def thread(self) -> str:
        """The ts by which its thread is named: a thread has no threads in it."""
        return self.below or self.ts


@dataclass(frozen=True, slots=True)
class Thread(Stored):
    """A task as Slack knows it. `channel` is where its owner wants the first card, '' for their conversation with us.

    `notify` is a third party's e-mail address, or ''; with it, `owner_name` and `workspace` say who named it and where.
    `source_owner` and `destination_owner` are the Slack IDs of those who are told that a service account opens their
    mailbox, '' for nobody.
    """

    task_id: str
    team: str
    owner: str
    channel: str
    notify: str = ""
    owner_name: str = ""
    workspace: str = ""
    source_owner: str = ""
    destination_owner: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A task as Slack knows it: its thread, None for one that was not begun there, and its cards, the first one first.

    `is_read`: False where a part of it is of a newer release, or damaged.
    """

    task_id: str
    thread: Thread | None
    cards: tuple[Card, ...] = ()
    is_read: bool = True


class Threads:
    """Every thread. Each method is safe to call again."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    # The thread

    def open(self, thread: Thread) -> None:
        """Makes it known and due; does nothing when it is known."""
        now, keys = self._clock().timestamp(), [_of(thread.task_id), DUE, *lists_of(thread)]
        self._redis.script(OPEN, keys, (stored.write_small(thread), thread.task_id, now, thread.team))

    def load(self, task_id: str) -> Thread | None:
        """The thread, None for a task that was not begun in Slack. Raises UnreadableError."""
        value = self._redis.call(lambda redis: redis.hget(_of(task_id), THREAD))
        return None if value is None else stored.read(Thread, value, name=f"Migration {task_id}")

    def of_owner(self, team: str, owner: str) -> list[str]:
        """The IDs of a person's tasks, newest first."""
        found = self._redis.call(lambda redis: redis.zrevrange(owned_by(team, owner), 0, -1))
        return [text(task_id) for task_id in found]

    def some(self, task_ids: Sequence[str]) -> list[Seen]:
        """Those tasks as Slack knows them, in one round trip."""
        return [_seen(task_id, found) for task_id, found in zip(task_ids, self._hashes(task_ids), strict=True)]

    def _hashes(self, task_ids: Sequence[str]) -> list[dict[Any, Any]]:
        def read(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=False)
            for task_id in task_ids:
                pipeline.hgetall(_of(task_id))
            return list(pipeline.execute())

        return self._redis.call(read)

    # Its cards

    def cards(self, task_id: str) -> list[Card]:
        """Its cards, the first one first. Raises UnreadableError: one of them may be what is about to be posted."""
        found = self._redis.call(lambda redis: redis.hgetall(_of(task_id)))
        values = [value for field, value in found.items() if text(field).startswith(CARD)]
        cards = [stored.read(Card, value, name=f"A card of migration {task_id}") for value in values]
        return sorted(cards, key=lambda card: float(card.ts or 0))

    def put_card(self, task_id: str, card: Card) -> None:
        """Notes a card, or how it looks now. Does nothing when the task was forgotten meanwhile."""
        self._redis.script(NOTE, [_of(task_id)], (f"{CARD}{card.key}", stored.write_small(card)))

    def drop_card(self, task_id: str, card: Card) -> None:
        """Forgets a card that is gone from Slack."""
        self._redis.call(lambda redis: redis.hdel(_of(task_id), f"{CARD}{card.key}"))

    # When to look at it again

    def all_changed(self, task_ids: Sequence[str]) -> None:
        """Has the cards of all these looked at; each has a thread."""
        if task_ids:
            self._redis.call(lambda redis: redis.zadd(DUE, dict.fromkeys(task_ids, 0)))

    def due(self, now: float) -> list[str]:
        """The tasks whose cards are to be looked at by `now` (seconds since 1970), the longest waiting first."""
        found = self._redis.call(lambda redis: redis.zrangebyscore(DUE, "-inf", now))
        return [text(task_id) for task_id in found]

    def next_due(self, after: float) -> float:
        """When the next look after that moment is due, in seconds since 1970; math.inf when none is."""
        found = self._redis.call(
            lambda redis: redis.zrange(DUE, f"({after}", "+inf", byscore=True, offset=0, num=1, withscores=True)
        )
        return float(found[0][1]) if found else math.inf

    def look_again(self, task_id: str, at: float | None) -> None:
        """Has its cards looked at again by that time (seconds since 1970; 0: at once), or never again."""
        if at is None:
            self._redis.call(lambda redis: redis.zrem(DUE, task_id))
        else:
            self._redis.call(lambda redis: redis.zadd(DUE, {task_id: at}))

    def changed(self, task_id: str) -> None:
        """As `look_now`."""
        look_now(self._redis, task_id)

    def looked(self, task_id: str, *, due: float, again: float | None) -> None:
        """As `look_again`, unless somebody else has asked for a look since it was set to `due`."""
        self._redis.script(LOOKED, [DUE], (task_id, due, "" if again is None else again))

    # What was pressed, and what was told

    def press(self, task_id: str, user: str, act: Act, *, at: datetime | None = None, retry: int = 0) -> None:
        """Writes down who did what, and has the cards drawn at once. `at` is when (UTC), now if it is None.

        `retry` is as in Pressed.

        The same person's same act at the same time is one press, however often it is written down. Does nothing when
        the task was forgotten meanwhile.
        """
        when = at or self._clock()
        pressed = stored.write(Pressed(when, user, act, retry))
        keys = [_of(task_id, "pressed"), DUE, _of(task_id), record_key(task_id)]
        self._redis.script(PRESS, keys, (pressed, when.timestamp(), task_id))

    def pressed(self, task_id: str) -> tuple[Pressed, ...]:
        """Everything that was done, in order, but for what only a newer release knows."""
        found = self._redis.call(lambda redis: redis.zrange(_of(task_id, "pressed"), 0, -1))
        return tuple(press for value in found if (press := _pressed(text(value))) is not None)

    def told(self, task_id: str) -> frozenset[str]:
        """The keys of the notices that have arrived."""
        fields = [text(field) for field in self._redis.call(lambda redis: redis.hkeys(_of(task_id)))]
        return frozenset(field.removeprefix(TOLD) for field in fields if field.startswith(TOLD))

    def tell(self, task_id: str, key: str) -> None:
        """Notes that a notice has arrived. Does nothing when the task was forgotten meanwhile."""
        self._redis.script(NOTE, [_of(task_id)], (f"{TOLD}{key}", ""))

    def forget(self, task_id: str) -> None:
        """Removes everything of a task."""
        thread = self.load(task_id)

        def remove(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            if thread is not None:
                for listed in (owned_by(thread.team, thread.owner), in_team(thread.team)):
                    pipeline.zrem(listed, task_id)
                mark(pipeline, Owner(thread.team, thread.owner))
            pipeline.zrem(DUE, task_id)
            pipeline.delete(_of(task_id), *(_of(task_id, part) for part in ("pressed",)))
            pipeline.execute()

        self._redis.call(remove)

    def of_followers(self, task_id: str) -> Iterator[str]:
        """The people who follow it."""
        return iter({p.user for p in self.pressed(task_id) if p.act is Act.FOLLOW})


def _pressed(value: str) -> Pressed | None:
    try:
        return stored.read(Pressed, value, name="A press")
    except UnreadableError:
        return None


def _seen(task_id: str, found: Mapping[Any, Any]) -> Seen:
    fields = {text(field): value for field, value in found.items()}
    try:
        thread = stored.read(Thread, fields[THREAD], name=f"Migration {task_id}") if THREAD in fields else None
        cards = [
            stored.read(Card, value, name=f"A card of migration {task_id}")
            for field, value in fields.items() if field.startswith(CARD)
        ]
    except UnreadableError:
        return Seen(task_id, None, is_read=False)
    return Seen(task_id, thread, tuple(sorted(cards, key=lambda card: float(card.ts or 0))))


def _of(task_id: str, part: str = "") -> str:
    return thread_key(task_id) + (f":{part}" if part else "")


def owned_by(team: str, owner: str) -> str:
    """The key of a person's tasks, by when they were begun."""
    return f"omm:threads:{team}:{owner}"


def in_team(team: str) -> str:
    """The key of a workspace's tasks, by when they were begun."""
    return f"omm:threads:{team}"


def lists_of(thread: Thread) -> list[str]:
    """The keys of the lists that name a task with that thread, and of that of the workspaces."""
    return [owned_by(thread.team, thread.owner), in_team(thread.team), TEAMS]
