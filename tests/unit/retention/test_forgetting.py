"""A task that is forgotten leaves one line, whenever the process is killed over it."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from datetime import timedelta

import pytest

from bot.stored.orders import Kind, Orders
from bot.work.sweep import DUE
from engine.errors import InputError
from engine.migration.record import State
from engine.migration.steering import forget
from tests.unit.life.world import NOW, Killed
from tests.unit.listeners.door import OWNER, TEAM
from tests.unit.retention.house import AUDIT, OTHER, TOLD, House


def of_a_task(house: House, task_id: str) -> dict[str, str]:
    """What of all that is kept names the task."""
    return {key: value for key, value in house.everything().items() if task_id in key or task_id in value}


def test_what_is_forgotten_leaves_one_line(house: House) -> None:
    """No key and no value names the task, a login, a server, a folder or an address; the audit has its ID and sums."""
    task_id = house.task()
    house.fill(task_id)

    forget(house.door.life.engine, task_id, by=OWNER)

    (line,) = house.lines()
    left = house.everything()
    assert list(of_a_task(house, task_id)) == AUDIT
    assert [(key, word) for key, value in left.items() for word in TOLD if repr(word)[1:-1] in value] == []
    assert line == {
        "v": 1, "task": task_id, "state": "completed", "user": OWNER, "why": "asked", "by": OWNER,
        "created": (NOW - timedelta(days=1)).isoformat(), "started": (NOW - timedelta(days=1)).isoformat(),
        "ended": (NOW - timedelta(days=1)).isoformat(), "rolled_back": None, "forgotten": NOW.isoformat(),
        "rollback": None,
        "counts": {"mail": {"found": 4, "copied": 2, "already_there": 1, "failed": 1, "left_out": 0}},
    }


def test_what_others_have_stays(house: House) -> None:
    """Not one key of another task has changed."""
    gone, stays = house.task(), house.task(owner=OTHER)
    house.fill(gone)
    house.fill(stays, OTHER)
    before = of_a_task(house, stays)

    forget(house.door.life.engine, gone, by=OWNER)

    after = of_a_task(house, stays)
    assert {key for key in after if stays in key} == {key for key in before if stays in key}
    assert all(after[key] == value for key, value in before.items() if stays in key)
    assert set(after) == set(before)


def test_the_terminals_tasks_have_an_audit_of_their_own(house: House) -> None:
    """Nobody in Slack began it, and the operator forgot it."""
    task_id = house.door.life.put(State.CANCELLED, ended=NOW)

    forget(house.door.life.engine, task_id)

    (line,) = house.lines("terminal")
    assert (line["task"], line["user"], line["by"], line["why"]) == (task_id, None, "operator", "asked")


def test_a_kill_leaves_what_the_next_sweep_finishes(house: House) -> None:
    """Killed before any of its commands, the task is whole, or the sweep finishes it: one line, and nothing else."""
    for moment in itertools.count(1):
        task_id = house.task()
        house.fill(task_id)
        before = of_a_task(house, task_id)
        house.door.life.kill_at(moment)
        with suppress(Killed):
            forget(house.door.life.engine, task_id, by=OWNER)
        redis = house.redis
        killed, redis.dead, redis.at = redis.dead, False, None
        house.door.life.expire_leases()
        begun = [line["task"] for line in house.lines()].count(task_id)

        house.look()

        assert begun in (0, 1)
        if not begun:
            assert of_a_task(house, task_id) == before, f"killed before its command {moment}"
        assert (house.record(task_id) is None) == (begun == 1), f"killed before its command {moment}"
        if begun:
            assert list(of_a_task(house, task_id)) == AUDIT
            assert [line["task"] for line in house.lines()].count(task_id) == 1
        if not killed:
            break
    assert moment > 10


def test_a_rollback_that_is_ordered_is_not_forgotten(house: House) -> None:
    """Somebody has agreed to it a moment ago: it happens, and nothing is written down."""
    task_id = house.task()
    Orders(house.redis).place(Kind.ROLL_BACK, (task_id,), {})

    with pytest.raises(InputError, match="about to begin"):
        forget(house.door.life.engine, task_id, by=OWNER)

    assert house.record(task_id) is not None
    assert house.lines() == []


def test_what_is_told_late_leaves_nothing(house: House) -> None:
    """A notifier that was about to write down that something has arrived leaves no key behind."""
    task_id, threads = house.task(), house.door.services.threads
    house.fill(task_id)
    (card, *_) = threads.cards(task_id)
    forget(house.door.life.engine, task_id, by=OWNER)

    threads.tell(task_id, "completed")
    threads.put_card(task_id, card)
    threads.changed(task_id)

    assert list(of_a_task(house, task_id)) == AUDIT


def test_a_line_of_a_later_release_is_passed_over(house: House) -> None:
    """What is written in another shape is left where it is."""
    house.redis.xadd(f"omm:audit:{TEAM}", {"line": json.dumps({"v": 2, "whatever": 1})})

    assert house.lines() == []
    assert house.redis.xlen(f"omm:audit:{TEAM}") == 1
    assert not house.redis.exists(DUE)
