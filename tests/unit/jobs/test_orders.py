"""Orders: what is written down, until it is done."""

from __future__ import annotations

import json

import pytest
from redis import Redis

from bot.stored.orders import FAILURES, ORDERS, Kind, Orders
from engine.clock import utc_now
from jobs import Jobs
from tests.unit.jobs.conftest import Clock

TASK = "7K2F-9QXD"


def test_the_same_order_again_is_one_order(redis: Redis, orders: Orders) -> None:
    """Whoever presses twice has ordered once."""
    jobs = Jobs(redis)
    jobs.migrate(TASK)
    jobs.migrate(TASK)
    jobs.count(TASK, "V1", "U1")
    jobs.count(TASK, "V2", "U1")

    assert [order.key for order in orders.all()] == [f"migrate:{TASK}", f"count:{TASK}:V1", f"count:{TASK}:V2"]


def test_an_order_keeps_what_was_asked_for(redis: Redis, orders: Orders) -> None:
    """What a person has agreed to reaches whoever does it, whatever happens between."""
    Jobs(redis).roll_back(TASK, "U1", items=12, kept=3, discard=True, counting_on_it=["8QK2-MMMM"])

    found = orders.find(f"roll_back:{TASK}")

    assert found is not None
    assert found.kind is Kind.ROLL_BACK
    asked = {"task_id": TASK, "user": "U1", "items": 12, "kept": 3, "discard": True, "counting_on_it": ["8QK2-MMMM"]}
    assert found.arguments == asked | {"agreed": pytest.approx(utc_now().timestamp(), abs=60)}


def test_an_order_is_gone_when_it_is_done(redis: Redis, orders: Orders) -> None:
    """Nothing of a finished order stays behind, not even how often it failed."""
    order = orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})
    orders.failed(order)

    assert orders.done(order)

    assert orders.all() == []
    assert not redis.exists(ORDERS, FAILURES)
    assert orders.done(order)


def test_what_is_ordered_again_meanwhile_is_not_done(orders: Orders) -> None:
    """Resume is pressed while the run that was paused is still ending: the press is not lost."""
    first = orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})
    again = orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})

    assert not orders.done(first)

    assert orders.find(first.key) == again


def test_the_oldest_order_comes_first(orders: Orders, clock: Clock) -> None:
    """Orders are listed in the order in which they were placed."""
    for number in (3, 1, 2):
        orders.place(Kind.CHECK, ("D", str(number)), {})
        clock.move(1)

    assert [order.key for order in orders.all()] == ["check:D:3", "check:D:1", "check:D:2"]


def test_what_is_no_order_is_left_alone(redis: Redis, orders: Orders) -> None:
    """Rubbish among the orders hinders none of them; a kind that only a newer program knows is still there for it."""
    good = orders.place(Kind.MIGRATE, (TASK,), {"task_id": TASK})
    stolen = json.loads(redis.hget(ORDERS, good.key))
    others = {
        "not JSON": "{", "a list": "[]", "another name": json.dumps(stolen), "half": json.dumps({"kind": "migrate"}),
        "dry_run:7K2F-9QXD": json.dumps(stolen | {"kind": "dry_run"}),
    }
    redis.hset(ORDERS, mapping=others)

    assert orders.all() == [good]
    assert [orders.find(name) for name in others] == [None] * len(others)

    assert redis.hlen(ORDERS) == 1 + len(others)


def test_an_order_holds_nothing_but_ids_and_numbers(redis: Redis) -> None:
    """Neither the order nor what RQ keeps and logs of it has anything else in it."""
    jobs = Jobs(redis)
    jobs.check(TASK, 1)
    jobs.roll_back(TASK, "U1", items=1, kept=0, discard=False)

    queues = ("rq:queue:omm-checks", "rq:queue:omm-rollbacks")
    ids = [job_id.decode() for queue in queues for job_id in redis.lrange(queue, 0, -1)]
    descriptions = [redis.hget(f"rq:job:{job_id}", "description") for job_id in ids]

    assert ids == [f"check-{TASK}-1-1", f"roll_back-{TASK}-2"]
    assert descriptions == [f"check:{TASK}:1".encode(), f"roll_back:{TASK}".encode()]
