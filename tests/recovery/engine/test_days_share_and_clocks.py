"""The day's share when clocks are wrong, and the day that is expected when Google gives less than we count on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fakeredis
import pytest

from engine.errors import LaterError
from engine.migration.account import parse_account
from engine.migration.record import State
from engine.store.allowances import Allowances
from engine.systems import System
from tests.servers.gmail.days_share import SIZE, Clock, Says, SharingSource, ration
from tests.servers.world import world

ANN = parse_account("gmail://ann@gmail.com")
A_DAY = System.GOOGLE.row.a_day
TODAY = datetime(2026, 3, 4, 5, 20, tzinfo=UTC)


@pytest.mark.parametrize("ends", ["counted", "cut"])
def test_a_clock_that_was_ahead_lets_nobody_wait_for_weeks(ends: str) -> None:
    """Nothing that Google counts makes anybody wait for longer than a day."""
    redis, now = fakeredis.FakeRedis(), [TODAY + timedelta(days=30)]
    share = Allowances(redis, clock=lambda: now[0]).of(ANN)
    share.take(A_DAY if ends == "counted" else A_DAY // 2)
    share.keep()
    if ends == "cut":
        share.cut()
    now[0] = TODAY      # NTP has set it right

    with pytest.raises(LaterError) as caught:
        Allowances(redis, clock=lambda: now[0]).of(ANN).check()
    assert caught.value.until - TODAY <= timedelta(hours=26)


def test_the_expected_day_goes_by_what_google_gives(tmp_path: Path) -> None:
    """It gives a fifth of what we count on, day after day: the card's day is one that can be kept."""
    clock = Clock()
    source = SharingSource(60, 6 * SIZE, Says.LOGIN, clock)
    with world(tmp_path, {"old": source}) as at:
        ration(at, source, clock, 30 * SIZE)
        task, told = at.begin().task_id, []
        while (done := at.run(task)).state is not State.COMPLETED:
            assert (done.state, done.attention) == (State.WAITING, None)
            told.append(done.expected_end)
            assert done.not_before is not None
            clock.move_to(done.not_before)
        ended = clock()

    late: list[Any] = [ended - day for day in told[1:] if day is not None]      # the first day nobody can know
    assert max(late) <= timedelta(days=1), (ended, told)
