"""How much was fetched from an account in a day: counted by the hour, over restarts, until the server says no."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import fakeredis
import pytest

from engine.errors import LaterError
from engine.migration.account import Account, parse_account
from engine.store.allowances import Allowances, DaysShare
from engine.systems import System

ANN, OTHER = parse_account("gmail://ann@gmail.com"), parse_account("gmail://bob@gmail.com")
A_DAY = System.GOOGLE.row.a_day
BEGAN = datetime(2026, 3, 4, 5, 20, tzinfo=UTC)


class Days:
    """One store, and as many processes as are asked for."""

    def __init__(self) -> None:
        self.redis = fakeredis.FakeRedis()
        self.now = BEGAN

    def process(self, account: Account = ANN) -> DaysShare:
        return Allowances(self.redis, clock=lambda: self.now).of(account)

    def waits(self, share: DaysShare | None = None) -> datetime | None:
        try:
            (share or self.process()).check()
        except LaterError as later:
            return later.until
        return None


@pytest.fixture
def days() -> Days:
    return Days()


def fetched(days: Days, size: int, account: Account = ANN) -> None:
    share = days.process(account)
    share.take(size)
    share.keep()


def test_what_all_processes_fetched_counts_together(days: Days) -> None:
    """Whoever comes next knows of it; another account is its own."""
    fetched(days, A_DAY // 2)
    assert days.waits() is None

    fetched(days, A_DAY // 2)

    assert days.waits() is not None
    assert days.waits(days.process(OTHER)) is None
    assert days.waits(days.process(parse_account("gmail://Ann@gmail.com"))) is not None


def test_it_goes_on_when_half_of_it_is_a_day_old(days: Days) -> None:
    """And not for a little each hour."""
    for _ in range(4):
        fetched(days, A_DAY // 4)
        days.now += timedelta(hours=1)

    until = days.waits()

    assert until == datetime(2026, 3, 5, 7, tzinfo=UTC)
    days.now = until - timedelta(seconds=1)
    assert days.waits() is None         # a quarter is a day old by now: whoever asks anew is let in
    days.now = until
    fetched(days, A_DAY // 2)
    assert days.waits() == datetime(2026, 3, 5, 9, tzinfo=UTC)


def test_a_server_that_says_no_earlier_is_left_alone_and_then_tried_in_full(days: Days) -> None:
    """What was counted by then was all that it gave that day."""
    fetched(days, A_DAY // 4)
    later = days.process().cut()

    assert later.until == days.waits() == datetime(2026, 3, 5, 6, tzinfo=UTC)
    days.now = later.until
    fetched(days, A_DAY - 1)
    assert days.waits() is None


def test_a_server_that_says_no_before_anything_was_fetched_is_asked_again_four_times_a_day(days: Days) -> None:
    """Somebody else has used the account."""
    assert days.process().cut().until == BEGAN + timedelta(hours=6)
    days.now += timedelta(hours=5)      # somebody has a look meanwhile, and is refused as well
    assert days.process().cut().until == BEGAN + timedelta(hours=6)
    assert days.waits() == BEGAN + timedelta(hours=6)


def test_the_store_is_not_asked_for_each_message(days: Days) -> None:
    """A process tells it of 4 MB at a time, and is told how much is left."""
    share = days.process()
    share.check()
    for _ in range(1_000):
        share.check()
        share.take(1_000)

    assert days.redis.keys() == []      # nothing was told, so nothing was asked
    share.keep()
    assert len(days.redis.keys()) == 1


def test_nothing_of_the_account_is_in_the_store_and_nothing_stays(days: Days) -> None:
    """A digest names it, and a day later all of it is gone."""
    fetched(days, 5)
    days.process().cut()
    (key,) = days.redis.keys()

    assert b"ann" not in key
    assert 0 < days.redis.ttl(key) <= 32 * 3600


def test_what_is_left_is_told(days: Days) -> None:
    """By what all processes have read; nothing, once the server has said no."""
    one, other = days.process(), days.process()
    assert one.left() == A_DAY
    one.take(1_000_000)
    one.keep()

    assert (one.left(), other.left(), days.process(OTHER).left()) == (A_DAY - 1_000_000, A_DAY - 1_000_000, A_DAY)
    other.cut()
    assert (one.left(), other.left()) == (0, 0)
