"""A retry copies what is missing, and the rollback takes back whatever the migration ever brought."""

from __future__ import annotations

from engine.errors import Side
from engine.migration.record import Counts, Migration, State
from engine.migration.steering import cancel, retry
from engine.ports.destination import Limits
from tests.recovery.engine.conftest import ATLAS, CLIENTS, INBOX
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import World


def a_few(source: MemorySource, count: int) -> list[tuple[tuple[str, ...], str]]:
    """Leaves so many messages in the inbox alone; where they arrive."""
    for folder in (CLIENTS, ATLAS):
        del source.folders[folder]
    del source.folders[INBOX][count:]
    return sorted((("Inbox",), f"in {number}") for number in range(count))


def retried(world: World, task_id: str) -> Migration:
    retry(world.engine, task_id, {Side.SOURCE: "-"})
    return world.run(task_id)


def test_what_failed_and_what_is_new_is_copied_and_all_of_it_goes_back(
    small_world: World, source: MemorySource
) -> None:
    """Nothing comes twice, sums and report are of both runs, and in the end the mailbox is as it was before."""
    expected, untouched = a_few(source, 5), small_world.emulator.dump()
    source.folders[INBOX].append(mail("big", size=50_000))
    small_world.connectors.limits = Limits(message=10_000)
    before = small_world.migrate()
    named = small_world.engine.store.reported(before.task_id).failures
    small_world.connectors.limits = Limits()
    source.folders[INBOX].append(mail("new"))

    done = retried(small_world, before.task_id)
    there = small_world.subjects()
    back = small_world.roll_back(done.task_id)

    assert small_world.counts(before) == Counts(found=6, copied=5, failed=1)
    assert [failure.item.partition(" ")[0] for failure in named] == ["big"]
    assert done.state is State.COMPLETED
    assert small_world.counts(done) == Counts(found=7, copied=7)
    assert small_world.engine.store.reported(done.task_id).failures == ()
    assert there == sorted([*expected, (("Inbox",), "big"), (("Inbox",), "new")])
    assert back.rollback is not None
    assert back.rollback.removed == 7
    assert small_world.emulator.dump() == untouched


def test_what_went_with_another_rollback_is_copied(small_world: World, source: MemorySource) -> None:
    """A migration that counted on another's items copies them itself when those are gone."""
    expected = a_few(source, 5)
    first, second = small_world.migrate(), small_world.migrate()
    small_world.roll_back(first.task_id)
    assert small_world.engine.store.load(second.task_id).taken_away == {first.task_id: 5}

    done = retried(small_world, second.task_id)

    assert small_world.subjects() == expected
    assert small_world.counts(done) == Counts(found=5, copied=5)
    assert not done.taken_away


def test_a_source_that_is_empty_all_at_once_stops_a_retry(small_world: World, source: MemorySource) -> None:
    """Emptied, or another mailbox is shown: sums and report stay as they were, and so does the way back."""
    a_few(source, 5)
    source.folders[INBOX].append(mail("big", size=50_000))
    small_world.connectors.limits = Limits(message=10_000)
    before = small_world.migrate()
    named = small_world.engine.store.reported(before.task_id)
    source.folders[INBOX].clear()

    stopped = retried(small_world, before.task_id)
    cancel(small_world.engine, stopped.task_id)
    over = small_world.engine.store.load(stopped.task_id)

    assert stopped.state is State.NEEDS_ATTENTION
    assert stopped.attention is not None
    assert (stopped.attention.side, "copied 5 messages from it" in stopped.attention.words) == ("source", True)
    assert small_world.counts(over) == Counts(found=6, copied=5, failed=1)
    assert small_world.engine.store.reported(over.task_id) == named
    assert small_world.roll_back(over.task_id).state is State.ROLLED_BACK
    assert small_world.subjects() == []


def test_a_source_with_something_left_in_it_is_taken_as_it_is(small_world: World, source: MemorySource) -> None:
    """People delete what they have moved: a retry copies what is new, and all of it goes back."""
    a_few(source, 5)
    before = small_world.migrate()
    source.folders[INBOX][:] = [mail("new")]

    done = retried(small_world, before.task_id)

    assert (done.state, small_world.counts(done)) == (State.COMPLETED, Counts(found=1, copied=1))
    assert len(small_world.subjects()) == 6
    small_world.roll_back(done.task_id)
    assert small_world.subjects() == []
