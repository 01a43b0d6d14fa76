"""Tasks that found items already there know when a rollback takes those away, and it is part of what is agreed to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from io import StringIO

import pytest

from engine.errors import InputError
from engine.hooks import on_saved
from engine.migration.back import preview, roll_back
from engine.migration.record import Migration, State
from engine.pace.halt import Halt, HaltedError
from tests.recovery.engine.conftest import CLIENTS, EXPECTED
from tests.servers.memory.source import MemorySource, mail
from tests.servers.terminal_session import session
from tests.servers.world import World


def interrupted(world: World, task_id: str) -> None:
    """Begins a rollback, and stops it when it has begun, as a deploy does."""
    halt = Halt()

    def tell(record: Migration) -> None:
        if record.state is State.ROLLING_BACK:
            halt.set()

    with pytest.raises(HaltedError):
        roll_back(world.engine.with_hooks(on_saved(tell)), task_id, halt=halt)


def test_nobody_counts_on_what_is_being_rolled_back(small_world: World) -> None:
    """A task that runs while a rollback is interrupted copies everything itself, and the rollback leaves that alone."""
    first = small_world.migrate()
    interrupted(small_world, first.task_id)

    second = small_world.migrate()
    small_world.roll_back(first.task_id)

    assert small_world.subjects() == EXPECTED
    assert small_world.counts(second).copied == 100


def test_who_counts_on_the_items_is_part_of_what_is_agreed_to(small_world: World) -> None:
    """Another task has counted on them since they were counted: nothing is removed, and the person is asked again."""
    first = small_world.migrate()
    seen = preview(small_world.engine, first.task_id)
    small_world.migrate()

    with suppress(InputError):
        roll_back(small_world.engine, first.task_id, expected=seen.expected, halt=Halt())

    assert small_world.subjects() == EXPECTED
    assert small_world.engine.store.load(first.task_id).state is State.COMPLETED


def test_a_task_that_counts_on_nothing_of_it_is_not_named(small_world: World, source: MemorySource) -> None:
    """Only whoever found items of this very task there loses something."""
    first = small_world.migrate()
    source.folders[CLIENTS].append(mail("late"))
    second = small_world.migrate()
    small_world.migrate()

    seen = preview(small_world.engine, second.task_id)

    assert len(seen.counting_on_it) == 1
    assert preview(small_world.engine, first.task_id).counting_on_it[-1] == second.task_id


def test_those_who_counted_on_it_are_told_what_they_lost(small_world: World) -> None:
    """Their records say how many items went, and with which task's rollback."""
    first = small_world.migrate()
    second = small_world.migrate()
    seen = preview(small_world.engine, first.task_id)

    roll_back(small_world.engine, first.task_id, expected=seen.expected, halt=Halt())

    assert small_world.subjects() == []
    assert small_world.engine.store.load(second.task_id).taken_away == {first.task_id: 100}
    assert small_world.engine.store.load(second.task_id).state is State.COMPLETED


def test_what_was_taken_away_is_copied_by_the_next_run(small_world: World) -> None:
    """As the words of the card advise."""
    first = small_world.migrate()
    small_world.migrate()
    small_world.roll_back(first.task_id)

    third = small_world.migrate()

    assert small_world.counts(third).copied == 100
    assert third.taken_away == {}
    assert small_world.subjects() == EXPECTED


@dataclass
class Meanwhile:
    """Something that happens while the question is on the screen."""

    world: World
    done: bool = False

    def __call__(self, lines: tuple[str, ...]) -> None:
        if not self.done and any("Rolling back migration" in line for line in lines):
            self.done = True
            self.world.migrate()


def test_the_terminal_does_only_what_it_has_shown(small_world: World) -> None:
    """`omm rollback` passes on what the person has seen: another task has counted on the items since."""
    from terminal.going_back import run_rollback

    first = small_world.migrate()
    happens = Meanwhile(small_world)

    with suppress(InputError):
        run_rollback(
            session(small_world.engine, StringIO(), on_say=happens), first.task_id, yes=True, discard_changes=False
        )

    assert happens.done
    assert small_world.subjects() == EXPECTED


def test_the_terminal_says_what_a_later_task_lost(small_world: World) -> None:
    """One plain line in the status of the task that counted on the items."""
    from terminal.going_back import run_rollback
    from terminal.steering import run_status

    first = small_world.migrate()
    second = small_world.migrate()
    said = StringIO()

    run_rollback(session(small_world.engine, said), first.task_id, yes=True, discard_changes=False)
    run_status(session(small_world.engine, said), second.task_id)

    for words in (
        f"Later migrations found messages of this one and did not copy them again: {second.task_id}.",
        f"The rollback of migration {first.task_id} removed 100 messages that this migration had found already there.",
    ):
        assert words in said.getvalue()
