"""The keeper: what nobody works on is brought up again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from redis import Redis

from bot.services import Services
from bot.stored.orders import Kind, Order, Orders, lease_of
from bot.stored.threads import Thread
from bot.work.keeper import CALM, EVERY, LONGEST, Keeper
from engine.errors import Side
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.forwards import keep_on
from engine.migration.record import State
from engine.migration.request import MigrationRequest
from engine.migration.steering import pause
from engine.migration.visit import Engine, mailbox_lease
from engine.store.lease import Lease
from engine.store.store import Store
from jobs import Jobs, Queues
from tests.servers.slack.open_form import OWNER, TEAM
from tests.unit.jobs.conftest import Clock

TASK, OTHER = "7K2F-9QXD", "3MNP-4RST"
MIGRATIONS = "rq:queue:omm-migrations"


@pytest.fixture
def store(engine: Engine) -> Store:
    return engine.store


@pytest.fixture
def keeper(redis: Redis, store: Store, line: Queues, clock: Clock) -> Keeper:
    return Keeper(redis, store, line, clock=clock)


def look(keeper: Keeper, redis: Redis, clock: Clock, *, seconds: float = EVERY) -> int:
    """The next look, that much later."""
    clock.move(seconds)
    redis.delete("omm:orders:turn")
    return keeper.look()


def looks_until_brought_up(keeper: Keeper, redis: Redis, clock: Clock) -> float:
    """The seconds until it is brought up."""
    began = clock()
    while not look(keeper, redis, clock, seconds=1):
        assert (clock() - began).total_seconds() < 120
    return (clock() - began).total_seconds()


def waiting(redis: Redis, queue: str = MIGRATIONS) -> list[str]:
    """The job ids of a queue, the next one first."""
    return [job_id.decode() for job_id in redis.lrange(queue, 0, -1)]


def order_in_line(redis: Redis, store: Store) -> None:
    """A migration whose task waits for a mailbox that another one has."""
    account = parse_account("ews+https://claire%40example.org@mail.example.org")
    task = store.create(MigrationRequest(account, account, (Content.MAIL,)))
    store.save(replace(task, mailbox="claire's", waits_for=OTHER))
    Jobs(redis).migrate(task.task_id)


def die(redis: Redis) -> None:
    """A worker takes the next job, and dies."""
    assert redis.lpop(MIGRATIONS) is not None


def test_an_order_whose_process_died_is_brought_up(redis: Redis, keeper: Keeper, clock: Clock) -> None:
    """It goes to the front of the queue as a new job, within seconds."""
    jobs = Jobs(redis)
    jobs.migrate(TASK)
    jobs.migrate(OTHER)
    die(redis)

    assert looks_until_brought_up(keeper, redis, clock) <= 2 * EVERY

    assert waiting(redis) == [f"migrate-{TASK}-3", f"migrate-{OTHER}-2"]


def test_an_order_that_waits_is_left_in_line(redis: Redis, keeper: Keeper, clock: Clock) -> None:
    """However long it has to wait for a free worker, it waits once."""
    Jobs(redis).migrate(TASK)

    assert [look(keeper, redis, clock, seconds=60) for _ in range(5)] == [0] * 5

    assert waiting(redis) == [f"migrate-{TASK}-1"]


def test_an_order_that_somebody_works_on_is_left_alone(
    redis: Redis, keeper: Keeper, orders: Orders, store: Store, clock: Clock
) -> None:
    """The lease says that somebody is at it, for hours if need be."""
    Jobs(redis).migrate(TASK)
    die(redis)
    (order,) = orders.all()
    lease = store.acquire(lease_of(order), holder="worker")
    assert isinstance(lease, Lease)

    with lease:
        assert [look(keeper, redis, clock, seconds=60) for _ in range(5)] == [0] * 5


def test_a_task_that_waits_for_a_mailbox_is_brought_up_when_it_is_free(
    redis: Redis, keeper: Keeper, store: Store, clock: Clock
) -> None:
    """While another task is at work in it, no worker is sent to find it taken."""
    order_in_line(redis, store)
    die(redis)
    lease = store.acquire(mailbox_lease("claire's"), holder=OTHER)
    assert isinstance(lease, Lease)

    with lease:
        assert [look(keeper, redis, clock, seconds=60) for _ in range(5)] == [0] * 5
    assert looks_until_brought_up(keeper, redis, clock) <= 2 * EVERY


def test_a_task_whose_source_gives_no_more_is_brought_up_when_it_does(
    redis: Redis, keeper: Keeper, store: Store, clock: Clock
) -> None:
    """No worker is sent before; then it takes seconds, and nobody presses anything."""
    account = parse_account("ews+https://claire%40example.org@mail.example.org")
    task = store.create(MigrationRequest(account, account, (Content.MAIL,)))
    store.save(replace(task, not_before=clock() + timedelta(seconds=400)))
    Jobs(redis).migrate(task.task_id)
    die(redis)

    assert [look(keeper, redis, clock, seconds=60) for _ in range(6)] == [0] * 6
    look(keeper, redis, clock, seconds=60)
    assert looks_until_brought_up(keeper, redis, clock) <= 2 * EVERY


def test_a_mailbox_that_is_passed_on_costs_no_patience(
    redis: Redis, keeper: Keeper, store: Store, clock: Clock
) -> None:
    """However often it finds the mailbox taken again, it is brought up within seconds the next time."""
    order_in_line(redis, store)
    for _ in range(8):
        die(redis)
        lease = store.acquire(mailbox_lease("claire's"), holder=OTHER)
        assert isinstance(lease, Lease)
        with lease:
            look(keeper, redis, clock)
        assert looks_until_brought_up(keeper, redis, clock) <= 2 * EVERY


def test_a_task_that_is_driven_from_a_terminal_is_left_alone(
    redis: Redis, keeper: Keeper, store: Store, clock: Clock
) -> None:
    """While `omm resume` works on it, no worker is sent to find it taken."""
    Jobs(redis).migrate(TASK)
    die(redis)
    lease = store.acquire(f"migration:{TASK}", holder=TASK)
    assert isinstance(lease, Lease)

    with lease:
        assert [look(keeper, redis, clock, seconds=60) for _ in range(5)] == [0] * 5
    assert look(keeper, redis, clock) + look(keeper, redis, clock) == 1


def test_a_job_on_its_way_to_the_worker_is_given_time(redis: Redis, keeper: Keeper, clock: Clock) -> None:
    """Between the queue and the lease an order seems lost for a moment; it is not brought up for that."""
    Jobs(redis).migrate(TASK)
    die(redis)

    assert look(keeper, redis, clock) == 0
    assert waiting(redis) == []


def test_a_queue_that_was_lost_is_made_again(redis: Redis, keeper: Keeper, clock: Clock) -> None:
    """Without any of RQ's keys everything that was ordered is in line again, in its order."""
    jobs = Jobs(redis)
    for task in (TASK, OTHER):
        jobs.migrate(task)
        clock.move(1)
    jobs.check(TASK, 1)
    redis.delete(*redis.keys("rq:*"))

    looks_until_brought_up(keeper, redis, clock)

    assert [job_id.rpartition("-")[0] for job_id in waiting(redis)] == [f"migrate-{TASK}", f"migrate-{OTHER}"]
    assert len(waiting(redis, "rq:queue:omm-checks")) == 1


