from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import fakeredis
import pytest
from cryptography.fernet import Fernet

from engine.migration.content import Content
from engine.migration.record import Failure, Reason
from engine.migration.request import MigrationRequest
from engine.store.keys import SecretKeys, secret_keys
from engine.store.store import Store
from engine.store.vault import Vault
from tests.unit.store.accounts import request_of


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path) -> SecretKeys:
    return secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path)


@pytest.fixture
def server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


@pytest.fixture(params=["bytes", "text"])
def redis(request, server) -> Iterator[fakeredis.FakeRedis]:
    """A client that answers in bytes, as RQ wants it, or in text: both are right."""
    with fakeredis.FakeRedis(server=server, decode_responses=request.param == "text") as client:
        yield client


@pytest.fixture
def store(redis, keys, clock) -> Store:
    return Store(redis, keys=keys, clock=clock, patience=0.2)


@pytest.fixture
def vault(redis, keys, clock) -> Vault:
    return Vault(redis, keys=keys, clock=clock, patience=0.2)


@pytest.fixture
def asked() -> MigrationRequest:
    return request_of()


@pytest.fixture
def failures() -> list[Failure]:
    return [
        Failure(Content.MAIL, "Personal/Öffentlich", "Lohn März", "larger than 36 MB"),
        Failure(Content.MAIL, "Personal", "Lohn “April”", "left out: deleted", Reason.LEFT_OUT),
        Failure(Content.CALENDARS, "Kalender", "Geburtstag", "no start"),
    ]
