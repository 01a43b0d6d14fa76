"""A Redis of one's own: what a door says of it at its start, and what of keys that do not fit."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from redis import Redis

import wiring
from engine.store.keys import SecretKeys, secret_keys
from engine.store.patience import connect
from engine.store.valkey import open_server
from wiring import own_store


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A real server."""
    with open_server(tmp_path / "state") as url:
        yield url


@pytest.fixture
def server(url: str) -> Iterator[Redis]:
    """It, to whoever may do everything there."""
    with connect(url) as redis:
        yield redis


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings."""
    return [record.getMessage() for record in caplog.records if record.name == "wiring.own_store"]


def test_nothing_is_said_of_a_good_one(server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    """A store that keeps everything, as the one in the box, gives no reason to warn."""
    own_store.warn_of_its_settings(server)

    assert said(caplog) == []


@pytest.mark.parametrize(("chosen", "named"), [
    ({"maxmemory-policy": "allkeys-lru"}, "its maxmemory-policy is allkeys-lru"),
    ({"appendonly": "no", "save": ""}, "it keeps nothing on disk"),
    ({"appendonly": "no", "save": "3600 1"}, "it writes to disk only now and then"),
])
def test_what_loses_migrations_is_said(
    server: Redis, caplog: pytest.LogCaptureFixture, chosen: dict[str, str], named: str
) -> None:
    """A store that removes what it should keep, or loses it with a restart, is named with the setting that mends it."""
    for name, value in chosen.items():
        server.config_set(name, value)

    own_store.warn_of_its_settings(server)

    (warning,) = said(caplog)
    assert "OMM_REDIS_URL" in warning
    assert named in warning
    assert next(iter(chosen)) in warning


@pytest.mark.parametrize(("forbidden", "warnings"), [(["-config"], 1), (["-config", "-info"], 0)])
def test_what_may_not_be_asked_is_passed_over(
    url: str, server: Redis, caplog: pytest.LogCaptureFixture, forbidden: list[str], warnings: int
) -> None:
    """A hosted server that keeps its settings to itself is used without a word about them."""
    server.config_set("maxmemory-policy", "allkeys-lru")
    server.config_set("appendonly", "no")
    server.execute_command("ACL", "SETUSER", "hosted", "on", "nopass", "~*", "+@all", *forbidden)

    with connect(url.replace("unix://", "unix://hosted:any@")) as redis:
        own_store.warn_of_its_settings(redis)

    assert len(said(caplog)) == warnings


# Keys


@pytest.fixture
def keys() -> list[str]:
    return [Fernet.generate_key().decode() for _ in range(2)]


def of(tmp_path: Path, *keys: str) -> SecretKeys:
    return secret_keys({"OMM_SECRET_KEYS": ",".join(keys)}, tmp_path)


def test_a_lost_key_is_said_at_the_start(
    redis: Redis, tmp_path: Path, keys: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A door with another key than the last one says that what is kept cannot be read, and what to do."""
    own_store.warn_of_lost_keys(redis, of(tmp_path, keys[0]))
    before = said(caplog)

    own_store.warn_of_lost_keys(redis, of(tmp_path, keys[1]))
    own_store.warn_of_lost_keys(redis, of(tmp_path, keys[1]))

    assert before == []
    assert ["OMM_SECRET_KEYS lacks the key" in words for words in said(caplog)] == [True, True]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


def test_a_new_key_before_the_old_one_is_right(
    redis: Redis, tmp_path: Path, keys: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Keys change without a word when the old one stays for a while, and goes later."""
    for chosen in (keys[:1], [keys[1], keys[0]], keys[1:]):
        own_store.warn_of_lost_keys(redis, of(tmp_path, *chosen))

    assert said(caplog) == []


def test_only_ones_own_is_looked_at(
    url: str, server: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The store in the box is set as it must be; of a server that was named, a door says what is wrong."""
    server.config_set("maxmemory-policy", "allkeys-lru")
    home = {"HOME": str(tmp_path), "OMM_STATE_DIR": str(tmp_path / "other")}
    with wiring.doors(wiring.settings({**home, "OMM_REDIS_URL": url})) as opened:
        wiring.warn(wiring.settings(home), opened)
        before = said(caplog)
        wiring.warn(wiring.settings({**home, "OMM_REDIS_URL": url}), opened)

    assert (len(before), len(said(caplog))) == (0, 1)
