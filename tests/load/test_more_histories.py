"""More random histories than `make test` plays; a failure prints its seed, which replays it there as well."""

from __future__ import annotations

import pytest

from tests.histories.test_histories import A_PART, Histories, play

PARTS = 4       # `make test` plays the beginning of the first


@pytest.mark.parametrize("part", range(PARTS))
def test_histories(part: int) -> None:
    """Several tasks into one mailbox all end well."""
    play(Histories, part, A_PART)