def test_one_keeper_looks_for_all(redis: Redis, keeper: Keeper, store: Store, line: Queues, clock: Clock) -> None:
    """Of many keepers, one looks at a time."""
    Jobs(redis).migrate(TASK)
    die(redis)
    others = [Keeper(redis, store, line, clock=clock) for _ in range(3)]
    keeper.look()
    clock.move(60)
    redis.delete("omm:orders:turn")

    assert sorted(each.look() for each in (keeper, *others)) == [0, 0, 0, 1]


def test_what_dies_again_and_again_is_brought_up_less_often(redis: Redis, keeper: Keeper, clock: Clock) -> None:
    """An order that kills every process does not keep the workers busy, and is still tried twice a minute."""
    Jobs(redis).migrate(TASK)
    took = []
    for _ in range(9):
        die(redis)
        took.append(looks_until_brought_up(keeper, redis, clock))

    assert took[0] <= took[1] <= 5
    assert took == sorted(took)
    assert LONGEST <= took[-1] <= LONGEST + EVERY


def test_after_a_calm_while_it_is_brought_up_at_once(redis: Redis, keeper: Keeper, clock: Clock) -> None:
    """Deaths of long ago count no more: a migration of many hours goes on within seconds after each restart."""
    Jobs(redis).migrate(TASK)
    for _ in range(9):
        die(redis)
        looks_until_brought_up(keeper, redis, clock)
    clock.move(CALM)
    die(redis)

    assert looks_until_brought_up(keeper, redis, clock) <= 2 * EVERY


