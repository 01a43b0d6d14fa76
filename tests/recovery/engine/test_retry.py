"""A retry copies what is missing, and the rollback takes back whatever the migration ever brought."""

from __future__ import annotations

from engine.errors import Side
from engine.migration import Counts, Migration, State
from engine.ports import Limits
from engine.steering import retry
from tests.recovery.engine.conftest import EXPECTED, INBOX
from tests.servers.memory_source import MemorySource, mail
from tests.servers.world import World

BIG = (("Inbox",), "big")


def with_one_failure(world: World, source: MemorySource) -> Migration:
    """A migration that has ended without the largest message."""
    source.folders[INBOX].append(mail("big", size=50_000))
    world.connectors.limits = Limits(message=10_000)
    done = world.migrate()
    world.connectors.limits = Limits()
    return done


def retried(world: World, task_id: str) -> Migration:
    retry(world.engine, task_id, {Side.SOURCE: "-"})
    return world.run(task_id)


def test_what_failed_and_what_is_new_is_copied_and_nothing_twice(small_world: World, source: MemorySource) -> None:
    """The sums are of all that the migration brought, and the report names nothing that has arrived since."""
    before = with_one_failure(small_world, source)
    named = small_world.engine.store.reported(before.task_id).failures
    source.folders[INBOX].append(mail("new"))

    done = retried(small_world, before.task_id)

    assert small_world.counts(before) == Counts(found=101, copied=100, failed=1)
    assert [failure.item.partition(" ")[0] for failure in named] == ["big"]
    assert done.state is State.COMPLETED
    assert small_world.counts(done) == Counts(found=102, copied=102)
    assert small_world.engine.store.reported(done.task_id).failures == ()
    assert small_world.subjects() == sorted([*EXPECTED, BIG, (("Inbox",), "new")])


def test_a_rollback_takes_back_both_runs(small_world: World, source: MemorySource) -> None:
    """The mailbox is as it was before the first run, folders too."""
    untouched = small_world.emulator.dump()
    done = retried(small_world, with_one_failure(small_world, source).task_id)

    back = small_world.roll_back(done.task_id)

    assert back.rollback is not None
    assert back.rollback.removed == 101
    assert small_world.emulator.dump() == untouched


def test_what_went_with_another_rollback_is_copied(small_world: World) -> None:
    """A migration that counted on another's items copies them itself when those are gone."""
    first, second = small_world.migrate(), small_world.migrate()
    small_world.roll_back(first.task_id)
    assert small_world.engine.store.load(second.task_id).taken_away == {first.task_id: 100}

    done = retried(small_world, second.task_id)

    assert small_world.subjects() == EXPECTED
    assert small_world.counts(done) == Counts(found=100, copied=100)
    assert not done.taken_away
