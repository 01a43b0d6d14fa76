"""The engine dies at each request while series of every pattern, end and zone move, a few series at a time."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.migration.record import State
from engine.migration.steering import forget
from tests.contract.exchange.test_calendars_unproven import HARSHEST
from tests.load.test_calendars_killed import looked_at
from tests.recovery.engine.test_calendars_seeded import Planted, alike, planted
from tests.servers.calendars.judge import Facts, expected
from tests.servers.calendars.seeds import matrix
from tests.servers.processes.mortal import HELD, dies_at
from tests.servers.world import ADDRESS

pytestmark = pytest.mark.timeout(3600)

SHARES = 15


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_at_any_request_it_ends_whole_and_goes_again(tmp_path: Path, share: int) -> None:
    """What passes for whole is; after the next visit all is there once, and a rollback leaves what was there."""
    with planted(tmp_path, HARSHEST, matrix()[share::SHARES]) as at:
        there = at.old.all(at.seeds)
        kills = next(nth for nth in itertools.count(1) if not killed_at(at, there, nth)) - 1

        assert kills > 20


def killed_at(at: Planted, there: dict[str, list[Facts]], nth: int) -> bool:
    """Has a migration die at its nth request. False: it ended before."""
    moving, mine = at.moving, at.new.shown()
    task = moving.at.begin("old").task_id
    fault = Fault(operation="*", nth=nth, when="after", action="hold", name=HELD)
    died = dies_at(moving.at, (fault,), lambda doomed: doomed.run(task))
    looked_at(at, there, set())
    done = moving.at.run(task) if died else moving.at.engine.store.load(task)

    assert done.state is State.COMPLETED, (nth, moving.said(done))
    assert at.new.shown() - mine == expected(at.seeds), nth
    assert alike(at, there, at.new.all(at.seeds), HARSHEST), nth
    assert sum(len(found) for found in at.new.tags().values()) == len(at.seeds), nth
    back = moving.at.roll_back(task)
    assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), (nth, moving.said(back))
    assert moving.new.emulator.dump(ADDRESS) == at.before, nth
    forget(moving.at.engine, task)
    return died
