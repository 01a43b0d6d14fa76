"""300 contacts, 20 groups, 100 tasks and 20 notes move; raw XML judges what arrives."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.recovery.engine.test_items_judged import everything
from tests.recovery.engine.test_items_killed import killed, small
from tests.recovery.engine.test_items_seeded import BOB, judged, mine
from tests.servers import people_seeds
from tests.servers.items_moving import moving

pytestmark = pytest.mark.timeout(600)


def test_everything_is_the_same(tmp_path: Path) -> None:
    """Every field of the schema, every pattern, 500 members; a second run copies nothing, and all of it goes again."""
    with moving(tmp_path, everything(BOB), mine=mine(), never=people_seeds.caches()) as at:
        judged(at)


def test_a_death_at_a_third_of_all_requests_leaves_nothing_twice_and_nothing_half(tmp_path: Path) -> None:
    """Photos, attachments and members among them; each is resumed, moved again, and taken back."""
    with moving(tmp_path, small()) as at:
        assert killed(at, count(1, 3)) > 2 * len(at.seeds)
