"""The keeper: brings up orders that nobody works on and that wait in no queue.

Their process has died, or the queue has lost them. Every worker has a keeper; they take turns.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from redis import Redis

from bot.services import Jobs
from bot.stored.orders import Kind, Order, Orders, lease_of
from bot.stored.policies import Policies
from bot.stored.room import Room
from bot.stored.threads import Thread, Threads
from bot.work.turns import without_room
from engine.clock import utc_now
from engine.decisions import decided
from engine.errors import InputError, UnreadableError
from engine.migration.record import Migration, State
from engine.migration.states import UNDER_WAY
from engine.migration.visit import mailbox_lease
from engine.store import stored
from engine.store.patience import Patient, text
from engine.store.store import Store
from engine.store.stored import Stored

TURN = "omm:orders:turn"            # of the keeper that looks now
WATCHED = "omm:orders:watched"      # what the last look has seen, by order
EVERY = 2.5                         # seconds from one look to the next, whoever looks
GRACE = 2.0                         # seconds that word of an order may be on its way from the queue to whoever does it
LONGEST = 30.0                      # seconds to wait with an order whose process dies again and again
CALM = 600.0                        # seconds after which it counts as well again
log = logging.getLogger(__name__)


class Queues(Protocol):
    """Where orders wait for somebody who carries them out."""

    def put(self, order: Order, *, at_front: bool = False) -> None:
        """Enqueues the order. Idempotent."""
        ...

    def waits(self, order: Order) -> bool:
        """True: it waits, as of the last `refresh`."""
        ...

    def refresh(self) -> None:
        """Looks at what waits."""
        ...


@dataclass(frozen=True, slots=True)
class Watched(Stored):
    """An order as the keeper has seen it. Times are in seconds since 1970, 0 for never."""

    missed: float = 0.0         # since then nobody was at it, and it waited nowhere
    brought_up: float = 0.0
    times: int = 0              # brought up, soon after one another

    def is_due(self, now: float) -> bool:
        """True: it has been missed for long enough, which is longer for what dies again and again."""
        times = self.times if now - self.brought_up < CALM else 0
        return self.missed > 0 and now - self.missed >= min(GRACE * 2 ** max(0, times - 2), LONGEST)

    def once_more(self, now: float) -> Watched:
        """As it is after it was brought up."""
        return replace(self, missed=0.0, brought_up=now, times=self.times + 1 if now - self.brought_up < CALM else 1)


def _needs(state: State) -> Kind | None:
    """The order without which a task in that state never ends."""
    if state in UNDER_WAY:
        return Kind.MIGRATE
    return Kind.ROLL_BACK if state is State.ROLLING_BACK else None


def _order(jobs: Jobs, kind: Kind, thread: Thread) -> None:
    """Orders that for the task's owner."""
    if kind is Kind.MIGRATE:
        jobs.migrate(thread.task_id)
    else:
        jobs.roll_back(thread.task_id, thread.owner, items=0, kept=0, discard=False)


