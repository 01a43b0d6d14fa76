"""One Gmail account, whose owner types it in two ways (support.google.com 7436150 and 10313).

Dots do not count at gmail.com, and googlemail.com is the same.
"""

from __future__ import annotations

from datetime import UTC, datetime

import fakeredis
import pytest

from engine.errors import LaterError
from engine.migration.account import parse_account
from engine.store.allowances import Allowances
from engine.systems import System

FIRST, AGAIN = parse_account("gmail://ann.smith@gmail.com"), "gmail://annsmith@gmail.com"
SPELLINGS = [AGAIN, "gmail://ann.smith@googlemail.com"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_days_share_is_one(spelling: str) -> None:
    """Google counts by the account."""
    redis, now = fakeredis.FakeRedis(), datetime(2026, 3, 4, 5, 20, tzinfo=UTC)
    used = Allowances(redis, clock=lambda: now).of(FIRST)
    used.take(System.GOOGLE.row.a_day)
    used.keep()

    with pytest.raises(LaterError):
        Allowances(redis, clock=lambda: now).of(parse_account(spelling)).check()
