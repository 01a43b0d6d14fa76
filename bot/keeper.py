"""The keeper: brings up orders that nobody works on and that wait in no queue.

Their process has died, or the queue has lost them. Every worker has a keeper; they take turns.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Protocol

from redis import Redis

from bot.desk import Jobs
from bot.orders import Kind, Order, Orders
from bot.threads import Thread, Threads
from engine.clock import utc_now
from engine.decisions import decided
from engine.errors import InputError
from engine.migration import State
from engine.patience import Patient
from engine.states import UNDER_WAY
from engine.store import Store
from engine.visit import mailbox_lease

TURN = "omm:orders:turn"            # of the keeper that looks now
WATCHED = "omm:orders:watched"      # what the last look has seen
EVERY = 2.5                         # seconds from one look to the next, whoever looks
GRACE = 2.0                         # seconds that word of an order may be on its way from the queue to whoever does it
LONGEST = 30.0                      # seconds to wait with an order whose process dies again and again
CALM = 600.0                        # seconds after which it counts as well again
log = logging.getLogger(__name__)


class Line(Protocol):
    """Where orders wait for somebody who carries them out."""

    def put(self, order: Order, *, at_front: bool = False) -> None:
        """Has it wait; more than once does no harm."""
        ...

    def waits(self, order: Order) -> bool:
        """Whether it waits, as of the last `refresh`."""
        ...

    def refresh(self) -> None:
        """Looks at what waits."""
        ...


@dataclass(frozen=True, slots=True)
class Watched:
    """An order as the keeper has seen it. Times are in seconds since 1970, 0 for never."""

    missed: float = 0.0         # since then nobody was at it, and it waited nowhere
    brought_up: float = 0.0
    times: int = 0              # brought up, soon after one another

    def is_due(self, now: float) -> bool:
        """Whether it has been missed for long enough, which is longer for what dies again and again."""
        times = self.times if now - self.brought_up < CALM else 0
        return self.missed > 0 and now - self.missed >= min(GRACE * 2 ** max(0, times - 2), LONGEST)

    def once_more(self, now: float) -> Watched:
        """As it is after it was brought up."""
        return Watched(0.0, now, self.times + 1 if now - self.brought_up < CALM else 1)


def lease_of(order: Order) -> str:
    """The lease that whoever carries an order out has meanwhile."""
    return f"job:{order.key}"


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
        self, redis: Redis, store: Store, line: Line, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._redis, self._orders = Patient(redis), Orders(redis, clock=clock)
        self._store, self._line, self._clock = store, line, clock

    def look(self) -> int:
        """Looks, unless it is another keeper's turn; returns how many orders were brought up. Raises FatalError."""
        if not self._redis.call(lambda redis: redis.set(TURN, 1, nx=True, px=round(EVERY * 1000))):
            return 0
        orders, before, now = self._orders.all(), self._seen_before(), self._clock().timestamp()
        self._line.refresh()
        seen = {order.key: self._seen(order, before.get(order.key, Watched()), now) for order in orders}
        due = [order for order in orders if seen[order.key].is_due(now)]
        for order in reversed(due):         # each goes to the front, so that the oldest is the first in the end
            log.warning("%s: nobody works on it, so it is brought up again", order.key)
            self._line.put(order, at_front=True)
            seen[order.key] = seen[order.key].once_more(now)
            decided("brought up again", task=order.about[0], order=order.kind, times=seen[order.key].times)
        self._remember(seen)
        return len(due)

    def adopt(self, threads: Threads, jobs: Jobs) -> None:
        """Orders what is under way in Slack without an order: whoever was about to place one has died.

        A rollback that was begun at the terminal goes on as well, and keeps what was changed. Looks at every record,
        so it is for now and then.
        """
        ordered = {order.key for order in self._orders.all()}
        for migration in self._store.all():
            kind, task_id = _needs(migration.state), migration.task_id
            if kind is None or f"{kind}:{task_id}" in ordered:
                continue
            thread = threads.load(task_id)      # None: it is the terminal's
            if thread is not None and self._orders.find(f"{kind}:{task_id}") is None:
                log.warning("task %s is under way, but nobody has ordered it", task_id)
                decided("adopted", task=task_id, order=kind)
                _order(jobs, kind, thread)

    def _seen(self, order: Order, before: Watched, now: float) -> Watched:
        if self._stands_in_line(order):
            return Watched()
        if self._line.waits(order) or self._somebody_is_at(order):
            return replace(before, missed=0.0)
        return replace(before, missed=before.missed or now)

    def _somebody_is_at(self, order: Order) -> bool:
        leases = [lease_of(order)]
        if order.kind in (Kind.MIGRATE, Kind.ROLL_BACK):
            leases.append(f"migration:{order.about[0]}")       # the terminal door, perhaps
        return any(self._store.held(lease) is not None for lease in leases)

    def _stands_in_line(self, order: Order) -> bool:
        """Whether its task waits for a mailbox that another task still has."""
        if order.kind not in (Kind.MIGRATE, Kind.ROLL_BACK):
            return False
        try:
            migration = self._store.load(order.about[0])
        except InputError:      # it has been forgotten, which whoever carries the order out will see
            return False
        if migration.waits_for is None or migration.mailbox is None:
            return False
        return self._store.held(mailbox_lease(migration.mailbox)) not in (None, migration.task_id)

    def _seen_before(self) -> Mapping[str, Watched]:
        value = self._redis.call(lambda redis: redis.get(WATCHED))
        with suppress(ValueError, TypeError, AttributeError):
            return {key: Watched(**each) for key, each in json.loads(value or "{}").items()}
        return {}

    def _remember(self, seen: Mapping[str, Watched]) -> None:
        plain = json.dumps({key: asdict(each) for key, each in seen.items()})
        self._redis.call(lambda redis: redis.set(WATCHED, plain, ex=round(CALM)))
