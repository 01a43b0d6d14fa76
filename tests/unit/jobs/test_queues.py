"""Where an order waits: what takes minutes never waits before what somebody looks at a form for."""

from __future__ import annotations

import pytest
from redis import Redis

from bot.stored.orders import Kind, Orders, Queue
from jobs import Jobs, Queues

TASK = "7K2F-9QXD"


@pytest.mark.parametrize(("kind", "about", "queue"), [
    (Kind.CHECK, (TASK, "1"), Queue.CHECKS),
    (Kind.COUNT, (TASK, "V1"), Queue.COUNTS),
    (Kind.SWITCH_ON, (TASK,), Queue.COUNTS),
    (Kind.MIGRATE, (TASK,), Queue.MIGRATIONS),
    (Kind.ROLL_BACK, (TASK,), Queue.ROLLBACKS),
])
def test_each_kind_of_order_waits_in_a_queue_of_its_own(
    redis: Redis, kind: Kind, about: tuple[str, ...], queue: Queue
) -> None:
    """A count of a large mailbox, or a migration, keeps no form and no rollback waiting."""
    Queues(redis).put(Orders(redis).place(kind, about, {}))

    assert {each: redis.llen(f"rq:queue:{each}") for each in Queue} == {each: int(each is queue) for each in Queue}


def test_what_somebody_asks_for_is_in_line_at_once(redis: Redis) -> None:
    """The count of a rollback, as its dialog orders it, waits where counts are carried out."""
    Jobs(redis).count(TASK, "V1", "U1")

    assert redis.llen(f"rq:queue:{Queue.COUNTS}") == 1
    assert redis.llen(f"rq:queue:{Queue.CHECKS}") == 0
