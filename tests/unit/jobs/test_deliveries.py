"""Deliveries: what Slack sends is answered once, whatever becomes of Redis's answers and of whoever works on it."""

from __future__ import annotations

import fakeredis
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.listeners.deliveries import WORKED_ON, Deliveries, Taken, Turn
from tests.unit.jobs.conftest import Clock


@pytest.fixture
def deliveries(redis: Redis, clock: Clock) -> Deliveries:
    return Deliveries(redis, clock=clock)


def test_what_was_answered_and_comes_again_is_known(deliveries: Deliveries) -> None:
    """Slack sends again what it saw no answer to; forgotten, it may come again."""
    turns = [deliveries.take("a").turn]
    deliveries.answered("a")
    turns += [deliveries.take(each).turn for each in "ab"]

    assert turns == [Turn.FIRST, Turn.ANSWERED, Turn.FIRST]
    deliveries.forget("a")
    assert deliveries.take("a").turn is Turn.FIRST


def test_what_is_worked_on_is_left_to_whoever_does(deliveries: Deliveries, clock: Clock) -> None:
    """While Slack still waits for the answer, a copy is nobody's work."""
    first = deliveries.take("press")
    clock.move(WORKED_ON - 0.1)

    assert deliveries.take("press") == Taken(Turn.WORKED_ON, first.at)


def test_what_nobody_lived_to_answer_is_worked_on_again(deliveries: Deliveries, clock: Clock) -> None:
    """However often a process dies over it; whoever takes it knows that, and when it came first."""
    came = clock()
    turns = []
    for _ in range(3):
        turns.append(deliveries.take("press"))
        clock.move(WORKED_ON + 0.1)
    deliveries.answered("press")

    assert turns == [Taken(Turn.FIRST, came), Taken(Turn.AGAIN, came), Taken(Turn.AGAIN, came)]
    assert deliveries.take("press").turn is Turn.ANSWERED


def test_an_answer_of_redis_that_is_lost_swallows_nothing(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Written down, and nobody was told: asked again, it is still the first."""
    redis = fakeredis.FakeRedis()
    run, lost = redis.eval, iter([True])

    def run_and_lose(*args: object) -> object:
        done = run(*args)       # type: ignore[arg-type]
        if next(lost, False):
            raise RedisConnectionError("gone")
        return done

    monkeypatch.setattr(redis, "eval", run_and_lose)
    deliveries = Deliveries(redis, clock=clock)

    assert deliveries.take("press").turn is Turn.FIRST
    assert deliveries.take("press").turn is Turn.WORKED_ON


def test_a_mark_of_another_release_counts_as_answered(redis: Redis, deliveries: Deliveries) -> None:
    """Doors of two releases run side by side for a while; what one of them has taken, the other leaves alone."""
    redis.set("omm:seen:press", b"\x00\xff any 8 bytes")

    assert deliveries.take("press").turn is Turn.ANSWERED
