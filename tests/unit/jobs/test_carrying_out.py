"""Carrying out: an order is done once, by one, and stays until it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
import rq
from redis import Redis
from rq.serializers import JSONSerializer

import jobs as jobs_module
from bot.stored.orders import GivenUp, Kind, Order, Orders, Queue, lease_of
from engine.errors import Cause, FatalError, TakenError, UnreadableError
from engine.pace.halt import Halt, HaltedError
from engine.store import stored
from engine.store.lease import Lease
from engine.store.store import Store
from jobs import ALLOWED, JOBS, KILLS, KILLS_IN_ALL, Job, WorkerContext, carry_out
from rq_worker import listed

TASK = "7K2F-9QXD"
KEY = f"migrate:{TASK}"
QUEUE = "rq:queue:omm-migrations"


class Work:
    """What a migration does in these tests: one thing after the other, and the last one for ever."""

    def __init__(self) -> None:
        self.plan: list[Callable[[Halt], bool]] = [lambda _: True]
        self.runs = 0
        self.given_up = 0
        self.reasons: list[GivenUp] = []
        self.progress = 0

    def do(self, _services: Any, halt: Halt, *, task_id: str) -> bool:
        assert task_id == TASK
        self.runs += 1
        return (self.plan.pop(0) if len(self.plan) > 1 else self.plan[0])(halt)

    def give_up(self, _services: Any, *, task_id: str, why: GivenUp) -> None:
        assert task_id == TASK
        self.given_up += 1
        self.reasons.append(why)

    def settled(self, _services: Any, *, task_id: str) -> int:
        assert task_id == TASK
        return self.progress


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    work = Work()
    job: Job = replace(JOBS[Kind.MIGRATE], do=work.do, give_up=work.give_up, settled=work.settled)
    monkeypatch.setattr(jobs_module, "JOBS", MappingProxyType({**JOBS, Kind.MIGRATE: job}))
    return work


@pytest.fixture
def ordered(office: WorkerContext) -> None:
    office.services.jobs.migrate(TASK)


@pytest.fixture
def take(office: WorkerContext, redis: Redis, ordered: None) -> Callable[..., None]:
    """A worker takes the next job and does it."""

    def take(halt: Halt | None = None) -> None:
        assert redis.lpop(QUEUE) is not None
        carry_out(office, KEY, halt or Halt())

    return take


def raising(error: BaseException) -> Callable[[Halt], bool]:
    def do(_halt: Halt) -> bool:
        raise error

    return do


def test_what_is_done_is_off_the_list(office: WorkerContext, work: Work, take: Callable[..., None]) -> None:
    """Done is done: no order, no lease, nothing in line."""
    take()

    assert work.runs == 1
    assert office.orders.all() == []
    assert office.services.engine.store.held(f"job:{KEY}") is None


def test_done_once_however_often_it_is_in_line(
    office: WorkerContext, redis: Redis, work: Work, take: Callable[..., None]
) -> None:
    """A second job of an order that is done finds nothing to do."""
    take()
    carry_out(office, KEY, Halt())

    assert work.runs == 1


def test_whoever_comes_second_leaves_quietly(
    office: WorkerContext, redis: Redis, work: Work, take: Callable[..., None]
) -> None:
    """While somebody is at it, a second job does nothing, and the order stays."""
    (order,) = office.orders.all()
    lease = office.services.engine.store.acquire(lease_of(order), holder="the first")
    assert isinstance(lease, Lease)

    with lease:
        take()

    assert work.runs == 0
    assert office.orders.all() == [order]
    assert redis.llen(QUEUE) == 0


def test_what_was_done_a_moment_ago_is_not_done_again(
    office: WorkerContext, work: Work, take: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker ends just as the second reaches for the lease: the second finds nothing to do."""
    (order,) = office.orders.all()
    acquire = Store.acquire

    def acquired(store: Store, name: str, *, holder: str) -> Lease | str:
        office.orders.done(order)
        return acquire(store, name, holder=holder)

    monkeypatch.setattr(Store, "acquire", acquired)

    take()

    assert work.runs == 0


