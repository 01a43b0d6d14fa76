"""Whatever happens beside a forgetting, or in the midst of one, nothing of the task is left but its line."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.stored.deletions import Deletion, Progress
from bot.stored.orders import Kind, Orders
from bot.stored.threads import Act
from engine.errors import UnreadableError
from engine.migration.record import State
from engine.migration.steering import forget
from engine.migration.task_id import new_task_id
from engine.pace.halt import Halt
from engine.store.stored import as_json
from jobs import Queues, WorkerContext, carry_out
from tests.unit.life.world import NOW, Killed
from tests.unit.listeners.door import CHANNEL, OWNER, TEAM
from tests.unit.retention.house import AUDIT, OTHER, House
from tests.unit.retention.test_deleting import tab
from tests.unit.retention.test_forgetting import of_a_task


def only_its_line(house: House, task_id: str) -> bool:
    return list(of_a_task(house, task_id)) == AUDIT


def test_a_press_that_comes_too_late_leaves_nothing(house: House) -> None:
    """An admin presses a button while the owner has the task forgotten, and the click is written down afterwards."""
    task_id = house.task()
    forget(house.door.life.engine, task_id, by=OWNER)

    house.door.services.threads.press(task_id, OTHER, Act.ROLLBACK, at=NOW)

    assert only_its_line(house, task_id)


def test_whoever_asked_is_told_although_workers_die(house: House) -> None:
    """However far the forgetting came before the kill, it is finished, its owner reads so once, and nothing stays."""
    services, outbox = house.door.services, house.door.services.outbox
    office = WorkerContext(services, house.door.orders, Queues(house.redis))
    for moment in itertools.count(1):
        task_id = house.task()
        services.jobs.forget(task_id, OWNER)
        house.door.life.kill_at(moment)
        with suppress(Killed):
            carry_out(office, f"forget:{task_id}", Halt())
        redis = house.redis
        killed, redis.dead, redis.at = redis.dead, False, None
        house.door.life.expire_leases()

        for order in house.door.orders.all():
            carry_out(office, order.key, Halt())

        told = [one for one in outbox.line() if one.letter and f"{task_id} is forgotten" in one.letter.text]
        assert len(told) == 1, f"killed before its command {moment}"
        outbox.sent(told[0])
        left = {key for key in of_a_task(house, task_id) if not key.startswith("rq:")}
        assert left == set(AUDIT), f"killed before its command {moment}"
        if not killed:
            break
    assert moment > 10


def test_a_task_that_a_deletion_has_left_is_named_no_longer(house: House) -> None:
    """It ran when its owner deleted their data; forgotten later, the home tab does not ask to delete it once more."""
    task_id, other = house.task(), house.task(State.RUNNING)
    house.door.services.deletions.note(TEAM, OWNER, Deletion(1.0, Progress.DONE, 2, (task_id, other)))

    forget(house.door.life.engine, task_id, by=OWNER)

    assert only_its_line(house, task_id)
    assert f"Not deleted: *{other}*" in tab(house)


def test_the_form_that_became_the_task_is_before_nobody(house: House) -> None:
    """Which form somebody has open is noted for a day, by the ID that its task has."""
    services = house.door.services
    task_id = house.task()
    draft = services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL)
    services.drafts.opened(replace(draft, id=task_id))
    services.drafts.forget(draft.id)

    forget(house.door.life.engine, task_id, by=OWNER)

    assert only_its_line(house, task_id)


def test_a_form_that_was_opened_since_stays_before_its_owner(house: House) -> None:
    """Closing it for another still drops its passwords."""
    services = house.door.services
    task_id = house.task()
    draft = services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL)
    services.drafts.opened(draft)

    forget(house.door.life.engine, task_id, by=OWNER)

    assert services.drafts.opened(replace(draft, id=new_task_id())) == draft.id


@pytest.mark.parametrize("kind", ["roll_back", "roll_back_gently"])
def test_an_order_of_a_later_release_keeps_its_task(house: House, kind: str) -> None:
    """Somebody has agreed to a rollback by the other release's door: its order is neither removed nor made useless."""
    task_id = house.task()
    order = {"v": 2, "kind": kind, "about": [task_id], "arguments": {}, "since": 1.0, "placed": "x"}
    house.redis.hset("omm:orders", f"{kind}:{task_id}", json.dumps(order))

    with pytest.raises(UnreadableError, match=r"was stored by a newer release"):
        forget(house.door.life.engine, task_id, by=OWNER)

    assert house.redis.hexists("omm:orders", f"{kind}:{task_id}")
    assert house.record(task_id) is not None
    assert house.lines() == []


def test_an_attempt_that_begins_as_the_task_is_forgotten_leaves_nothing(house: House) -> None:
    """A worker had the order in its hand: what it counts is counted only beside an order."""
    task_id = house.task(State.CANCELLED)
    order = Orders(house.redis).place(Kind.MIGRATE, (task_id,), {"task_id": task_id})
    forget(house.door.life.engine, task_id, by=OWNER)

    house.door.orders.begun(order, settled=0)
    house.door.orders.failed(order)

    assert only_its_line(house, task_id)


@pytest.mark.parametrize("line", [b"no JSON", b'{"v": 2, "whom": "U1"}', b"[]", b'{"at": 1, "task": 2}'])
def test_one_bad_guess_keeps_no_task_and_no_sweep(house: House, line: bytes) -> None:
    """What cannot be read of the list of guesses is left where it is; the tasks whose time is over go all the same."""
    old = house.task(days_ago=99)
    house.fill(old)
    house.redis.rpush("omm:guesses", line)
    house.door.life.clock.now = NOW - timedelta(days=90)
    house.door.services.guesses.note(OTHER, "AAAA-AAAA", right=False)
    house.door.life.clock.now = NOW

    assert house.look() == 1

    assert only_its_line(house, old)
    assert house.redis.lrange("omm:guesses", 0, -1) == [line]


@pytest.mark.parametrize("spoil", [
    lambda record: record | {"updated": record["updated"].removesuffix("+00:00")},
    lambda record: record | {"ended": "2026-01-01"},
    lambda record: record | {"fencing": [[]]},
    lambda record: record | {"steps": {"mail": {"items_per_second": 10**400}}},
    lambda record: record | {"stage": "\ud800"},
    lambda record: record | {"counts_on": 7},
], ids=range(6))
def test_one_damaged_record_keeps_no_other(house: House, spoil) -> None:
    """Whatever is wrong with it, the sweep goes on with the next."""
    broken, other = house.task(days_ago=99), house.task(days_ago=99)
    record = json.loads(as_json(house.redis.hget(f"omm:task:{broken}", "record")))
    house.redis.hset(f"omm:task:{broken}", "record", json.dumps(spoil(record)))

    house.look()

    assert house.record(other) is None
