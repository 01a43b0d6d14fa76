"""Deliveries: what Slack sends is taken once, whatever becomes of Redis's answers."""

from __future__ import annotations

import fakeredis
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.deliveries import Deliveries


def test_what_comes_again_is_not_the_first(redis: Redis) -> None:
    """Slack sends again what it saw no answer to; forgotten, it may come again."""
    deliveries = Deliveries(redis)

    assert [deliveries.is_first("a"), deliveries.is_first("a"), deliveries.is_first("b")] == [True, False, True]
    deliveries.forget("a")
    assert deliveries.is_first("a")


def test_an_answer_of_redis_that_is_lost_swallows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written down, and nobody was told: asked again, it is still the first."""
    redis = fakeredis.FakeRedis()
    write, lost = redis.set, iter([True])

    def set_and_lose(*args: object, **options: object) -> object:
        done = write(*args, **options)      # type: ignore[arg-type]
        if next(lost, False):
            raise RedisConnectionError("gone")
        return done

    monkeypatch.setattr(redis, "set", set_and_lose)
    deliveries = Deliveries(redis)

    assert deliveries.is_first("press")
    assert not deliveries.is_first("press")