def test_what_is_handed_over_is_next_in_line(
    office: WorkerContext, redis: Redis, work: Work, take: Callable[..., None]
) -> None:
    """A worker that was told to stop leaves the order to the next one, ahead of those that wait."""
    office.services.jobs.migrate("3MNP-4RST")
    halt = Halt()

    def stopped(given: Halt) -> bool:
        halt.set()
        assert given is halt
        return False

    work.plan.insert(0, stopped)

    take(halt)

    assert [job_id.decode() for job_id in redis.lrange(QUEUE, 0, -1)] == [f"migrate-{TASK}-3", "migrate-3MNP-4RST-2"]
    assert office.services.engine.store.held(f"job:{KEY}") is None
    take()
    assert work.runs == 2
    assert [order.key for order in office.orders.all()] == ["migrate:3MNP-4RST"]


@pytest.mark.parametrize("error", [
    FatalError("The store does not answer.", cause=Cause.STORE), TakenError("taken"), HaltedError("stopped"),
])
def test_what_is_put_off_stays_ordered(
    office: WorkerContext, redis: Redis, work: Work, take: Callable[..., None], error: Exception
) -> None:
    """A store that is away, or somebody else at work on the task, is no end, however often: no fault is told."""
    work.plan = [raising(error)]

    for _ in range(ALLOWED + 2):
        redis.rpush(QUEUE, "again")
        take()

    assert work.runs == ALLOWED + 2
    assert [order.key for order in office.orders.all()] == [KEY]
    assert work.given_up == 0


def test_what_is_ordered_meanwhile_is_in_line_again(
    office: WorkerContext, redis: Redis, work: Work, take: Callable[..., None]
) -> None:
    """Who resumes while the paused run is still ending does not wait for a keeper."""

    def pressed(_halt: Halt) -> bool:
        office.services.jobs.migrate(TASK)
        redis.delete(QUEUE)
        return True

    work.plan.insert(0, pressed)

    take()

    assert redis.llen(QUEUE) == 1
    take()
    assert work.runs == 2
    assert office.orders.all() == []


