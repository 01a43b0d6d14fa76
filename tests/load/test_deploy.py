"""A new version is rolled out in mid-run: every door is told to stop, and started again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import psutil

from emulators.exchange import Fault
from engine.migration.record import State
from tests.recovery.installation.conftest import COLLEAGUE, OWNER, assert_whole, begin, completed, half_done
from tests.servers.house import DOORS, House
from tests.servers.slack.person import until


def test_nobody_notices_a_deploy(here: House, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """Each door leaves; the cards say that it runs, and nothing else, until it is done; all is told once.

    The doors are told one after the other, and later on all at once.
    """
    here.at.emulator.add_fault(Fault(operation="CreateItem", action="delay", seconds=3))
    moves = begin(here, OWNER, COLLEAGUE)
    half_done(here, moves, 2)

    owners = [here.fencing(move.task_id) for move in moves]
    for door in DOORS:
        stopped(here, door)
    until(lambda: all(here.fencing(move.task_id) > owner for move, owner in zip(moves, owners, strict=True)))
    stopped(here, *DOORS)
    in_mid_run = here.is_in(State.RUNNING, *(move.task_id for move in moves))
    here.at.emulator.clear_faults()
    completed(here, moves)

    assert in_mid_run
    assert_whole(here, moves, undisturbed)


def stopped(here: House, *doors: str) -> None:
    """Tells them to stop, waits until every process of theirs is gone, and opens them again."""
    processes = [here.program(door).process for door in doors]
    others = [each for door in doors for each in here.family(door)[1:]]
    for process in processes:
        process.terminate()
    statuses = [process.wait(90) for process in processes]
    left = psutil.wait_procs(others, timeout=90)[1]
    assert (set(statuses), left) == ({0}, [])
    here.open(*doors)