def test_nothing_is_kept_of_what_is_done(redis: Redis, keeper: Keeper, orders: Orders, clock: Clock) -> None:
    """The keeper remembers no order that is gone."""
    Jobs(redis).migrate(TASK)
    die(redis)
    look(keeper, redis, clock)
    (order,) = orders.all()
    orders.done(order)

    look(keeper, redis, clock)

    assert redis.hgetall("omm:orders:watched") == {}


@pytest.mark.parametrize("change", [{"v": 2}, {"kind": "hibernate"}])
def test_an_order_of_a_newer_release_keeps_its_turn(
    redis: Redis, keeper: Keeper, clock: Clock, change: dict[str, object]
) -> None:
    """What that release's keeper has seen of it survives our looks, so that it is brought up in time there."""
    Jobs(redis).migrate(TASK)
    die(redis)
    look(keeper, redis, clock)
    order = json.loads(redis.hget("omm:orders", f"migrate:{TASK}") or "") | change
    redis.hset("omm:orders", f"migrate:{TASK}", json.dumps(order))
    seen = redis.hgetall("omm:orders:watched")

    assert [look(keeper, redis, clock, seconds=60) for _ in range(3)] == [0] * 3
    assert redis.hgetall("omm:orders:watched") == seen


def test_an_order_of_a_newer_release_is_not_ordered_again(
    redis: Redis, keeper: Keeper, services: Services, engine: Engine
) -> None:
    """Its task is under way, and its order is there, though this release cannot read it: what was agreed stays."""
    request = MigrationRequest(parse_account("imaps://a@example.org"), parse_account("ews+https://a@example.com"), ())
    engine.store.create(request, task_id=TASK)
    services.threads.open(Thread(TASK, TEAM, OWNER, ""))
    redis.hset("omm:orders", f"migrate:{TASK}", '{"v":1,"kind":"migrate","slowly":true}')

    keeper.adopt(services.threads, services.jobs)

    assert redis.hget("omm:orders", f"migrate:{TASK}") == b'{"v":1,"kind":"migrate","slowly":true}'


def test_an_order_about_nothing_keeps_no_other(redis: Redis, keeper: Keeper, clock: Clock) -> None:
    """It is no order of ours, and is left where it is."""
    nothing = {"v": 1, "kind": "migrate", "about": [], "arguments": {}, "since": 1.0, "placed": "x"}
    redis.hset("omm:orders", "migrate", json.dumps(nothing))
    Jobs(redis).migrate(TASK)
    redis.delete(MIGRATIONS)

    looks_until_brought_up(keeper, redis, clock)

    assert len(waiting(redis)) == 1
    assert redis.hexists("omm:orders", "migrate")


def test_a_memory_that_cannot_be_read_is_made_anew(redis: Redis, keeper: Keeper, clock: Clock) -> None:
    """Rubbish where the keeper keeps its notes costs a look, no order."""
    Jobs(redis).migrate(TASK)
    die(redis)
    for rubbish in ("{", "[1]", json.dumps({"x": 1})):
        redis.delete("omm:orders:watched")
        redis.hset("omm:orders:watched", f"migrate:{TASK}", rubbish)
        assert look(keeper, redis, clock) == 0

    assert looks_until_brought_up(keeper, redis, clock) <= 2 * EVERY


def test_the_kind_decides_where_it_waits(redis: Redis) -> None:
    """A rollback never waits behind hours of migrating, a count behind neither, and a form behind none of them."""
    jobs = Jobs(redis)
    jobs.migrate(TASK)
    jobs.roll_back(TASK, "U1", items=1, kept=0, discard=False)
    jobs.check(TASK, 1)
    jobs.count(TASK, "V1", "U1")

    lengths = {queue: redis.llen(f"rq:queue:omm-{queue}") for queue in ("migrations", "rollbacks", "checks", "counts")}

    assert lengths == {"migrations": 1, "rollbacks": 1, "checks": 1, "counts": 1}


