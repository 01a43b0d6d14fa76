"""Several migrations into one mailbox, and passwords that change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.errors import TakenError
from engine.hooks import on_saved
from engine.migration.forwards import migrate
from engine.migration.record import Migration, State
from engine.pace.halt import Halt
from tests.recovery.engine.conftest import CLIENTS, EXPECTED, arrived, hundred
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import ADDRESS, World, world


@pytest.mark.parametrize("second_login", ["old", "other"])
def test_the_second_migration_waits_and_says_for_whom(tmp_path: Path, second_login: str) -> None:
    """Two migrations into one mailbox do not write at the same time; the second says whose task it waits for."""
    with world(tmp_path, {"old": hundred(), "other": hundred("Ben ")}) as both, ThreadPoolExecutor(2) as threads:
        both.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="hold", name="first"))
        first, second = both.begin("old"), both.begin(second_login)
        one = threads.submit(both.run, first.task_id)
        assert both.emulator.wait_held("first", 90)
        told: list[Migration] = []

        def tell(record: Migration) -> None:
            told.append(record)
            if record.waits_for:
                both.emulator.release("first")

        two = threads.submit(migrate, both.engine.with_hooks(on_saved(tell)), second.task_id, halt=Halt())
        done, later = one.result(90), two.result(90)

        waiting = [r for r in told if r.state is State.WAITING and r.waits_for]
        assert {r.waits_for for r in waiting} == {first.task_id}
        assert (done.state, later.state) == (State.COMPLETED, State.COMPLETED)
        expected = (100, 0) if second_login == "other" else (0, 100)
        assert (both.counts(later).copied, both.counts(later).already_there) == expected
        assert both.subjects() == (sorted(EXPECTED + arrived("Ben ")) if second_login == "other" else EXPECTED)


def test_a_door_may_let_go_of_who_waits(tmp_path: Path) -> None:
    """Where others need the process, a task that has to wait is put off; the record says for whom, and it goes on."""
    with world(tmp_path, {"old": hundred(), "other": hundred("Ben ")}) as both, ThreadPoolExecutor(1) as threads:
        both.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="hold", name="first"))
        first, second = both.begin("old"), both.begin("other")
        one = threads.submit(both.run, first.task_id)
        assert both.emulator.wait_held("first", 90)
        impatient = replace(both.engine, in_line=0.2)

        with pytest.raises(TakenError, match=first.task_id):
            migrate(impatient, second.task_id, halt=Halt())

        waiting = both.engine.store.load(second.task_id)
        assert (waiting.state, waiting.waits_for) == (State.WAITING, first.task_id)
        both.emulator.release("first")
        assert one.result(90).state is State.COMPLETED
        assert migrate(impatient, second.task_id, halt=Halt()).state is State.COMPLETED
        assert both.subjects() == sorted(EXPECTED + arrived("Ben "))


def test_two_old_accounts_with_the_same_numbers_merge(tmp_path: Path) -> None:
    """Two sources whose messages have the same UIDs both arrive whole, in shared folders."""
    ann = MemorySource({CLIENTS: [mail(f"ann {n}") for n in range(30)]})
    ben = MemorySource({CLIENTS: [mail(f"ben {n}") for n in range(30)]})
    with world(tmp_path, {"ann": ann, "ben": ben}) as both:
        both.migrate("ann")
        both.migrate("ben")

        assert both.subjects() == sorted(
            (("Clients",), f"{name} {n}") for name in ("ann", "ben") for n in range(30)
        )


def _changed_half_way(world: World, task_id: str) -> Migration:
    """Runs the task while the password changes at the destination, in the middle of the copying."""
    world.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="hold", name="half-way"))
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(world.run, task_id)
        assert world.emulator.wait_held("half-way", 90)
        world.emulator.change_password(ADDRESS, "new one")
        world.emulator.release("half-way")
        return running.result(90)


def test_a_password_changed_in_mid_run_asks_for_help_and_resumes(small_world: World) -> None:
    """After the first refusal at most one more sign-in is tried; with the new password the migration goes on."""
    small_world.emulator.configure(auth=("basic",))
    task = small_world.begin()
    stopped = _changed_half_way(small_world, task.task_id)
    refused = [s for s in small_world.emulator.sign_ins if not s.accepted]
    small_world.give_password(task.task_id, "new one")

    done = small_world.run(task.task_id)

    assert stopped.state is State.NEEDS_ATTENTION
    assert stopped.attention is not None
    assert stopped.attention.cause == "login or password"
    # requests on their way already are refused too; of those that start after the first refusal only one may be
    assert len(refused) >= 1
    assert len([s for s in refused if s.time > refused[0].time + 0.1]) <= 1
    assert small_world.counts(done).copied == 100
    assert small_world.subjects() == EXPECTED


def test_a_connection_that_has_signed_in_goes_on(small_world: World) -> None:
    """By NTLM a connection signs in once: a password changed in mid-run refuses nothing that is under way."""
    small_world.emulator.configure(auth=("ntlm",))
    task = small_world.begin()

    done = _changed_half_way(small_world, task.task_id)

    refused = [s for s in small_world.emulator.sign_ins if not s.accepted]
    assert len(refused) <= 1
    assert done.state in (State.COMPLETED, State.NEEDS_ATTENTION)


def test_a_second_process_cannot_work_on_the_same_task(small_world: World) -> None:
    """A task that is under way refuses another run of itself, in words."""
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="hold", name="first"))
    task = small_world.begin()
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(small_world.run, task.task_id)
        assert small_world.emulator.wait_held("first", 90)
        with pytest.raises(Exception, match="is working on migration"):
            small_world.run(task.task_id)
        small_world.emulator.release("first")
        done = running.result(90)

    assert done.state is State.COMPLETED
    assert replace(done, updated=done.updated).task_id == task.task_id
