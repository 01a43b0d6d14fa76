"""A source that gives only so much in a day, at more shares than `make test` has it cut at."""

from __future__ import annotations

import pytest

from tests.recovery.engine.test_days_share import all_comes_once, at, clock
from tests.servers.gmail.days_share import Clock, Says
from tests.servers.world import World

__all__ = ["at", "clock"]       # fixtures


@pytest.mark.parametrize("says", Says, ids=lambda says: says.name)
@pytest.mark.parametrize("seed", range(1, 3))
def test_all_comes_once_however_early_the_server_cuts(at: World, clock: Clock, says: Says, seed: int) -> None:
    """With few sign-ins a day, each worker free for others meanwhile, and nothing for a person to do."""
    all_comes_once(at, clock, says, seed=seed)
