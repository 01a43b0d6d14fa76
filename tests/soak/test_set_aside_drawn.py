"""More folders that are not answered for than `make load` draws."""

from __future__ import annotations

import pytest

from tests.load.test_set_aside_drawn import A_PART, plays


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("start", range(50, 500, A_PART))
def test_nothing_is_lost_and_nothing_doubled(start: int, twins: bool) -> None:
    """After up to three eventful tasks a quiet one: all is there. What nobody could know to be moved may be twice."""
    plays(start, twins)
