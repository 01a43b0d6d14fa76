"""The engine dies at moments chosen by chance while 90 series move: none that passes for whole ever lacks anything."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulators.exchange import Fault
from engine.migration.record import State
from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.recovery.engine.test_calendars_seeded import NOT_INVITED, Planted, alike, planted
from tests.servers.calendars.judge import Facts, expected
from tests.servers.calendars.seeds import matrix
from tests.servers.processes.mortal import HELD, dies_at
from tests.servers.world import ADDRESS, World

KILLS, FEWEST, ALL = 24, 8, 30     # while it moves, at most and at least; and while it is taken back, too
FARTHEST = 60       # requests that a process makes before it dies, at most


def looked_at(at: Planted, there: dict[str, list[Facts]], known: set[str]) -> set[str]:
    """Reads as the owner what has no mark any more, but for what is known; returns it all. It is as it should be."""
    tags = at.new.tags()
    assert not any(sum(not tag.endswith("~") for tag in found) > 1 for found in tags.values()), tags
    whole = {subject for subject, found in tags.items() if not all(tag.endswith("~") for tag in found)}
    seeds = [seed for seed in at.seeds if seed.subject in whole - known]
    assert alike(at, {seed.subject: there[seed.subject] for seed in seeds}, at.new.all(seeds), KINDEST)
    return known | whole


def killed(at: Planted, chance: random.Random, work: Callable[[World], Any]) -> bool:
    """Does the work in a process that dies at one of its requests. False: it ended before."""
    nth, when = chance.randint(1, FARTHEST), chance.choice(("before", "after"))
    return dies_at(at.moving.at, (Fault(operation="*", nth=nth, when=when, action="hold", name=HELD),), work)  # type: ignore[arg-type]  # one of the two


def test_killed_thirty_times_it_ends_whole_and_goes_again(tmp_path: Path) -> None:
    """After each death what passes for whole is; in the end all is there once, and a rollback leaves what was there.

    KILLS_SEED has it die at the same requests again.
    """
    seed = int(os.environ.get("KILLS_SEED") or secrets.randbelow(1_000_000))
    print(f"KILLS_SEED={seed}")
    chance = random.Random(seed)
    with planted(tmp_path, KINDEST, matrix()) as at:
        there, mine, moving = at.old.all(at.seeds), at.new.shown(), at.moving
        task, whole, kills = moving.at.begin("old").task_id, set[str](), 0
        while kills < KILLS and killed(at, chance, lambda doomed: doomed.run(task)):
            whole, kills = looked_at(at, there, whole), kills + 1
        done = moving.at.engine.store.load(task)
        done = done if done.state is State.COMPLETED else moving.at.run(task)

        assert done.state is State.COMPLETED
        assert [line for line in moving.said(done) if NOT_INVITED not in line] == []
        assert kills > FEWEST
        assert at.new.shown() - mine == expected(at.seeds)
        assert alike(at, there, at.new.all(at.seeds), KINDEST)
        assert moving.counts(moving.migrate()).already_there == len(at.seeds)
        while kills < ALL and killed(at, chance, lambda doomed: doomed.roll_back(task)):
            kills += 1
        back = moving.at.roll_back(task)
        assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), moving.said(back)
        assert moving.new.emulator.dump(ADDRESS) == at.before