def test_ids_that_begin_alike_are_told_apart(redis: Redis, keeper: Keeper, orders: Orders, clock: Clock) -> None:
    """The first generation of a draft is missed though the eleventh waits."""
    jobs = Jobs(redis)
    jobs.check(TASK, 1)
    redis.lpop("rq:queue:omm-checks")
    jobs.check(TASK, 11)

    looks_until_brought_up(keeper, redis, clock)

    assert orders.find(f"check:{TASK}:1") is not None
    assert [job_id.rpartition("-")[0] for job_id in waiting(redis, "rq:queue:omm-checks")] == [
        f"check-{TASK}-1", f"check-{TASK}-11"
    ]


@pytest.fixture
def task(engine: Engine, services: Services) -> str:
    """A task that was begun in Slack, and that nobody has ordered yet."""
    source = parse_account("imaps://carol@imap.example.org")
    request = MigrationRequest(source, parse_account("ews+https://carol@ex.example.net"), (Content.MAIL,))
    task_id = engine.store.create(request).task_id
    services.threads.open(Thread(task_id, TEAM, OWNER, ""))
    return task_id


def test_what_is_under_way_without_an_order_is_ordered(
    keeper: Keeper, services: Services, orders: Orders, task: str
) -> None:
    """The web door died between Resume and its order: the task goes on all the same, and is ordered once."""
    keeper.adopt(services.threads, services.jobs)
    (order,) = orders.all()
    keeper.adopt(services.threads, services.jobs)

    assert order.key == f"migrate:{task}"
    assert orders.all() == [order]


def test_passwords_of_what_is_ordered_are_kept_as_long_as_it_needs_them(
    keeper: Keeper, services: Services, engine: Engine, clock: Clock, task: str
) -> None:
    """The web door died between the retry and that: the hour of what was typed becomes the month of a task in line."""
    engine.vault.put(task, Side.SOURCE, "anew", expires=clock() + timedelta(hours=1))

    keeper.adopt(services.threads, services.jobs, keep_on=partial(keep_on, engine))

    clock.move(2 * 3600)
    assert engine.vault.get(task, Side.SOURCE) == "anew"


def test_what_is_ordered_at_this_moment_is_not_ordered_again(
    keeper: Keeper, services: Services, orders: Orders, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of a form makes the task and orders it while the keeper looks: that order stays as it is."""
    load, placed = services.threads.load, list[Order]()

    def ordered_meanwhile(task_id: str) -> Thread | None:
        placed.append(orders.place(Kind.MIGRATE, (task_id,), {"task_id": task_id}))
        return load(task_id)

    monkeypatch.setattr(services.threads, "load", ordered_meanwhile)

    keeper.adopt(services.threads, services.jobs)

    assert orders.all() == placed


def test_what_waits_for_a_person_is_not_ordered(keeper: Keeper, services: Services, orders: Orders, task: str) -> None:
    """A paused task stays paused."""
    pause(services.engine, task)

    keeper.adopt(services.threads, services.jobs)

    assert orders.all() == []


def test_what_was_begun_at_a_terminal_is_not_ordered(
    keeper: Keeper, services: Services, orders: Orders, task: str
) -> None:
    """A task that Slack knows nothing of is the terminal's."""
    services.threads.forget(task)

    keeper.adopt(services.threads, services.jobs)

    assert orders.all() == []


def test_a_rollback_that_nobody_has_ordered_goes_on(
    keeper: Keeper, services: Services, engine: Engine, orders: Orders, task: str
) -> None:
    """Begun at the terminal and cut off there: its card has no button, so nobody could ever finish it."""
    engine.store.save(replace(engine.store.load(task), state=State.ROLLING_BACK))

    keeper.adopt(services.threads, services.jobs)
    keeper.adopt(services.threads, services.jobs)

    assert [order.key for order in orders.all()] == [f"roll_back:{task}"]
