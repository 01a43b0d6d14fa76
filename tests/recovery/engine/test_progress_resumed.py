"""Progress goes on where it stood: what earlier visits copied counts at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import pytest

from engine.hooks import on_saved
from engine.items.source.listing import UNKNOWN
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Migration, State
from engine.pace.halt import Halt
from tests.servers.memory.source import MemorySource
from tests.servers.world import World


@pytest.mark.parametrize("keys", [True, False], ids=["keys listed", "keys known when read"])
def test_a_migration_that_resumes_never_falls_back(
    small_world: World, source: MemorySource, keys: bool
) -> None:
    """Also where the source shows no keys, so that each message has to be read again to be known."""
    if not keys:
        source.key_of = lambda _kept: UNKNOWN
    task_id, halt, reads = small_world.begin().task_id, Halt(), count(1)

    def before(_uids: Sequence[int]) -> None:
        if next(reads) == 3:
            while not small_world.messages():       # until what was read first has arrived
                halt.event.wait(0.01)
            halt.set()

    source.before_read = before
    stood = small_world.counts(migrate(small_world.engine, task_id, halt=halt)).settled
    source.before_read = lambda _uids: None
    again: list[Migration] = []
    done = migrate(small_world.engine.with_hooks(on_saved(again.append)), task_id, halt=Halt())

    shown = [record.step(Content.MAIL).counts.settled for record in again]
    assert 0 < stood < 100
    assert min(shown) >= stood
    assert (done.state, shown[-1]) == (State.COMPLETED, 100)
