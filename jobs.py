"""Jobs: how an order gets to a process that carries it out. Only this and rq_worker.py know RQ.

An RQ job is only word of an order, and may be lost or said twice: the order in Redis is what counts, and a lease says
whether somebody is at it. Whoever can write to Redis can name orders, and nothing else: what RQ would import or call is
never looked at.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from inspect import Parameter, signature
from types import MappingProxyType
from typing import Any

import rq
from redis import Redis
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from bot.services import Services
from bot.stored.orders import QUEUES, GivenUp, Kind, Order, Orders, Queue, lease_of
from bot.work import approvals, checking, consenting, counting, deleting, driving, looking, page_used, switching
from bot.work.whose import team_of
from engine.clock import utc_now
from engine.decisions import decided
from engine.errors import FatalError, TakenError, UnreadableError
from engine.pace.halt import Halt, HaltedError
from engine.store.lease import Lease

NUMBER = "omm:orders:number"        # of the last job: every job has an id of its own
FAILED_KEPT = 600                   # seconds that RQ remembers a job whose process died
ALLOWED = 2                         # errors that nobody had foreseen; at the next one a person is told
KILLS = 5                           # processes in a row that died over an order without settling anything; as above
KILLS_IN_ALL = 20                   # in a row, though something was settled between
CHECK_LIMIT, COUNT_LIMIT, NO_LIMIT = 300, 1800, -1      # seconds
log = logging.getLogger(__name__)


# What can be ordered


@dataclass(frozen=True, slots=True)
class Job:
    """How one kind of order is carried out.

    `do(services, halt, **arguments)` returns whether it is done. `give_up(services, why=…, **arguments)` tells a
    person that it could not be done for a fault of ours. `settled(services, **arguments)` says how far it is, in items;
    it only grows. `limit` is in seconds.
    """

    queue: Queue
    do: Callable[..., bool]
    give_up: Callable[..., None]
    limit: int = NO_LIMIT
    settled: Callable[..., int] = lambda _services, **_arguments: 0

    @property
    def arguments(self) -> frozenset[str]:
        """The names of what an order of this kind may say."""
        kinds = signature(self.do).parameters.values()
        return frozenset(each.name for each in kinds if each.kind is Parameter.KEYWORD_ONLY)


JOBS: Mapping[Kind, Job] = MappingProxyType({
    Kind.CHECK: Job(QUEUES[Kind.CHECK], checking.check, checking.give_up, CHECK_LIMIT),
    Kind.PAGE_USED: Job(QUEUES[Kind.PAGE_USED], page_used.show_used, page_used.give_up, CHECK_LIMIT),
    Kind.CONSENT: Job(QUEUES[Kind.CONSENT], consenting.exchange, consenting.give_up, CHECK_LIMIT),
    Kind.LOOK: Job(QUEUES[Kind.LOOK], looking.look, looking.give_up, COUNT_LIMIT),
    Kind.COUNT: Job(QUEUES[Kind.COUNT], counting.count, counting.give_up, COUNT_LIMIT),
    Kind.SWITCH_ON: Job(QUEUES[Kind.SWITCH_ON], switching.switch_on, switching.give_up, COUNT_LIMIT),
    Kind.DELETE: Job(QUEUES[Kind.DELETE], deleting.delete, deleting.give_up, COUNT_LIMIT),
    Kind.FORGET: Job(QUEUES[Kind.FORGET], deleting.forget_one, deleting.give_up_one, COUNT_LIMIT),
    Kind.TELL_APPROVERS: Job(QUEUES[Kind.TELL_APPROVERS], approvals.tell, approvals.give_up, COUNT_LIMIT),
    Kind.MIGRATE: Job(QUEUES[Kind.MIGRATE], driving.migrate, driving.give_up_migration, settled=driving.settled),
    Kind.ROLL_BACK: Job(QUEUES[Kind.ROLL_BACK], driving.roll_back, driving.give_up_rollback, settled=driving.settled),
})


# Placing orders


class Queues:
    """The queues, as bot.keeper.Line."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._queues = {queue: rq.Queue(queue.value, connection=redis, serializer=JSONSerializer) for queue in Queue}
        self._waiting: frozenset[str] = frozenset()

    def put(self, order: Order, *, at_front: bool = False) -> None:
        """Enqueues the order. While Redis is unreachable nothing is raised: the keeper enqueues it later."""
        job = JOBS[order.kind]
        try:
            number = self._redis.incr(NUMBER)
            self._queues[job.queue].enqueue_call(
                order.kind.value, args=(order.key,), job_id=f"{_name(order)}-{number}", description=order.key,
                timeout=job.limit, result_ttl=0, failure_ttl=FAILED_KEPT, at_front=at_front,
            )
        except RedisError as error:
            log.warning("%s: not in line yet: %s", order.key, error)

    def refresh(self) -> None:
        """Looks at the queues themselves: what RQ says of a job's state outlives them."""
        ids = (job_id for queue in self._queues.values() for job_id in queue.get_job_ids())
        self._waiting = frozenset(job_id.rpartition("-")[0] for job_id in ids)

    def waits(self, order: Order) -> bool:
        """True: it waits, as of the last `refresh`."""
        return _name(order) in self._waiting


