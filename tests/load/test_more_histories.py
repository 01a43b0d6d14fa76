"""Random histories that `make test` does not play; a failure prints its seed, which replays it there as well."""

from __future__ import annotations

import pytest

from tests.histories.test_histories import A_PART, USUALLY, Histories, play

FIRST = USUALLY // A_PART       # parts before it are those of `make test`
PARTS = 7


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(FIRST, FIRST + PARTS))
def test_histories(part: int) -> None:
    """Several tasks into one mailbox all end well."""
    play(Histories, part, A_PART)
