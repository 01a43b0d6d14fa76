"""The store of the tests: its shortcut is taken, and where it cannot be, all goes on as without it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import fakeredis
import pytest
from redis import ConnectionError as RedisConnectionError
from redis import DataError, Redis, ResponseError
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection
from redis.retry import Retry

pytestmark = pytest.mark.timeout(30)       # what has no answer is waited for

IN_A_BRANCH = "if ARGV[1] == 'rare' then\n  left = 1\nend\nreturn redis.call('SET', KEYS[1], ARGV[1])"


def test_the_shortcut_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing becomes bytes of the protocol once the connection stands, whatever the library's class is called."""
    redis = fakeredis.FakeRedis()
    redis.ping()
    monkeypatch.delattr(AbstractConnection, "send_packed_command")
    monkeypatch.delattr(Redis, "_execute_command")

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


@pytest.mark.parametrize("retries", [0, 1])
def test_a_command_is_repeated_as_often_as_its_client_says(retries: int) -> None:
    """After the server went away while it answered: a client that repeats finds it back, another one is told."""
    redis = fakeredis.FakeRedis()
    redis.set("name", "value")
    redis.set_retry(Retry(NoBackoff(), retries))
    (connection,) = redis.connection_pool._available_connections

    def goes_away(**_: object) -> object:
        del connection.read_response
        raise RedisConnectionError

    connection.read_response = goes_away        # type: ignore[method-assign]
    if retries:
        assert redis.get("name") == b"value"
    else:
        with pytest.raises(RedisConnectionError):
            redis.get("name")
    assert redis.get("name") == b"value"
    assert len(redis.connection_pool._available_connections) == 1


def test_arguments_are_what_the_command_takes() -> None:
    """Each time: a key of its type, a number where one belongs, and as many as there may be."""
    redis = fakeredis.FakeRedis()
    redis.hset("table", "field", 1)

    for _ in range(2):
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            redis.zadd("table", {"one": 1})
        with pytest.raises(ResponseError, match="not an integer"):
            redis.execute_command("HINCRBY", "table", "field", "one")
        with pytest.raises(ResponseError, match="wrong number of arguments"):
            redis.execute_command("HINCRBY", "table", "field")
        with pytest.raises(ResponseError, match=r"[Ww]rong number of arg"):
            redis.eval("return redis.call('HGET', KEYS[1])", 1, "table")
        assert (redis.hget("table", "other"), redis.hgetall("none")) == (None, {})
        assert redis.dump("none") is None
    assert redis.hgetall("table") == {b"field": b"1"}


def test_what_a_command_reads_is_not_made() -> None:
    """A set that nothing was put into is not there afterwards; one that something was put into is."""
    redis = fakeredis.FakeRedis()

    redis.srem("them", "one")
    assert not redis.exists("them")
    redis.sadd("them", "one", "two")
    assert redis.smembers("them") == {b"one", b"two"}


def test_scripts_of_several_stores_share_what_runs_them_and_nothing_else() -> None:
    """Also while they run at once: each finds its own keys, arguments and values."""
    stores = [fakeredis.FakeRedis(server=fakeredis.FakeServer()) for _ in range(4)]
    script = "redis.call('RPUSH', KEYS[1], ARGV[1])\nreturn redis.call('LRANGE', KEYS[1], 0, -1)"

    def fill(number: int) -> list[object]:
        return [stores[number].eval(script, 1, f"list {number}", f"{number} {turn}") for turn in range(50)]

    with ThreadPoolExecutor(len(stores)) as threads:
        found = list(threads.map(fill, range(len(stores))))

    for number, answers in enumerate(found):
        assert answers == [[b"%d %d" % (number, each) for each in range(turn + 1)] for turn in range(50)]
    assert len({id(store.connection_pool.get_connection()._sock._server._lua_runtime) for store in stores}) == 1


def test_a_script_that_sets_a_global_is_refused_and_no_other_store_suffers() -> None:
    """As the library says it."""
    with pytest.raises(ResponseError, match="global"):
        fakeredis.FakeRedis(server=fakeredis.FakeServer()).eval("left = 1\nreturn redis.call('PING')", 0)

    assert fakeredis.FakeRedis(server=fakeredis.FakeServer()).eval("return redis.call('GET', 'name')", 0) is None


def store() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


def test_a_script_that_sets_a_global_in_a_rare_case_is_refused_then() -> None:
    """As Redis refuses it: by a forgotten `local`, say, in a script that has run often without it."""
    redis = store()
    assert redis.eval(IN_A_BRANCH, 1, "name", "usual")

    with pytest.raises(ResponseError, match="global"):
        redis.eval(IN_A_BRANCH, 1, "name", "rare")

    assert redis.get("name") == b"usual"


def test_a_script_that_sets_a_global_is_refused_each_time() -> None:
    """The global is still there, as in the library's own Lua."""
    redis = store()

    for _ in range(2):
        with pytest.raises(ResponseError, match="global"):
            redis.eval("again = 1\nreturn 1", 0)


def test_what_a_script_leaves_in_one_store_does_not_refuse_new_scripts_of_another() -> None:
    """Also of one that has shared its Lua until then."""
    one, other = store(), store()
    assert [each.eval("return 1", 0) for each in (one, other)] == [1, 1]

    with pytest.raises(ResponseError, match="global"):
        one.eval("left_behind = 1\nreturn 1", 0)

    assert other.eval("return 'a new script'", 0) == b"a new script"


def test_bytes_that_are_lent_are_stored_as_bytes() -> None:
    """A view of a buffer can be read back, and stays as it was when the buffer changes."""
    redis, lent = store(), bytearray(b"value")
    redis.ping()
    redis.set("name", memoryview(lent))
    lent[:] = b"other"

    assert redis.get("name") == b"value"
