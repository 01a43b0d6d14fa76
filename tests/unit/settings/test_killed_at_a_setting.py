"""A process is killed while it moves a setting or puts it back, and another one goes on."""

from __future__ import annotations

import pytest

from engine.migration.record import Counts, State
from tests.examples.toy_world import MERGED, OWNERS, ToyWorld, calls, late, when
from tests.histories.lives import killed, meets
from tests.servers.memory.destination import Fate

# Calls to the source, the mailbox and the store, after the step's first one, the noting of the last write included, and
# after the look at what there is.
FORWARDS = [*range(22), *range(39, 52, 2)]
BACK = [*range(10, 22), 25, 28, 30, 32, 34]
SENDS = {Fate.BEFORE: 2, Fate.AFTER: 1, Fate.LATE: 1, Fate.BUSY: 2}     # of a request that meets that


def test_the_kills_are_at_every_call_of_the_step() -> None:
    """The ranges above begin at its first request and end behind its last one."""
    forwards, back = calls()
    first, look = forwards.index("source settings"), back.index("settings")

    assert set(forwards[first + FORWARDS[-1] :]) == {"store"}
    assert not {"restore", "unstash"} & set(back[: look + BACK[0]])
    assert look + BACK[-1] >= len(back) - 1


@pytest.mark.parametrize("after", FORWARDS)
def test_killed_forwards(at: ToyWorld, after: int) -> None:
    """The next process adds what is missing, once, and the rollback still knows what was there at first."""
    at.migrate(seed=after, events=[when("source settings", killed, after=after)])
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
    at.roll_back(seed=after, events=[when("settings", killed, after=after)])
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
    at.migrate(seed=1, events=[when(operation, killed, after=1)])
    at.expire_leases()
    at.store_lost()

    at.migrate(seed=1)
    merged = dict(at.there)
    at.roll_back(seed=1)

    assert merged == MERGED
    assert at.there == OWNERS


@pytest.mark.parametrize(("do", "operation"), [("migrate", "apply"), ("roll_back", "restore")])
def test_what_arrives_late_is_waited_for(at: ToyWorld, do: str, operation: str) -> None:
    """The request of a killed process is carried out after it is dead: the next process sees it, and sends none."""
    if do == "roll_back":
        at.migrate()
    getattr(at, do)(events=[when(operation, late(killed))])
    at.expire_leases()

    again = getattr(at, do)()

    assert operation not in again.life.asked
    assert at.there == (MERGED if do == "migrate" else OWNERS)
    assert do == "migrate" or (at.record.rollback is not None and at.record.rollback.removed == 2)


@pytest.mark.parametrize("fate", SENDS)
def test_a_lost_answer_to_a_change(at: ToyWorld, fate: Fate) -> None:
    """It is looked for, and sent again only if it has not arrived."""
    work = at.migrate(seed=1, events=[when("apply", late(meets(fate, of_items=False)))])

    assert at.there == MERGED
    assert at.counts == Counts(found=4, copied=2, already_there=1, left_out=1)
    assert work.life.asked.count("apply") == SENDS[fate]


@pytest.mark.parametrize("fate", SENDS)
def test_a_lost_answer_to_what_is_kept(at: ToyWorld, fate: Fate) -> None:
    """Nothing is changed before it is surely kept."""
    work = at.migrate(seed=2, events=[when("stash", meets(fate, of_items=False))])

    assert at.there == MERGED
    assert work.life.asked.index("apply") > work.life.asked.index("stash")
    assert len(at.stashes) == 1


@pytest.mark.parametrize("fate", SENDS)
def test_a_lost_answer_backwards(at: ToyWorld, fate: Fate) -> None:
    """What was put back is not put back once more after its owner may have changed it."""
    at.migrate(seed=1)

    work = at.roll_back(seed=1, events=[when("restore", late(meets(fate, of_items=False)))])

    assert at.there == OWNERS
    assert at.record.state is State.ROLLED_BACK
    assert work.life.asked.count("restore") == SENDS[fate]
