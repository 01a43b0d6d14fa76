"""A new version is rolled out in mid-run: every door is told to stop, and started again."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import psutil
import pytest

from emulators.exchange import Fault
from engine.migration import State
from tests.recovery.installation.conftest import COLLEAGUE, OWNER, assert_whole, begin, completed, half_done
from tests.servers.house import DOORS, House
from tests.servers.person import until

pytestmark = pytest.mark.timeout(300)

GONE_WITHIN = 10.0      # seconds


def test_nobody_notices_a_deploy(here: House, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """Each door is gone in time; the cards say that it runs, and nothing else, until it is done; all is told once.

    The doors are told one after the other, and later on all at once.
    """
    here.at.emulator.add_fault(Fault(operation="CreateItem", action="delay", seconds=3))
    moves = begin(here, OWNER, COLLEAGUE)
    half_done(here, moves, 2)

    owners = [here.fencing(move.task_id) for move in moves]
    took = [stopped(here, door) for door in DOORS]
    until(lambda: all(here.fencing(move.task_id) > owner for move, owner in zip(moves, owners, strict=True)))
    took.append(stopped(here, *DOORS))
    in_mid_run = here.is_in(State.RUNNING, *(move.task_id for move in moves))
    here.at.emulator.clear_faults()
    completed(here, moves)

    print(f"gone after {', '.join(f'{seconds:.1f}' for seconds in took)} s")
    assert in_mid_run
    assert max(took) < GONE_WITHIN
    assert_whole(here, moves, undisturbed)


def stopped(here: House, *doors: str) -> float:
    """Tells them to stop and opens them again; the seconds until every process of theirs was gone."""
    began, processes = time.monotonic(), [here.program(door).process for door in doors]
    others = [each for door in doors for each in here.family(door)[1:]]
    for process in processes:
        process.terminate()
    statuses = [process.wait(30) for process in processes]
    left = psutil.wait_procs(others, timeout=30)[1]
    took = time.monotonic() - began
    assert (set(statuses), left) == ({0}, [])
    here.open(*doors)
    return took
