"""The store of the tests: its shortcut is taken, and where it cannot be, all goes on as without it."""

from __future__ import annotations

import fakeredis
import pytest
from redis import ConnectionError as RedisConnectionError
from redis import DataError
from redis.connection import AbstractConnection

pytestmark = pytest.mark.timeout(30)       # what has no answer is waited for


def test_the_shortcut_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing becomes bytes of the protocol once the connection stands, whatever the library's class is called."""
    redis = fakeredis.FakeRedis()
    redis.ping()
    monkeypatch.delattr(AbstractConnection, "send_packed_command")

    redis.zadd("them", {"one": 1})
    with redis.pipeline() as pipeline:
        found = pipeline.zrange("them", 0, -1, withscores=True).ping().execute()

    assert found == [[(b"one", 1.0)], True]


def test_the_first_command_of_a_connection_may_be_any() -> None:
    """Its options are for its answer."""
    redis = fakeredis.FakeRedis()

    assert redis.zrange("them", 0, -1, withscores=True) == []


@pytest.mark.parametrize("together", [False, True])
def test_a_server_that_is_away_is_away(*, together: bool) -> None:
    """Also between two commands of one connection."""
    server = fakeredis.FakeServer()
    redis = fakeredis.FakeRedis(server=server)
    redis.set("name", "value")
    server.connected = False

    with pytest.raises(RedisConnectionError):
        redis.pipeline().get("name").execute() if together else redis.get("name")
    server.connected = True
    assert redis.get("name") == b"value"


def test_of_commands_that_go_out_together_none_is_carried_out_where_one_cannot_be_sent() -> None:
    """As the library, which makes bytes of all of them first."""
    redis = fakeredis.FakeRedis()
    redis.ping()

    with pytest.raises(DataError):
        redis.pipeline(transaction=False).set("name", "value").set("other", object()).execute()  # type: ignore[arg-type]

    assert redis.get("name") is None
