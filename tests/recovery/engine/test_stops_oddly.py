"""Stops and sums when several things go wrong at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, cast

import pytest

from emulators.exchange import Fault
from engine.errors import Cause, FatalError, InputError, Side
from engine.hooks import on_saved
from engine.migration.back import roll_back
from engine.migration.forwards import migrate
from engine.migration.record import Migration, State
from engine.migration.steering import cancel, forget
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.ports.destination import Destination
from engine.ports.items import TagPage
from engine.store.store import Store
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.memory.source import MemorySource
from tests.servers.world import World, interpose


def test_a_look_that_has_failed_lists_nothing_more(small_world: World, source: MemorySource) -> None:
    """Once the destination has refused the look, nobody waits for a listing of the whole source."""
    def tags(_real: Destination, _folder_id: str, _state: str, *, detail: bool = False) -> TagPage:
        raise FatalError("away", side=Side.DESTINATION)

    small_world.migrate()
    source.listed_with_keys.clear()
    interpose(small_world, tags=tags)

    stopped = small_world.migrate()

    assert stopped.state is State.NEEDS_ATTENTION
    assert source.listed_with_keys == []


def test_a_cancel_does_not_wait_for_what_another_task_sent(small_world: World) -> None:
    """A task that has not begun its first step ends at once, while it waits for another one's lost answers."""
    first = small_world.migrate()
    small_world.engine = replace(small_world.engine, grace=60)
    tag = f"{first.task_id.replace('-', '')}:0a1b2c3d:00112233445566778899aabbccddeeff"
    small_world.engine.store.open_tags(first.task_id, "nowhere", [tag], written=None)
    second, halt = small_world.begin(), Halt()

    def tell(record: Migration) -> None:
        if record.stage == "checking whether what was sent last has arrived":
            cancel(small_world.engine, second.task_id)

    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(migrate, small_world.engine.with_hooks(on_saved(tell)), second.task_id, halt=halt)
        try:
            assert wait([running], 10).done, "it waits on"
        finally:
            halt.set()
    assert small_world.engine.store.load(second.task_id).state is State.CANCELLED


def test_a_task_is_not_forgotten_while_something_of_it_may_arrive(small_world: World) -> None:
    """The next task into that mailbox waits for what this one sent, so its open tags stay until the grace is over."""
    done = small_world.migrate()
    engine = replace(small_world.engine, grace=60)
    tag = f"{done.task_id.replace('-', '')}:0a1b2c3d:00112233445566778899aabbccddeeff"
    engine.store.open_tags(done.task_id, "nowhere", [tag], written=None)

    with pytest.raises(InputError, match=r"may still arrive. It can be forgotten in \d+ seconds"):
        forget(engine, done.task_id)
    forget(replace(engine, grace=0), done.task_id)

    with pytest.raises(InputError):
        engine.store.load(done.task_id)


def test_lost_answers_and_a_renumbering_together_cost_nothing(small_world: World, source: MemorySource) -> None:
    """A folder that is numbered anew while answers are out arrives whole, each message once, and the sums hold."""
    source.max_connections = 1
    seen: list[int] = []

    def before(_uids: Sequence[int]) -> None:
        seen.append(1)
        if len(seen) == 3:
            source.renumbered += 1

    source.before_read = before
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="before", action="drop"))
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=2, when="before", action="drop"))

    done = small_world.migrate()
    again = small_world.migrate()

    assert done.state is State.COMPLETED, done.attention
    assert small_world.subjects() == EXPECTED
    assert (small_world.counts(done).found, small_world.counts(done).copied) == (100, 100)
    assert small_world.counts(again).already_there == 100


class Away:
    """A store that does not answer, once, when one state is to be written down."""

    def __init__(self, inner: Store, state: State) -> None:
        self._inner, self._state, self._was_away = inner, state, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def save(self, migration: Migration, *, quietly: bool = False) -> None:
        """Writes a record down."""
        if migration.state is self._state and not self._was_away:
            self._was_away = True
            raise FatalError("The store (Redis) does not answer.", cause=Cause.STORE)
        self._inner.save(migration, quietly=quietly)


def without(world: World, state: State) -> Engine:
    return replace(world.engine, store=cast("Store", Away(world.engine.store, state)))


def test_a_store_that_is_away_at_the_very_end_is_an_error_in_words(small_world: World) -> None:
    """The end of a migration cannot be written down: that is said, and the next process ends it."""
    task = small_world.begin()

    with pytest.raises(FatalError, match="store"):
        migrate(without(small_world, State.COMPLETED), task.task_id, halt=Halt())
    done = small_world.run(task.task_id)

    assert done.state is State.COMPLETED
    assert small_world.subjects() == EXPECTED


def test_a_store_that_is_away_at_the_end_of_a_rollback_is_an_error_in_words(small_world: World) -> None:
    """Everything is removed and that cannot be written down: that is said, and the next process ends it."""
    done = small_world.migrate()

    with pytest.raises(FatalError, match="store"):
        roll_back(without(small_world, State.ROLLED_BACK), done.task_id, halt=Halt())
    back = small_world.roll_back(done.task_id)

    assert (back.state, back.attention) == (State.ROLLED_BACK, None)
    assert back.rollback is not None
    assert (back.rollback.found, back.rollback.removed) == (100, 100)