class Keeper:
    """Looks after every order."""

    def __init__(
        self, redis: Redis, store: Store, queues: Queues, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._redis, self._orders = Patient(redis), Orders(redis, clock=clock)
        self._store, self._queues, self._clock = store, queues, clock
        self._room, self._policies, self._threads = Room(redis), Policies(redis), Threads(redis)
        self._without_room: frozenset[str] = frozenset()
        self._paused: frozenset[str] = frozenset()      # workspaces
        self._in_line: frozenset[str] = frozenset()     # tasks, while one of those is paused

    def look(self) -> int:
        """Looks, unless it is another keeper's turn; returns how many orders were brought up. Raises FatalError."""
        if not self._redis.call(lambda redis: redis.set(TURN, 1, nx=True, px=round(EVERY * 1000))):
            return 0
        orders, before, now = self._orders.all(), self._seen_before(), self._clock().timestamp()
        self._paused = self._policies.paused()
        self._in_line = self._store.of_state(State.WAITING) if self._paused else frozenset()
        self._without_room = without_room(self._room.all(), self._policies.load, self._store.held)
        self._queues.refresh()
        seen = dict(before) | {order.key: self._seen(order, before.get(order.key, Watched()), now) for order in orders}
        due = [order for order in orders if seen[order.key].is_due(now)]
        for order in reversed(due):         # each goes to the front, so that the oldest is the first in the end
            log.warning("%s: nobody works on it, so it is brought up again", order.key)
            self._queues.put(order, at_front=True)
            seen[order.key] = seen[order.key].once_more(now)
            decided("brought up again", task=order.about[0], order=order.kind, times=seen[order.key].times)
        self._remember(seen)
        return len(due)

    def adopt(
        self, threads: Threads, jobs: Jobs, *, keep_on: Callable[[Migration], None] = lambda _migration: None
    ) -> None:
        """Orders what is under way in Slack without an order: whoever was about to place one has died.

        `keep_on` keeps the passwords of each for as long as it needs them, which they may not have come to either.
        A rollback that was begun at the terminal goes on as well, and keeps what was changed. Looks at every record,
        so it is for now and then.
        """
        ordered = self._orders.keys()
        for migration in self._store.all():
            kind, task_id = _needs(migration.state), migration.task_id
            if kind is None or f"{kind}:{task_id}" in ordered:
                continue
            thread = _thread(threads, task_id)
            if thread is not None and f"{kind}:{task_id}" not in self._orders.keys():  # noqa: SIM118 - a method
                log.warning("task %s is under way, but nobody has ordered it", task_id)
                decided("adopted", task=task_id, order=kind)
                keep_on(migration)
                _order(jobs, kind, thread)

    def _seen(self, order: Order, before: Watched, now: float) -> Watched:
        try:
            if self._stands_in_line(order):
                return Watched()
        except UnreadableError:     # of a newer release, whose keeper looks after it
            return before
        if self._queues.waits(order) or self._somebody_is_at(order):
            return replace(before, missed=0.0)
        return replace(before, missed=min(before.missed or now, now))      # later than now: the clock was set back

    def _somebody_is_at(self, order: Order) -> bool:
        leases = [lease_of(order)]
        if order.kind in (Kind.MIGRATE, Kind.ROLL_BACK):
            leases.append(f"migration:{order.about[0]}")       # the terminal door, perhaps
        return any(self._store.held(lease) is not None for lease in leases)

    def _stands_in_line(self, order: Order) -> bool:
        """True: its task waits for a mailbox that another task has, its turn, its source, or everybody's to go on."""
        if order.kind not in (Kind.MIGRATE, Kind.ROLL_BACK):
            return False
        if self._is_held_up(order):
            return True
        try:
            migration = self._store.load(order.about[0])
        except InputError:      # it has been forgotten, which whoever carries the order out will see
            return False
        if order.kind is Kind.MIGRATE and self._has_to_wait(migration):
            return True
        if migration.waits_for is None or migration.mailbox is None:
            return False
        return self._store.held(mailbox_lease(migration.mailbox)) not in (None, migration.task_id)

    def _has_to_wait(self, migration: Migration) -> bool:
        """True: its turn has not come, or its source gives nothing yet."""
        has_no_room = migration.state in UNDER_WAY and migration.task_id in self._without_room
        return has_no_room or migration.is_early(self._clock())

    def _is_held_up(self, order: Order) -> bool:
        """True: it is in line, and an admin has paused everybody's migrations in its workspace."""
        task_id = order.about[0]
        if order.kind is not Kind.MIGRATE or task_id not in self._in_line:
            return False
        thread = None if order.team else _thread(self._threads, task_id)
        return (order.team or (thread.team if thread else "")) in self._paused

    def _seen_before(self) -> Mapping[str, Watched]:
        """What the last look has seen of the orders that there still are, those of a newer release too."""
        found = self._redis.call(lambda redis: redis.hgetall(WATCHED))
        watched = {text(key): _watched(value) for key, value in found.items()}
        there = self._orders.keys()
        return {key: each for key, each in watched.items() if key in there}

    def _remember(self, seen: Mapping[str, Watched]) -> None:
        def write(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=True)
            pipeline.delete(WATCHED)
            if seen:
                pipeline.hset(WATCHED, mapping={key: stored.write(each) for key, each in seen.items()})
                pipeline.expire(WATCHED, round(CALM))
            pipeline.execute()

        self._redis.call(write)


def _watched(value: bytes | str) -> Watched:
    with suppress(UnreadableError):
        return stored.read(Watched, value, name="What a keeper has seen")
    return Watched()


def _thread(threads: Threads, task_id: str) -> Thread | None:
    """None: the task is the terminal's, or its thread is of a newer release, whose keeper looks after it."""
    with suppress(UnreadableError):
        return threads.load(task_id)
    return None
