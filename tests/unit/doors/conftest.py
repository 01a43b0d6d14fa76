"""A desk, on a Redis in memory and without a Slack that answers."""

from __future__ import annotations

import fakeredis
import pytest
from redis import Redis

from bot.desk import Desk
from tests.servers.signed_world import desk_on, doors


@pytest.fixture
def redis() -> Redis:
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


@pytest.fixture
def desk(redis: Redis) -> Desk:
    return desk_on(doors(redis))
