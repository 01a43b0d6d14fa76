"""What people ask of a task from outside: pausing and resuming one in line, and a rollback of an agreed size."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

import pytest

from emulators.exchange import Fault
from engine.clock import utc_now
from engine.errors import FatalError, InputError, RetryableError, Side
from engine.hooks import on_saved
from engine.migration.back import CountChangedError, Expected, keep_for, preview, roll_back
from engine.migration.content import Content
from engine.migration.forwards import keep_secrets, migrate, start_kept
from engine.migration.record import Migration, State
from engine.migration.states import Ask
from engine.migration.steering import cancel, pause, resume
from engine.migration.task_id import new_task_id
from engine.migration.visit import ASKED_EVERY
from engine.pace.halt import Halt
from engine.ports.destination import Destination
from engine.ports.items import Outcome
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.memory.source import MemorySource
from tests.servers.world import ADDRESS, PASSWORD, World, interpose


def test_a_task_in_line_pauses_at_once_and_resumes_into_the_line(small_world: World) -> None:
    """Nobody is at work on it, so nothing has to come to its end first."""
    task = small_world.begin()

    paused = pause(small_world.engine, task.task_id)
    resumed = resume(small_world.engine, task.task_id)
    done = small_world.run(task.task_id)

    assert (paused.state, resumed.state, done.state) == (State.PAUSED, State.WAITING, State.COMPLETED)
    assert small_world.subjects() == EXPECTED


def test_a_pause_that_is_asked_for_as_the_work_begins_is_heard(small_world: World) -> None:
    """Between the look at who is at work and the first step, a pause is not lost; nobody else's halt is set."""
    task = small_world.begin()
    halt = Halt()

    def at_the_first_word(record: Migration) -> None:
        if record.stage == "signing in":
            pause(small_world.engine, task.task_id)

    stopped = migrate(small_world.engine.with_hooks(on_saved(at_the_first_word)), task.task_id, halt=halt)

    assert stopped.state is State.PAUSED
    assert small_world.messages() == []
    assert not halt.is_set()


def test_a_pause_that_comes_too_late_holds_up_no_rollback(small_world: World) -> None:
    """Asked for while the last request is under way, it is over with the migration."""
    before = small_world.emulator.dump()
    task = small_world.begin()

    def too_late(record: Migration) -> None:
        if record.step(Content.MAIL).ended is not None and record.state is State.RUNNING:
            small_world.engine.store.ask(task.task_id, Ask.PAUSE)

    done = migrate(small_world.engine.with_hooks(on_saved(too_late)), task.task_id, halt=Halt())

    assert done.state is State.COMPLETED
    assert small_world.engine.store.asked(task.task_id) is None

    def slow(inner: Destination, ids: Sequence[str]) -> list[Outcome]:
        time.sleep(ASKED_EVERY * 1.2)       # so that whoever listens for a pause has looked
        return inner.delete(ids)

    interpose(small_world, delete=slow)
    assert small_world.roll_back(task.task_id).state is State.ROLLED_BACK
    assert small_world.emulator.dump() == before


def test_cancelled_and_told_to_go_it_finishes_its_step(small_world: World, source: MemorySource) -> None:
    """The next process does what was promised: what is under way is finished, and the sums balance."""
    task, halt = small_world.begin(), Halt()

    def cancelled(_uids: Sequence[int]) -> None:
        small_world.engine.store.ask(task.task_id, Ask.CANCEL)
        halt.set()

    source.before_read = cancelled
    stopped = migrate(small_world.engine, task.task_id, halt=halt)
    source.before_read = lambda _uids: None
    done = small_world.run(task.task_id)

    assert (stopped.state, done.state) == (State.RUNNING, State.CANCELLED)
    assert small_world.counts(done).copied == 100
    assert small_world.subjects() == EXPECTED


def test_cancelled_while_it_waits_for_a_mailbox_it_ends_at_once(small_world: World) -> None:
    """Nothing was begun, so nothing has to be finished; the other task goes on."""
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="hold", name="first"))
    first, second = small_world.begin(), small_world.begin()
    with ThreadPoolExecutor(1) as aside:
        one = aside.submit(small_world.run, first.task_id)
        assert small_world.emulator.wait_held("first", 90)

        def cancelled(record: Migration) -> None:
            if record.waits_for:
                cancel(small_world.engine, second.task_id)

        ended = migrate(small_world.engine.with_hooks(on_saved(cancelled)), second.task_id, halt=Halt())
        assert small_world.engine.store.load(first.task_id).state is State.RUNNING
        small_world.emulator.release("first")

        assert (ended.state, ended.waits_for, ended.started) == (State.CANCELLED, None, None)
        assert one.result(90).state is State.COMPLETED


def test_cancelled_and_refused_it_has_ended(small_world: World) -> None:
    """Cancelled while it signs in, and let in by nobody: it needs nobody any more."""
    task = small_world.begin()
    small_world.emulator.change_password(ADDRESS, "another one")

    def cancelled(record: Migration) -> None:
        if record.stage == "signing in":
            cancel(small_world.engine, task.task_id)

    ended = migrate(small_world.engine.with_hooks(on_saved(cancelled)), task.task_id, halt=Halt())

    assert ended.state is State.CANCELLED
    assert small_world.messages() == []


def test_what_has_not_stopped_cannot_be_resumed(small_world: World) -> None:
    """A completed task is not put in line again."""
    done = small_world.migrate()

    with pytest.raises(InputError, match="nothing to resume"):
        resume(small_world.engine, done.task_id)


