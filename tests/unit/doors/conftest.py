"""A services, on a Redis in memory and without a Slack that answers."""

from __future__ import annotations

import fakeredis
import pytest
from redis import Redis

from bot.services import Services
from tests.servers.slack.signed_world import doors, services_on


@pytest.fixture
def redis() -> Redis:
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


@pytest.fixture
def services(redis: Redis) -> Services:
    return services_on(doors(redis))
