"""A desk, on a Redis in memory and without a Slack that answers."""

from __future__ import annotations

from pathlib import Path

import fakeredis
import pytest
from cryptography.fernet import Fernet
from redis import Redis

import wiring
from bot.desk import Desk
from engine.keys import secret_keys
from engine.sign_ins import SignIns
from engine.store import Store
from engine.vault import Vault
from engine.visit import Engine
from jobs import Jobs
from tests.servers.world import MemoryConnectors

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def redis() -> Redis:
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


@pytest.fixture
def desk(redis: Redis, tmp_path: Path) -> Desk:
    keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path)
    engine = Engine(
        store=Store(redis, keys=keys), vault=Vault(redis, keys=keys), sign_ins=SignIns(redis),
        connectors=MemoryConnectors({}),
    )
    slack = wiring.SlackSettings("xoxb-of-a-test", "", "", NOWHERE)
    return wiring.desk(wiring.Doors(engine, redis, ""), slack, Jobs(redis), environ={}, team="T0EXAMPLE1")
