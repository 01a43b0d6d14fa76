"""A large mailbox of Gmail moves while the process dies thirty times, and ends whole.

KILLS_SEED has it die at the same points again.
"""

from __future__ import annotations

import os
import random
import secrets
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.migration.content import Content
from engine.migration.record import Counts, State
from engine.migration.request import Choice
from tests.servers.gmail.account import Cut
from tests.servers.gmail.moving import Moving, gmail_moving
from tests.servers.gmail.seeds import large_seed
from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.processes.mortal import HELD, lives_through

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

ANN, BEN = "ann@example.org", "ben@example.org"
MESSAGES, KILLS, FEWEST = 2_000, 30, 6
FARTHEST = 18           # requests to Exchange that a process makes before it dies, at most
MOST_CALLS = 120        # or calls to the store


@pytest.mark.parametrize(("login", "choices"), [(ANN, ()), (BEN, (Choice.COPIES,))], ids=["once", "copies"])
def test_killed_thirty_times_it_ends_whole_and_goes_again(
    tmp_path: Path, login: str, choices: tuple[Choice, ...]
) -> None:
    """Nothing is there twice, whenever it died, also while Gmail cuts connections; in the end all of it is there."""
    seed = int(os.environ.get("KILLS_SEED") or secrets.randbelow(1_000_000))
    print(f"KILLS_SEED={seed}")
    chance = random.Random(seed)
    with gmail_moving(tmp_path, [login]) as house:
        at = house.moving(login, large_seed(seed, count=MESSAGES // (1 + 3 * len(choices))))
        empty, truth = at.dump(), at.mailbox.truth()
        due = at.judge.copies(truth) if choices else at.judge.expected(truth)
        task, kills = at.begin(*choices), 0
        while kills < KILLS and killed(at, task, chance):
            kills += 1
            assert at.arrived().messages <= due
        done = at.at.engine.store.load(task)
        done = at.ended(done if done.state is State.COMPLETED else at.at.run(task))

        assert kills >= FEWEST
        assert at.wrong(due) == []
        assert done.step(Content.MAIL).counts.settled == due.total()
        again = at.migrate(*choices)
        assert again.step(Content.MAIL).counts == Counts(found=due.total(), already_there=due.total())
        assert house.at.roll_back(task).state is State.ROLLED_BACK
        assert at.dump() == empty
        assert at.mailbox.truth() == truth


def killed(at: Moving, task: str, chance: random.Random) -> bool:
    """Works on it in a process that dies at a request, or at a call to the store. False: it ended before."""
    if at.at.engine.store.load(task).state is State.COMPLETED:      # the last one died after its end
        return False
    if chance.random() < 0.3:
        at.house.google.gmail.control.cut(at.login, chance.choice(list(Cut)), after=chance.randrange(200))
    fault = Fault(operation="*", nth=chance.randint(1, FARTHEST), when=chance.choice(("before", "after")),
                  action="hold", name=HELD)
    calls = chance.randint(1, MOST_CALLS) if chance.random() < 0.3 else None
    life, error = lives_through(
        at.at, () if calls else (fault,), lambda doomed: at.house.knowing(doomed).run(task),
        lambda life: life.is_over.set(), store_calls=calls)
    if not life.is_over.is_set() and error is not None:
        raise error
    return life.is_over.is_set()