def test_a_draft_started_twice_is_one_task(small_world: World) -> None:
    """The second start returns the record of the first, whatever has become of it."""
    task_id = new_task_id()
    keep_secrets(small_world.engine, task_id, {Side.SOURCE: "-", Side.DESTINATION: PASSWORD})
    first = start_kept(small_world.engine, task_id, small_world.request())
    done = small_world.run(task_id)

    again = start_kept(small_world.engine, task_id, small_world.request())

    assert first.state is State.WAITING
    assert again == small_world.engine.store.load(task_id)
    assert again.state is done.state is State.COMPLETED
    assert len(list(small_world.engine.store.all())) == 1


def test_a_rollback_does_what_was_agreed_to(small_world: World) -> None:
    """The count that a person has seen is the count that is removed."""
    before = small_world.emulator.dump()
    done = small_world.migrate()
    counted = preview(small_world.engine, done.task_id)

    back = roll_back(
        small_world.engine, done.task_id, expected=Expected(counted.items, counted.kept), halt=Halt()
    )

    assert counted.items == 100
    assert back.state is State.ROLLED_BACK
    assert small_world.emulator.dump() == before


def test_a_rollback_that_would_do_something_else_does_nothing(small_world: World) -> None:
    """The task stays as it was, with nothing under way, and can still be rolled back."""
    done = small_world.migrate()
    there = small_world.emulator.dump()

    with pytest.raises(CountChangedError):
        roll_back(small_world.engine, done.task_id, expected=Expected(99, 0), halt=Halt())
    left = small_world.engine.store.load(done.task_id)

    assert (left.state, left.stage, left.rollback) == (State.COMPLETED, "", None)
    assert small_world.emulator.dump() == there


def test_a_rollback_that_was_agreed_to_in_time_is_done_later(small_world: World) -> None:
    """The other task's mailbox was free only after the window had ended."""
    done = small_world.migrate()
    keep_for(small_world.engine, done)
    late = replace(small_world.engine, clock=lambda: utc_now() + timedelta(hours=49))

    with pytest.raises(InputError, match="more than 48 hours ago"):
        roll_back(late, done.task_id, halt=Halt())
    back = roll_back(late, done.task_id, agreed=utc_now(), halt=Halt())

    assert back.state is State.ROLLED_BACK


def test_a_rollback_that_is_refused_says_so_in_the_record(small_world: World) -> None:
    """Whoever looks at the task sees why, and it goes on once the cause is gone."""
    before = small_world.emulator.dump()
    done = small_world.migrate()
    number = small_world.emulator.add_fault(Fault(operation="DeleteItem", action="fault", code="ErrorAccountDisabled"))

    with pytest.raises(FatalError):
        roll_back(small_world.engine, done.task_id, halt=Halt())
    stopped = small_world.engine.store.load(done.task_id)
    small_world.emulator.clear_faults()
    back = small_world.roll_back(done.task_id)

    assert number
    assert stopped.state is State.ROLLBACK_STOPPED
    assert stopped.attention is not None
    assert back.attention is None
    assert small_world.emulator.dump() == before


def test_a_source_that_is_waited_for_is_named(small_world: World, source: MemorySource) -> None:
    """While a server does not answer, the record says which one; afterwards it says what is done again."""
    told: list[str] = []

    def unwell(_uids: Sequence[int]) -> None:
        if "waiting for the source server to answer" not in told:
            raise RetryableError("the server is away")

    source.before_read = unwell
    task = small_world.begin()

    done = migrate(small_world.engine.with_hooks(on_saved(lambda m: told.append(m.stage))), task.task_id, halt=Halt())
    stages = [stage for stage, _ in groupby(told)]

    assert done.state is State.COMPLETED
    assert stages[-4:] == ["moving mail", "waiting for the source server to answer", "moving mail", ""]
    assert small_world.subjects() == EXPECTED


@pytest.mark.parametrize("operation", ["CreateItem", "CreateFolder"])
def test_a_destination_that_is_waited_for_is_named(small_world: World, operation: str) -> None:
    """A server that asks for a pause is named while it lasts; then the work goes on."""
    small_world.emulator.add_fault(
        Fault(operation=operation, nth=1, action="fault", code="ErrorServerBusy", back_off_ms=3500)
    )
    task, told = small_world.begin(), list[str]()

    done = migrate(small_world.engine.with_hooks(on_saved(lambda m: told.append(m.stage))), task.task_id, halt=Halt())
    stages = [stage for stage, _ in groupby(told)]

    assert done.state is State.COMPLETED
    assert stages[-4:] == ["moving mail", "waiting for the destination server to answer", "moving mail", ""]
    assert small_world.subjects() == EXPECTED


def test_a_refusal_that_is_about_no_message_is_said(small_world: World) -> None:
    """The destination does not list its folders: the task needs help and says why, both ways."""
    done = small_world.migrate()
    small_world.engine = replace(small_world.engine, patience=1)
    refused = Fault(operation="FindFolder", action="fault", code="ErrorCorruptData")
    small_world.emulator.add_fault(refused)

    stopped = small_world.migrate()
    with pytest.raises(FatalError, match="damaged"):
        small_world.roll_back(done.task_id)

    assert stopped.state is State.NEEDS_ATTENTION
    assert stopped.attention is not None
    assert "damaged" in stopped.attention.words


def test_rates_are_of_the_visit_under_way(small_world: World) -> None:
    """After some seconds the record says how many items a second arrive."""
    began = utc_now()
    ticks = iter(range(10**6))
    clock = replace(small_world.engine, clock=lambda: began + timedelta(seconds=10 * next(ticks)))
    seen: list[float] = []
    task = small_world.begin()

    seeing = on_saved(lambda m: seen.append(m.step(Content.MAIL).items_per_second))
    migrate(clock.with_hooks(seeing), task.task_id, halt=Halt())

    assert max(seen) > 0