def test_a_fault_of_ours_is_tried_again_and_then_told(
    office: WorkerContext, work: Work, take: Callable[..., None], redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that nobody had foreseen is in the log each time; at the third a person is told, and it ends."""
    work.plan = [raising(KeyError("oh"))]

    for tries in range(1, ALLOWED + 1):
        redis.rpush(QUEUE, "again")
        take()
        assert (work.runs, work.given_up) == (tries, 0)
        assert [order.key for order in office.orders.all()] == [KEY]
    redis.rpush(QUEUE, "again")
    take()

    assert work.given_up == 1
    assert office.orders.all() == []
    assert caplog.text.count("KeyError: 'oh'") == ALLOWED + 1


def test_arguments_that_do_not_fit_are_a_fault(
    office: WorkerContext, redis: Redis, take: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    """An order that lacks an argument ends like any other fault, though nobody can be told of it."""
    office.orders.place(Kind.MIGRATE, (TASK,), {})

    for _ in range(ALLOWED + 1):
        assert len(office.orders.all()) == 1
        redis.rpush(QUEUE, "again")
        take()

    assert office.orders.all() == []
    assert "nobody could be told" in caplog.text


@pytest.mark.parametrize("change", [
    lambda order: order["arguments"].update(dry_run=True), lambda order: order.update(v=2),
    lambda order: order.update(kind="migrate_slowly"),
])
def test_an_order_of_a_newer_release_waits_for_it(
    office: WorkerContext, redis: Redis, work: Work, take: Callable[..., None], change: Callable[[dict[str, Any]], None]
) -> None:
    """With an argument more it might mean something else: it is neither carried out nor dropped."""
    order = json.loads(stored.write(office.orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})))
    change(order)
    redis.hset("omm:orders", f"migrate:{TASK}", json.dumps(order))

    for _ in range(ALLOWED + 2):
        redis.rpush(QUEUE, "again")
        take()

    assert json.loads(redis.hget("omm:orders", f"migrate:{TASK}") or "") == order
    assert work.runs == work.given_up == 0


def test_an_order_of_a_newer_release_is_not_placed_over(office: WorkerContext, redis: Redis) -> None:
    """A second press, in a process of this release, changes nothing about what was ordered."""
    order = json.loads(stored.write(office.orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK}))) | {"v": 2}
    redis.hset("omm:orders", f"migrate:{TASK}", json.dumps(order))

    office.orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})

    assert json.loads(redis.hget("omm:orders", f"migrate:{TASK}") or "") == order


def test_a_task_of_a_newer_release_is_put_off(
    office: WorkerContext, redis: Redis, work: Work, take: Callable[..., None]
) -> None:
    """Nobody is told that it has a fault: it waits for a process that can read it."""
    work.plan = [raising(UnreadableError("Newer."))] * (ALLOWED + 2)
    office.orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})

    for _ in range(ALLOWED + 2):
        redis.rpush(QUEUE, "again")
        take()

    assert len(office.orders.all()) == 1
    assert work.given_up == 0


def test_whoever_cannot_be_told_now_is_told_later(
    office: WorkerContext, redis: Redis, work: Work, take: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that is away at the last moment does not swallow the word to a person."""
    work.plan = [raising(KeyError("oh"))]
    away = [FatalError("The store does not answer.", cause=Cause.STORE)]
    give_up = work.give_up

    def tell(services: Any, *, task_id: str, why: GivenUp) -> None:
        if away:
            raise away.pop()
        give_up(services, task_id=task_id, why=why)

    job = replace(jobs_module.JOBS[Kind.MIGRATE], give_up=tell)
    monkeypatch.setattr(jobs_module, "JOBS", MappingProxyType({**JOBS, Kind.MIGRATE: job}))

    for _ in range(ALLOWED + 2):
        redis.rpush(QUEUE, "again")
        take()

    assert work.given_up == 1
    assert office.orders.all() == []


class Killed(BaseException):
    """The kernel ends the process: nothing of ours runs after it."""


class OfTheDead(Orders):
    """Orders as a process has them that does not live to note the end."""

    def ended(self, order: Order) -> None:
        """Nobody is there to note it."""


@pytest.fixture
def killed(office: WorkerContext, redis: Redis, work: Work, ordered: None) -> Callable[[], None]:
    """A worker takes the next job and is killed over it; the order's lease goes with its process."""
    dying = replace(office, orders=OfTheDead(redis))

    def kill() -> None:
        work.plan = [raising(Killed())]
        with suppress(Killed):
            carry_out(dying, KEY, Halt())

    return kill


def test_what_kills_every_process_is_told(office: WorkerContext, work: Work, killed: Callable[[], None]) -> None:
    """A process that the kernel kills again and again is counted like an error: at the sixth a person is told."""
    for kills in range(1, KILLS + 1):
        killed()
        assert (work.runs, work.given_up) == (kills, 0)
    work.plan = [lambda _: True]
    carry_out(office, KEY, Halt())

    assert (work.runs, work.reasons) == (KILLS, [GivenUp.KILLED])
    assert office.orders.all() == []


def test_kills_with_work_done_in_between_are_counted_for_longer(
    office: WorkerContext, work: Work, killed: Callable[[], None]
) -> None:
    """A task that comes further each time goes on; but not for ever."""
    for kills in range(1, KILLS_IN_ALL + 1):
        work.progress += 50
        killed()
        assert (work.runs, work.given_up) == (kills, 0)
    work.progress += 50
    work.plan = [lambda _: True]
    carry_out(office, KEY, Halt())

    assert (work.runs, work.reasons) == (KILLS_IN_ALL, [GivenUp.KILLED])


@pytest.mark.parametrize("mended", ["a success", "a person"])
def test_what_ended_well_or_is_resumed_counts_anew(
    office: WorkerContext, work: Work, killed: Callable[[], None], mended: str
) -> None:
    """A run that came to its end, or somebody who presses Resume, makes up for the kills before."""
    for _ in range(KILLS):
        killed()
    if mended == "a success":
        office.orders.ended(office.orders.all()[0])
    else:
        office.services.jobs.migrate(TASK)

    for _ in range(KILLS):
        killed()

    assert (work.runs, work.given_up) == (2 * KILLS, 0)


def test_a_count_in_the_queue_of_an_older_release_is_carried_out(office: WorkerContext, redis: Redis) -> None:
    """It waits where forms do, so no keeper brings it up a second time, and whoever serves forms does it."""
    order = office.orders.place(Kind.COUNT, (TASK, "V1"), {"task_id": TASK, "view_id": "V1", "user": "U1"})
    old = rq.Queue("omm-checks", connection=redis, serializer=JSONSerializer)
    old.enqueue_call("count", args=(order.key,), job_id=f"count-{TASK}-V1-1")

    office.queues.refresh()
    waits = office.queues.waits(order)
    known = listed({kind.value: lambda key: carry_out(office, key, Halt()) for kind in JOBS})
    checker = rq.SimpleWorker([Queue.CHECKS], connection=redis, job_class=known, serializer=JSONSerializer)
    checker.work(burst=True, logging_level="WARNING")

    assert waits
    assert office.orders.all() == []