def _name(order: Order) -> str:
    """The order's key, in the letters that RQ allows."""
    return order.key.replace(":", "-")


class Jobs:
    """Takes orders, as bot.services.Jobs."""

    def __init__(self, redis: Redis, *, team: str = "", orders: Orders | None = None) -> None:
        """`team` is the workspace of those who ask; '' where nobody in Slack does."""
        self._orders, self._queues, self._team = orders or Orders(redis), Queues(redis), team

    def check(self, draft_id: str, generation: int) -> None:
        """Sign in to both sides of a draft, and start its migration if nothing is wrong."""
        self._place(Kind.CHECK, (draft_id, str(generation)), {"draft_id": draft_id, "generation": generation})

    def look(self, draft_id: str, generation: int) -> None:
        """Look at both sides of a draft; it starts nothing."""
        self._place(Kind.LOOK, (draft_id, str(generation)), {"draft_id": draft_id, "generation": generation})

    def migrate(self, task_id: str) -> None:
        """Drive a migration until it ends, is paused, or needs attention."""
        self._place(Kind.MIGRATE, (task_id,), {"task_id": task_id})

    def count(self, task_id: str, view_id: str, user: str, *, writes: bool = False) -> None:
        """Count what a rollback would remove, into a dialog."""
        asked = {"task_id": task_id, "view_id": view_id, "user": user, **({"writes": True} if writes else {})}
        self._place(Kind.COUNT, (task_id, view_id), asked)

    def page_used(self, about: str, view_id: str, user: str, *, then: str = "") -> None:
        """Draw what waited for passwords of the private page anew."""
        asked = {"about": about, "view_id": view_id, "user": user, "then": then}
        self._place(Kind.PAGE_USED, (about, view_id), asked)

    def consent(self, about: str, consent_id: str, user: str) -> None:
        """Exchange the code that came with a consent; keep or give back what it stands for."""
        self._place(Kind.CONSENT, (about, consent_id), {"about": about, "consent_id": consent_id, "user": user})

    def roll_back(
        self, task_id: str, user: str, *, items: int, kept: int, discard: bool, counting_on_it: Sequence[str] = (),
        agrees: Sequence[str] = (), agreed: datetime | None = None,
    ) -> None:
        """Take a migration back, as `user` has agreed to; `agreed` is when, None for now."""
        what = {
            "user": user, "items": items, "kept": kept, "discard": discard,
            "agreed": (agreed or utc_now()).timestamp(),
            "counting_on_it": list(counting_on_it), **({"agrees": list(agrees)} if agrees else {}),
        }
        self._place(Kind.ROLL_BACK, (task_id,), {"task_id": task_id, **what})

    def tell_approvers(self, subject: str, about: str) -> None:
        """Find out who can decide what was asked, and have them told."""
        self._place(Kind.TELL_APPROVERS, (about, subject), {"subject": subject, "about": about})

    def switch_on(self, task_id: str, user: str) -> None:
        """Switch on the out-of-office that a migration has left off, as `user` has asked."""
        self._place(Kind.SWITCH_ON, (task_id,), {"task_id": task_id, "user": user})

    def delete(self, team: str, user: str, *, tasks: Sequence[str], stays: Sequence[str], at: float) -> None:
        """Forget those tasks of a person, and their forms."""
        asked = {"team": team, "user": user, "tasks": list(tasks), "stays": list(stays), "at": at}
        self._place(Kind.DELETE, (user, team), asked)

    def forget(self, task_id: str, user: str) -> None:
        """Forget one task, as `user` has asked."""
        self._place(Kind.FORGET, (task_id,), {"task_id": task_id, "user": user})

    def _place(self, kind: Kind, about: tuple[str, ...], arguments: Mapping[str, Any]) -> None:
        self._queues.put(self._orders.place(kind, about, arguments, team=self._team))


