"""A large Google account moves while the process dies at thirty requests that chance picks, and ends whole.

KILLS_SEED has it die at the same requests again; GOOGLE_SEED draws another account.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulators.exchange import Fault
from engine.migration.record import State
from tests.load.test_google_seeded import drawn_by
from tests.servers.google.account import large, put, wrong
from tests.servers.google.calendars_moved import KEPT
from tests.servers.google.half import half, twice
from tests.servers.google.moving import ITEMS, Moving, google_moving
from tests.servers.processes.mortal import HELD
from tests.servers.world import World

KILLS, FEWEST, ALL = 24, 10, 30     # while it moves, at most and at least; and while it is taken back, too
FARTHEST = 45       # requests that a process makes before it dies, at most
LOOKED_AT, WHOLE = 3, 12        # of so many deaths one is looked at: is anything there twice; is what passes for whole
EVENTS = 300        # of the account's, every kind among them


def killed(at: Moving, chance: random.Random, work: Callable[[World], Any]) -> bool:
    """Does the work in a process that dies at one of its requests. False: it ended before."""
    nth, when = chance.randint(1, FARTHEST), chance.choice(("before", "after"))
    return at.dies((Fault(operation="*", nth=nth, when=when, action="hold", name=HELD),), work)  # type: ignore[arg-type]  # one of the two


def test_killed_thirty_times_it_ends_whole_and_goes_again(tmp_path: Path) -> None:
    """Nothing is there twice at any time; in the end all is there, once more brings nothing, and all of it goes."""
    seed = int(os.environ.get("KILLS_SEED") or secrets.randbelow(1_000_000))
    print(f"KILLS_SEED={seed}")
    chance, account = random.Random(seed), large(drawn_by())
    account = replace(account, events=account.events[:EVENTS])
    near = replace(account, years=(2026, 2027))
    with google_moving(tmp_path, **KEPT) as at:
        put(at, account)
        task, kills = at.begin(ITEMS), 0
        while kills < KILLS and killed(at, chance, lambda doomed: doomed.run(task)):
            kills += 1
            assert kills % LOOKED_AT or twice(at) == [], kills
            assert kills % WHOLE or half(at, near) == [], kills
        done = at.at.engine.store.load(task)
        done = at.ended(done if done.state is State.COMPLETED else at.at.run(task))

        assert kills >= FEWEST
        assert wrong(at, account) == []
        again = at.migrate(ITEMS)
        assert [at.counts(again, one).copied for one in ITEMS] == [0, 0, 0, 0]
        while kills < ALL and killed(at, chance, lambda doomed: doomed.roll_back(task)):
            kills += 1
        back = at.at.roll_back(task)
        assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), at.said(back)
        assert at.dump() == at.before
