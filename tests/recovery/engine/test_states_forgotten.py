"""A destination that forgets up to where its folders were read, more than once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulators.exchange import Fault
from engine.migration.record import State
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.world import World


@pytest.fixture
def at(small_world: World) -> World:
    small_world.engine = replace(small_world.engine, patience=30.0)
    return small_world


def forgets(at: World) -> None:
    """The next requests are answered that no such state is known, those that named one and those that did not."""
    for number in range(1, 7):
        at.emulator.add_fault(Fault(
            operation="SyncFolderItems", nth=number, action="items", positions=(0,), code="ErrorInvalidSyncStateData",
        ))


def test_a_migration_reads_the_folders_once_more(at: World) -> None:
    """It does not stop; what is there is known, and not copied again."""
    at.migrate()
    forgets(at)
    again = at.migrate()

    assert (again.state, at.counts(again).already_there, at.subjects()) == (State.COMPLETED, len(EXPECTED), EXPECTED)


def test_a_rollback_reads_the_folders_once_more(at: World) -> None:
    """It does not stop, and nothing of the migration is left."""
    task = at.migrate().task_id
    forgets(at)

    assert at.roll_back(task).state is State.ROLLED_BACK
    assert at.messages() == []
