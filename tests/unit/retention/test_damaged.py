"""A task whose record is damaged can be forgotten at the terminal, after its operator has read what that means."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest

import wiring
from engine.errors import InputError, Side, TakenError, UnreadableError
from engine.store.indexes import record_key
from terminal.output import Output
from terminal.session import Session
from terminal.steering import run_forget, run_list
from terminal.usage import UsageError
from tests.unit.life.world import Killed
from tests.unit.listeners.door import OWNER, TEAM
from tests.unit.retention.house import AUDIT, OTHER, House
from tests.unit.retention.test_forgetting import of_a_task

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Terminal:
    """A terminal on the store of the house; `said` is what it shows."""

    house: House
    said: StringIO = field(default_factory=StringIO)

    def __post_init__(self) -> None:
        self.out = Output(self.said, self.said, as_json=False)

    @contextmanager
    def doors(self) -> Iterator[wiring.Doors]:
        yield wiring.Doors(self.house.door.life.engine, self.house.redis, "")

    engine, tasks = Session.engine, Session.tasks


def damaged(house: House) -> str:
    """A task of which everything is kept, and its record is no record any more; its ID."""
    task_id = house.task()
    house.fill(task_id)
    house.door.life.engine.vault.put(task_id, Side.DESTINATION, "hunter2")
    house.redis.hset(record_key(task_id), "record", "{this is no record")
    return task_id


def forgotten(house: House, task_id: str, *, yes: bool = True) -> str:
    """What the terminal says when it is told to forget the task."""
    terminal: Any = Terminal(house)
    run_forget(terminal, task_id, yes=yes)
    return str(terminal.said.getvalue())


def test_a_damaged_task_is_forgotten_but_for_one_line(house: House) -> None:
    """Nothing names it any more but the audit, no password stays, and other tasks have all that they had."""
    task_id, stays = damaged(house), house.task(owner=OTHER)
    before = of_a_task(house, stays)

    said = forgotten(house, task_id)

    (line,) = house.lines()
    assert f"Migration {task_id} is forgotten." in said
    assert list(of_a_task(house, task_id)) == AUDIT
    assert [line[name] for name in ("task", "state", "user", "by", "counts")] == [
        task_id, "damaged", OWNER, "operator", {}
    ]
    assert not house.door.life.engine.vault.has(task_id, Side.DESTINATION)
    assert set(of_a_task(house, stays)) == set(before)
    assert [one.task_id for one in house.door.life.engine.store.all()] == [stays]


def test_whoever_forgets_a_damaged_task_reads_what_that_means(house: House) -> None:
    """Without a terminal to ask on and without --yes, nothing is done."""
    task_id = damaged(house)
    before, terminal = of_a_task(house, task_id), Terminal(house)
    asked: Any = terminal

    with pytest.raises(UsageError, match="--yes"):
        run_forget(asked, task_id, yes=False)

    said = terminal.said.getvalue()
    assert "is damaged, and no release of OMM can read it" in said
    assert "can be neither resumed nor rolled back" in said
    assert "What it copied stays where it is" in said
    assert of_a_task(house, task_id) == before


def test_the_list_names_the_command(house: House) -> None:
    """Whoever reads that a task is not shown reads how to be rid of it."""
    task_id, terminal = damaged(house), Terminal(house)
    asked: Any = terminal

    run_list(asked)

    assert f"omm forget {task_id}" in terminal.said.getvalue()


def test_one_of_a_newer_release_is_not_forgotten(house: House) -> None:
    """It is whole, and its own release goes on with it."""
    task_id = house.task()
    house.redis.hset(record_key(task_id), "record", json.dumps({"v": 99}))

    with pytest.raises(UnreadableError, match="newer release"):
        forgotten(house, task_id)

    assert house.redis.exists(record_key(task_id))


def test_a_damaged_task_that_a_process_works_on_is_left_alone(house: House) -> None:
    """Whoever has its lease may be about to write the record anew."""
    task_id = damaged(house)
    house.door.at_work(task_id)

    with pytest.raises(TakenError):
        forgotten(house, task_id)

    assert house.redis.exists(record_key(task_id))


def test_a_damaged_task_waits_for_what_it_has_sent(house: House) -> None:
    """The next task into that mailbox has to know of it."""
    task_id = damaged(house)
    life = house.door.life
    life.engine = replace(life.engine, grace=120.0)

    with pytest.raises(InputError, match="may still arrive"):
        forgotten(house, task_id)

    assert house.redis.exists(record_key(task_id))


def test_a_kill_over_a_damaged_task_leaves_what_the_same_command_finishes(house: House) -> None:
    """Killed before one of its commands or another, it is done when it is asked for once more: one line is left."""
    for moment in itertools.count(1, 3):
        task_id = damaged(house)
        house.door.life.kill_at(moment)
        with suppress(Killed):
            forgotten(house, task_id)
        redis = house.redis
        killed, redis.dead, redis.at = redis.dead, False, None
        house.door.life.expire_leases()

        if house.redis.exists(record_key(task_id)):
            forgotten(house, task_id)

        left = {key.replace(":terminal", f":{TEAM}") for key in of_a_task(house, task_id)}   # nothing says whose it was
        assert left == set(AUDIT), f"killed before its command {moment}"
        assert [line["task"] for line in house.lines()].count(task_id) == 1
        if not killed:
            break
    assert moment > 10