# Carrying them out


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Where orders are carried out: what the work needs, and the orders themselves.

    `workspaces` gives the services of the workspace that an order is for, by its ID; None: `services` are for all.
    """

    services: Services
    orders: Orders
    queues: Queues
    workspaces: Callable[[str], Services] | None = None

    def services_for(self, order: Order) -> Services:
        """The services of the workspace that an order is for."""
        return self.services if self.workspaces is None else self.workspaces(team_of(self.services, order))


def carry_out(context: WorkerContext, key: str, halt: Halt) -> None:
    """Does what an order asks for, unless that is done already or somebody is at it.

    An order that is handed over, because we were told to stop, is the next in line. An order of a newer release, or
    with arguments that only that one knows, stays: the keeper brings it up again, until that release has it.
    """
    order = context.orders.find(key)
    if order is None:
        log.info("%s: done already, or of a newer release", key)
        return
    if unknown := sorted(order.arguments.keys() - JOBS[order.kind].arguments):
        decided("order left to a newer release", task=order.about[0], order=order.kind, unknown=" ".join(unknown))
        return
    lease = context.services.engine.store.acquire(lease_of(order), holder=key)
    if not isinstance(lease, Lease):
        log.info("%s: somebody is at it", key)
        return
    with lease:
        order = context.orders.find(key)     # as it is now that nobody else can change what comes of it
        if order is None or (_settled(context, order, halt) and context.orders.done(order)):
            return
    if halt.is_set() or context.orders.find(key) not in (None, order):
        context.queues.put(order, at_front=True)


def _settled(context: WorkerContext, order: Order, halt: Halt) -> bool:
    """Attempts an order, unless too many processes have died over it. True: nothing is left to be done about it."""
    done = _given_up_after_kills(context, order)
    if done is not None:
        return done
    try:
        return _attempted(context, order, halt)
    finally:
        with suppress(FatalError):      # a store that is away: one attempt too many is counted
            context.orders.ended(order)


def _given_up_after_kills(context: WorkerContext, order: Order) -> bool | None:
    """Notes the attempt. None: go on. Else it is given up, and True says that a person has been told."""
    try:
        settled = JOBS[order.kind].settled(context.services_for(order), **order.arguments)
        attempts = context.orders.begun(order, settled=settled)
    except (FatalError, UnreadableError, TypeError):    # arguments that are missing too: as the attempt will tell
        return None
    if attempts.idle <= KILLS and attempts.times <= KILLS_IN_ALL:
        return None
    log.error("%s: given up, as %d processes in a row have died over it", order.key, attempts.times - 1)
    return _told(context, order, GivenUp.KILLED)


def _attempted(context: WorkerContext, order: Order, halt: Halt) -> bool:
    """True: nothing is left to be done about it."""
    began = time.monotonic()
    log.info("%s: begun", order.key)
    decided("order begun", task=order.about[0], order=order.kind)
    try:
        done = JOBS[order.kind].do(context.services_for(order), halt, **order.arguments)
    except (FatalError, TakenError, HaltedError, UnreadableError) as error:
        decided("order put off", task=order.about[0], order=order.kind, error=type(error).__name__)
        log.warning("%s: put off after %.1f s: %s", order.key, time.monotonic() - began, error)
        return False
    except Exception:
        log.exception("%s: an error that nobody had foreseen", order.key)
        return _given_up(context, order)
    decided("order done" if done else "order handed over", task=order.about[0], order=order.kind)
    log.info("%s: %s after %.1f s", order.key, "done" if done else "handed over", time.monotonic() - began)
    return done


def _given_up(context: WorkerContext, order: Order) -> bool:
    """True: that was one error too many, and a person has been told. False: the keeper brings it up again."""
    return context.orders.failed(order) > ALLOWED and _told(context, order, GivenUp.BROKEN)


def _told(context: WorkerContext, order: Order, why: GivenUp) -> bool:
    """Tells a person that the order is given up. False: they are told later, as the store is away."""
    decided("given up", task=order.about[0], order=order.kind, why=why.name)
    try:
        JOBS[order.kind].give_up(context.services_for(order), why=why, **order.arguments)
    except (FatalError, TakenError, UnreadableError) as error:
        log.warning("%s: told later: %s", order.key, error)
        return False
    except Exception:
        log.exception("%s: nobody could be told", order.key)
    return True
