"""Workers that are killed: the migration goes on by itself, and the mailbox is as if nothing had happened."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from emulators.exchange import Fault
from engine.migration.record import State
from tests.recovery.workers.workshop import CHECKS, WorkerDoor, Workshop, left_of, until

OUT_SOON = 2_000    # milliseconds that a lease has left when its owner dies


def first_process(_shop: Workshop, door: WorkerDoor) -> None:
    """All that a supervisor sees of the door."""
    door.process.kill()


def rq_worker(_shop: Workshop, door: WorkerDoor) -> None:
    door.busy().kill()


def work_horse(_shop: Workshop, door: WorkerDoor) -> None:
    (horse,) = door.horses()
    horse.kill()


def worker_and_horse(_shop: Workshop, door: WorkerDoor) -> None:
    (horse,) = door.horses()
    for each in (psutil.Process(horse.ppid()), horse):
        each.kill()


def every_process(_shop: Workshop, door: WorkerDoor) -> None:
    for each in door.family():
        each.kill()


def the_store(shop: Workshop, _door: WorkerDoor) -> None:
    shop.server().kill()


def everything(shop: Workshop, _door: WorkerDoor) -> None:
    """As when the power fails, but for the disk."""
    for door in shop.doors:
        for each in door.family():
            each.kill()
    shop.server().kill()


KILLS: tuple[Callable[[Workshop, WorkerDoor], None], ...] = (
    first_process, rq_worker, work_horse, worker_and_horse, every_process, the_store, everything,
)


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: kill.__name__)
def test_a_migration_goes_on_by_itself(
    shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]], kill: Callable[[Workshop, WorkerDoor], None]
) -> None:
    """Killed in mid-run, and started again where a supervisor would: nobody presses anything, all is there once."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="kill"))
    task_id = shop.start(address)
    assert shop.at.emulator.wait_held("kill", 90)
    assert shop.content(address)

    owner = shop.fencing(task_id)
    with shop.watched(task_id) as states:
        kill(shop, door)
        shop.at.emulator.release("kill")
        shop.at.emulator.clear_faults()
        if door.process.poll() is not None or kill in (first_process, every_process, everything):
            door.process.wait(90)
            shop.open("migrations")
        until(lambda: shop.fencing(task_id) > owner or shop.state(task_id) is State.COMPLETED)
        shop.completed(task_id)

    assert states == [State.RUNNING, State.COMPLETED]
    assert shop.content(address) == undisturbed
    until(lambda: shop.orders.all() == [])


def test_a_machine_that_died_is_replaced(
    shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]]
) -> None:
    """From elsewhere a dead owner cannot be told from a silent one: its leases run out, and then it goes on."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="kill"))
    task_id = shop.start(address)
    assert shop.at.emulator.wait_held("kill", 90)
    for each in door.family():
        each.kill()
    shop.at.emulator.release("kill")
    redis = shop.valkey()
    for lease in redis.scan_iter("omm:lease:*"):
        redis.hset(lease, "process", "another machine|1 1")
        redis.pexpire(lease, OUT_SOON)
    owner = shop.fencing(task_id)

    shop.open("migrations")
    until(lambda: shop.fencing(task_id) > owner)

    shop.completed(task_id)
    assert shop.content(address) == undisturbed


def test_nobody_is_left_behind(shop: Workshop, address: str) -> None:
    """The first process of a door is killed in mid-run: all its others are gone a moment later."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.configure(item_ms=20)
    shop.start(address)
    until(door.horses)
    family = door.family()
    assert len(family) == 6         # keeper, two movers, one for rollbacks, and the work-horse

    door.process.kill()

    assert left_of(family, 90) == []
    door.process.wait(90)


