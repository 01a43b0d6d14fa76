"""Workers that are told to stop: they are gone, and nobody who watches the migration sees a change."""

from __future__ import annotations

import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.work.heartbeats import Heartbeats
from emulators.exchange import Fault
from engine.migration.record import State
from tests.recovery.store.doors import pid
from tests.recovery.workers.workshop import CHECKS, Workshop, left_of, lives, until


@pytest.mark.parametrize("what", [signal.SIGTERM, signal.SIGINT])
def test_another_worker_goes_on(
    shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]], what: signal.Signals
) -> None:
    """Of two doors, the one at work is told to stop: the other goes on at once, and the record never leaves RUNNING."""
    shop.open("checks")
    doors = [shop.open("migrations"), shop.open("migrations")]
    until(lambda: [len(door.family()) for door in doors] == [5, 5])
    shop.at.emulator.configure(item_ms=20)
    task_id = shop.start(address)
    until(lambda: shop.content(address))
    (at_work,) = [door for door in doors if door.horses()]
    owner = shop.fencing(task_id)

    with shop.watched(task_id) as states:
        at_work.end(what)
        until(lambda: shop.fencing(task_id) > owner)
        shop.completed(task_id)

    assert at_work.process.returncode == 0
    assert states == [State.RUNNING, State.COMPLETED]
    assert shop.content(address) == undisturbed


def test_the_next_worker_goes_on(shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """A deploy: the only door is stopped in mid-run and started again. The record shows RUNNING all the while."""
    shop.open("checks")
    first = shop.open("migrations")
    shop.at.emulator.configure(item_ms=20)
    task_id = shop.start(address)
    until(lambda: shop.content(address))

    with shop.watched(task_id) as states:
        first.end()
        assert len(shop.content(address)) < undisturbed.total()
        owner = shop.fencing(task_id)
        shop.open("migrations")
        until(lambda: shop.fencing(task_id) > owner)
        shop.completed(task_id)

    assert states == [State.RUNNING, State.COMPLETED]
    assert shop.content(address) == undisturbed


def test_a_server_that_hangs_holds_up_nobody(
    shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]]
) -> None:
    """The destination does not answer while the worker is to leave: it is gone, and all is there later."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="hang"))
    task_id = shop.start(address)
    assert shop.at.emulator.wait_held("hang", 90)

    door.end()

    assert shop.state(task_id) is State.RUNNING
    shop.at.emulator.release("hang")
    shop.open("migrations")
    shop.completed(task_id)
    assert shop.content(address) == undisturbed


def test_a_process_that_hears_nothing_is_killed(shop: Workshop, address: str) -> None:
    """A work-horse that stands still cannot leave by itself: it is gone all the same."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.configure(item_ms=20)
    shop.start(address)
    until(lambda: shop.content(address))
    (horse,) = door.horses()
    horse.suspend()

    door.end()
    assert not lives(horse)


def test_stopped_before_it_began(shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """A door that is stopped at any moment of its start leaves nothing undone and nobody behind."""
    shop.open("checks")
    task_id = shop.start(address)
    for milliseconds in (0, 200, 400, 500, 600, 700, 800, 1000, 1300):
        door = shop.open("migrations")
        time.sleep(milliseconds / 1000)     # the moment itself is what is tried
        door.end()

    shop.open("migrations")
    shop.completed(task_id)

    assert shop.content(address) == undisturbed


def test_a_rollback_is_handed_over(shop: Workshop, address: str) -> None:
    """A rollback that is stopped in its midst is ended by the next door."""
    shop.open("checks")
    door = shop.open("migrations")
    task_id = shop.start(address)
    shop.completed(task_id)
    shop.at.emulator.add_fault(Fault(operation="DeleteItem", action="delay", seconds=1))
    shop.services.jobs.roll_back(task_id, "U0OWNER001", items=300, kept=0, discard=False)
    until(lambda: shop.content(address).total() < 300)

    door.end()
    left = shop.content(address).total()
    shop.at.emulator.clear_faults()
    shop.open("migrations")

    until(lambda: shop.state(task_id) is State.ROLLED_BACK)
    assert left > 0
    assert shop.content(address) == Counter()


def test_idle_doors_leave_at_once(shop: Workshop) -> None:
    """Nothing to do, nothing to wait for: every kind of door says that it is there, and leaves without a word."""
    doors = [shop.open(kind) for kind in ("migrations", "checks", "notices")]
    until(lambda: [len(door.family()) for door in doors] == [5, CHECKS, 3])
    with shop.valkey() as redis:
        until(lambda: Heartbeats(redis).absent() == [])

    for door in doors:
        door.end()

    assert [door.process.returncode for door in doors] == [0, 0, 0]
    assert [line for door in doors for line in door.said.splitlines() if " INFO " not in line] == []


def test_the_last_door_stops_the_store(shop: Workshop, tmp_path: Path) -> None:
    """Nothing of ours runs on when every door has left: the bundled server is stopped with the last one."""
    alone = tmp_path / "alone"
    door = shop.open("checks", OMM_STATE_DIR=str(alone))
    server = psutil.Process(until(lambda: pid(alone)))
    until(lambda: len(door.family()) == CHECKS)

    door.end()

    assert left_of([server], 90) == []
