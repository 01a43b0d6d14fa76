"""A process is killed while it moves a setting or puts it back, and another one goes on."""

from __future__ import annotations

import pytest

from engine.migration.record import Counts, State
from tests.examples.toy_world import MERGED, OWNERS, ToyWorld, call, calls
from tests.histories.lives import Event, killed, meets
from tests.servers.memory_destination import Fate

# Calls to the source, the mailbox and the store: after the step's first, and around the request that puts back.
FORWARDS = range(19)
BACK = range(-3, 11)
LOST = [Fate.BEFORE, Fate.AFTER, Fate.LATE, Fate.BUSY]


def test_the_kills_are_at_every_call_of_the_step() -> None:
    """The ranges above begin at its first request and end behind its last one."""
    forwards, back = calls()
    first, restores = call("source settings"), call("restore")

    assert set(forwards[first + FORWARDS[-1] - 1 :]) == set(back[restores + BACK[-1] - 1 :]) == {"store"}
    assert back[restores + BACK[0] - 1] == "stashed"


@pytest.mark.parametrize("after", FORWARDS)
def test_killed_forwards(at: ToyWorld, after: int) -> None:
    """The next process adds what is missing, once, and the rollback still knows what was there at first."""
    at.migrate(seed=after, events=[Event(call("source settings") + after, killed)])
    at.expire_leases()

    at.migrate(seed=after)
    merged, counts = dict(at.there), at.counts
    at.roll_back(seed=after)

    assert merged == MERGED
    assert counts == Counts(found=4, copied=2, already_there=1, left_out=1)
    assert at.there == OWNERS
    assert (at.stashes, at.images()) == ({}, [])


@pytest.mark.parametrize("after", BACK)
def test_killed_backwards(at: ToyWorld, after: int) -> None:
    """The next process puts back what is left to be put back; all of it is counted as removed."""
    at.migrate(seed=after)
    at.roll_back(seed=after, events=[Event(call("restore") + after, killed)])
    at.expire_leases()

    at.roll_back(seed=after)

    assert at.there == OWNERS
    assert at.record.state is State.ROLLED_BACK
    assert at.record.rollback is not None
    assert (at.record.rollback.found, at.record.rollback.removed) == (2, 2)
    assert (at.stashes, at.images()) == ({}, [])


@pytest.mark.parametrize("operation", ["stash", "apply"])
def test_killed_and_the_store_lost(at: ToyWorld, operation: str) -> None:
    """What was there at first is known from the mailbox: a resumed run does not take its own work for the owner's."""
    at.migrate(seed=1, events=[Event(call(operation) + 1, killed)])
    at.expire_leases()
    at.store_lost()

    at.migrate(seed=1)
    merged = dict(at.there)
    at.roll_back(seed=1)

    assert merged == MERGED
    assert at.there == OWNERS


@pytest.mark.parametrize("fate", LOST)
@pytest.mark.parametrize("operation", ["stash", "apply"])
def test_a_lost_answer_forwards(at: ToyWorld, operation: str, fate: Fate) -> None:
    """It is looked for, and sent again only if it has not arrived."""
    at.migrate(seed=2, events=[Event(call(operation), meets(fate, of_items=False))])

    assert at.there == MERGED
    assert at.counts == Counts(found=4, copied=2, already_there=1, left_out=1)
    assert len(at.stashes) == 1


@pytest.mark.parametrize("fate", LOST)
def test_a_lost_answer_backwards(at: ToyWorld, fate: Fate) -> None:
    """What was put back is not put back once more after its owner may have changed it."""
    at.migrate(seed=3)

    at.roll_back(seed=3, events=[Event(call("restore"), meets(fate, of_items=False))])

    assert at.there == OWNERS
    assert at.record.state is State.ROLLED_BACK
