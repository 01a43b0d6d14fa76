"""A destination that cannot be read for a moment, or for ever, is never taken for an empty one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulators.exchange import Fault
from engine.errors import FatalError
from engine.migration.record import State
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.world import World

OPERATIONS = (("SyncFolderItems", 6), ("FindFolder", 4))


def _unwell(world: World, operation: str, *, times: int | None, code: str = "ErrorMailboxFailover") -> None:
    """The first `times` of those requests, or all of them, are answered with that code."""
    fault = Fault(operation=operation, action="items", positions=[0], code=code)
    if operation == "FindFolder":
        fault = Fault(operation=operation, action="fault", code=code)
    for nth in [None] if times is None else range(1, times + 1):
        world.emulator.add_fault(replace(fault, nth=nth))


@pytest.mark.parametrize(("operation", "times"), OPERATIONS)
def test_a_second_run_waits_until_the_mailbox_can_be_read(small_world: World, operation: str, times: int) -> None:
    """While the server moves the mailbox nothing is copied again; once it is back, everything is there already."""
    small_world.migrate()
    _unwell(small_world, operation, times=times)

    done = small_world.migrate()

    assert small_world.counts(done).already_there == 100
    assert small_world.subjects() == EXPECTED


@pytest.mark.parametrize("code", ["ErrorMailboxFailover", "ErrorMailboxConfiguration"])
def test_a_second_run_stops_if_the_mailbox_cannot_be_read(small_world: World, code: str) -> None:
    """A code that is none of ours and does not pass needs a person; nothing is copied meanwhile."""
    small_world.migrate()
    small_world.engine = replace(small_world.engine, patience=1)
    _unwell(small_world, "SyncFolderItems", times=None, code=code)

    stopped = small_world.migrate()

    assert stopped.state is State.NEEDS_ATTENTION
    assert small_world.subjects() == EXPECTED


def test_a_rollback_waits_until_the_mailbox_can_be_read(small_world: World) -> None:
    """A rollback begun while the server moves the mailbox removes everything all the same."""
    before = small_world.emulator.dump()
    done = small_world.migrate()
    _unwell(small_world, "SyncFolderItems", times=6)

    back = small_world.roll_back(done.task_id)

    assert back.rollback is not None
    assert (back.rollback.found, back.rollback.removed) == (100, 100)
    assert small_world.emulator.dump() == before


def test_a_rollback_stops_if_the_mailbox_cannot_be_read(small_world: World) -> None:
    """It does not say "rolled back" of a mailbox that it could not look into."""
    done = small_world.migrate()
    small_world.engine = replace(small_world.engine, patience=1)
    _unwell(small_world, "SyncFolderItems", times=None)

    with pytest.raises(FatalError):
        small_world.roll_back(done.task_id)

    assert small_world.engine.store.load(done.task_id).state is not State.ROLLED_BACK
    assert small_world.subjects() == EXPECTED
