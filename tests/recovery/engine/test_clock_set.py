"""A clock that was set while a request was without an answer: nobody waits longer than the grace for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta

import pytest

from emulators.exchange import Fault
from engine.clock import utc_now
from engine.migration.back import roll_back
from engine.migration.forwards import migrate
from engine.migration.journal import TaskJournal
from engine.migration.record import Migration, State
from engine.migration.steering import resume
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.world import World

AT_MOST = 90.0      # seconds; the grace is one


def stopped_with_an_open_tag(at: World) -> str:
    """A task that needs attention, one of whose requests got no answer and was not carried out either."""
    task = at.begin()
    at.emulator.add_fault(Fault(operation="CreateItem", nth=1, action="drop"))
    at.emulator.add_fault(Fault(operation="CreateItem", nth=2, action="fault", code="ErrorQuotaExceeded"))
    stopped = at.run(task.task_id)
    assert stopped.state is State.NEEDS_ATTENTION
    at.emulator.clear_faults()
    assert at.engine.store.opened(task.task_id)
    return task.task_id


def resumed(engine: Engine, task_id: str, halt: Halt) -> Migration:
    resume(engine, task_id)
    return migrate(engine, task_id, halt=halt)


def rolled_back(engine: Engine, task_id: str, halt: Halt) -> Migration:
    return roll_back(engine, task_id, halt=halt)


@pytest.mark.parametrize("hours", [-5, 5])
@pytest.mark.parametrize(("do", "state"), [(resumed, State.COMPLETED), (rolled_back, State.ROLLED_BACK)])
def test_a_clock_that_was_set_holds_nobody_up(
    small_world: World, hours: int, do: Callable[[Engine, str, Halt], Migration], state: State
) -> None:
    """Five hours back or forward: what was sent without an answer is waited for no longer than the grace."""
    task_id, halt = stopped_with_an_open_tag(small_world), Halt()
    engine = replace(small_world.engine, clock=lambda: utc_now() + timedelta(hours=hours))

    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(do, engine, task_id, halt)
        wait([running], AT_MOST)
        ended = running.done()
        halt.set()

        assert ended
        assert running.result().state is state
    assert small_world.subjects() == (EXPECTED if state is State.COMPLETED else [])


@pytest.mark.parametrize("hours", [-5, 5])
def test_nothing_was_sent_in_the_future(small_world: World, hours: int) -> None:
    """The age of an open tag is never negative, so that no more than the grace is left of the grace."""
    task = small_world.begin()
    small_world.engine.store.open_tags(task.task_id, "folder", ["tag"])

    journal = TaskJournal(small_world.engine.store, task.task_id, lambda: utc_now() + timedelta(hours=hours))

    assert all(sent.age >= 0 for sent in journal.opened().values())
