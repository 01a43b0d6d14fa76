"""A clock that is set back by an hour holds nothing up for an hour."""

from __future__ import annotations

from redis import Redis

from bot.listeners.deliveries import Deliveries, Turn
from bot.notices.pace import Pause
from bot.stored.orders import Orders
from bot.work.keeper import Keeper
from engine.migration.visit import Engine
from jobs import Jobs, Queues
from tests.unit.jobs.conftest import Clock

HOUR = 3600.0
TASK = "7K2F-9QXD"


def test_an_order_whose_process_died_is_brought_up(
    redis: Redis, engine: Engine, line: Queues, orders: Orders, clock: Clock
) -> None:
    """It was missed before the clock was set back; it goes on within a minute all the same."""
    keeper = Keeper(redis, engine.store, line, clock=clock)
    Jobs(redis, orders=orders).migrate(TASK)
    redis.delete("rq:queue:omm-migrations")
    keeper.look()
    clock.move(-HOUR)

    brought_up = 0
    for _ in range(24):
        clock.move(2.5)
        redis.delete("omm:orders:turn")
        brought_up += keeper.look()

    assert brought_up > 0


def test_a_click_whose_door_died_is_taken_when_it_comes_again(redis: Redis, clock: Clock) -> None:
    """Nobody works on it: Slack's next try is not refused until the hour has passed once more."""
    deliveries = Deliveries(redis, clock=clock)
    deliveries.take("press")
    clock.move(10 - HOUR)

    assert deliveries.take("press").turn is Turn.AGAIN


def test_what_is_left_alone_for_a_minute_is_left_alone_for_a_minute() -> None:
    """Slack, a conversation or a mail server that did not answer is asked again as soon as it was to be."""
    pause = Pause()
    pause.grow(10 * HOUR, 40.0)

    assert pause.left(9 * HOUR) <= 40.0
    assert pause.left(9 * HOUR + 41) == 0