def test_a_work_horse_does_not_outlive_its_worker(shop: Workshop, address: str) -> None:
    """Its worker is killed while a server keeps the work-horse waiting: it leaves by itself, and others go on."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="hang"))
    task_id = shop.start(address)
    assert shop.at.emulator.wait_held("hang", 90)
    (horse,) = door.horses()

    rq_worker(shop, door)

    assert left_of([horse], 90) == []
    shop.at.emulator.release("hang")
    shop.completed(task_id)


def test_a_process_that_dies_is_started_again(shop: Workshop) -> None:
    """Each process of a door comes back, however often it is killed."""
    door = shop.open("checks")
    until(lambda: len(door.family()) == CHECKS)
    for _ in range(2):
        before = door.family()[1:]
        for each in before:
            each.kill()
        until(lambda before=before: len([p for p in door.family()[1:] if p not in before]) == CHECKS - 1)

    assert door.process.poll() is None
    door.end()


def test_a_check_is_done_again(shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """Killed while it signs in, a check is done by the next process; its form becomes one task."""
    door = shop.open("checks")
    shop.at.emulator.add_fault(Fault(nth=1, action="hold", name="kill"))
    draft = shop.desktop.send(shop.form(address))
    assert shop.at.emulator.wait_held("kill", 90)

    (horse,) = door.horses()
    horse.kill()
    shop.at.emulator.release("kill")

    until(lambda: shop.state(draft.id) is State.WAITING)
    until(lambda: "Migration started" in shop.desktop.seen())
    shop.open("migrations")
    shop.completed(draft.id)
    assert shop.content(address) == undisturbed
    assert [migration.task_id for migration in shop.services.engine.store.all()] == [draft.id]


def test_a_rollback_goes_on_by_itself(shop: Workshop, address: str) -> None:
    """Killed in the midst of its deletions, a rollback ends without a trace."""
    shop.open("checks")
    door = shop.open("migrations")
    task_id = shop.start(address)
    shop.completed(task_id)
    shop.at.emulator.add_fault(Fault(operation="DeleteItem", nth=2, action="hold", name="kill"))

    shop.services.jobs.roll_back(task_id, "U0OWNER001", items=300, kept=0, discard=False)
    assert shop.at.emulator.wait_held("kill", 90)
    every_process(shop, door)
    shop.at.emulator.release("kill")
    door.process.wait(90)
    shop.open("migrations")

    until(lambda: shop.state(task_id) is State.ROLLED_BACK)
    assert shop.content(address) == Counter()
    assert shop.services.outbox.waiting() == []


def test_workers_survive_the_store(shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """The bundled server is killed again and again while nobody works: the same processes take the next order."""
    doors = [shop.open("checks"), shop.open("migrations")]
    until(lambda: [len(door.family()) for door in doors] == [CHECKS, 5])
    until(lambda: shop.valkey().scard("rq:workers") == CHECKS - 2 + 3)      # they have begun to wait for work
    families = [door.family() for door in doors]
    for _ in range(3):
        old = shop.server()
        old.kill()
        until(lambda old=old: shop.server() != old and shop.services.engine.store.held("nothing") is None)

    shop.completed(shop.start(address))

    assert shop.content(address) == undisturbed
    assert [[each for each in family if not each.is_running()] for family in families] == [[], []]


def test_a_stopped_worker_is_not_taken_for_dead(
    shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]]
) -> None:
    """A machine that stands still for a while does not make a second owner; it goes on where it was."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.configure(item_ms=10)
    task_id = shop.start(address)
    until(lambda: shop.content(address))

    (horse,) = until(door.horses)
    horse.suspend()
    time.sleep(5)       # two looks of the keeper, and more
    others = [each for each in door.horses() if each != horse]
    horse.resume()
    shop.completed(task_id)

    assert others == []
    assert shop.content(address) == undisturbed


def test_two_jobs_of_one_order_move_the_mail_once(
    shop: Workshop, address: str, undisturbed: Counter[tuple[Any, ...]]
) -> None:
    """Whatever is in line too often does no harm: the second worker leaves, and the order is done once."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.configure(item_ms=10)
    task_id = shop.start(address)
    for _ in range(5):
        shop.services.jobs.migrate(task_id)

    shop.completed(task_id)

    until(lambda: shop.orders.all() == [])
    assert shop.content(address) == undisturbed
    assert door.said.count("Traceback") == 0


@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_the_whole_group_may_be_told(shop: Workshop, address: str, what: signal.Signals) -> None:
    """Ctrl-C and a closed terminal reach every process at once: all are gone, and the work was handed over."""
    shop.open("checks")
    door = shop.open("migrations")
    shop.at.emulator.configure(item_ms=20)
    task_id = shop.start(address)
    until(lambda: shop.content(address))
    family = door.family()

    os.killpg(door.process.pid, what)

    assert left_of(family, 90) == []
    door.process.wait(90)
    assert shop.state(task_id) is State.RUNNING
    assert [order.key for order in shop.orders.all()] == [f"migrate:{task_id}"]
