"""Commands to the store of the tests answer and leave behind what they do on the library's own way.

Series of commands are drawn by a seed and carried out by both: keys of every type, wrong types and numbers, values that
have expired and others that will, scripts, transactions with and without a watch, and somebody who hears of changes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from itertools import chain
from random import Random
from typing import Any

import fakeredis
import pytest
from redis import RedisError

from tests.servers.quick import store as quick_store

TIMES = (1_000_000_000, 4_102_444_800, 4_102_448_400)      # seconds of Unix, the first of them over
NUMBERS = (0, 1, 3, -2, 2.5, "x", 10**30)
KEYS = ("a", "b", "c", "d")
FIELDS = ("one", "two", "dreißig", b"\xff\x00")
VALUES = ("1", "-7", "2.5", "word", "", b"\xfe", "x" * 40)
COMMANDS = (
    "APPEND key value", "COPY key key", "DECR key", "DEL key key", "EXISTS key key", "EXPIREAT key when",
    "EXPIRETIME key", "GET key", "GETDEL key", "GETRANGE key 0 3", "GETSET key value", "HDEL key field field",
    "HEXISTS key field", "HEXPIREAT key when FIELDS 1 field", "HGET key field", "HGETALL key",
    "HINCRBY key field number", "HKEYS key", "HLEN key", "HMGET key field field",
    "HSET key field value field value", "HSETNX key field value",
    "HVALS key", "INCRBY key number", "INCRBYFLOAT key number", "KEYS *", "LINDEX key number", "LLEN key",
    "LPOP key", "LPUSH key value value", "LRANGE key 0 number", "LREM key number value", "LTRIM key 0 number",
    "MGET key key", "MSET key value key value", "PERSIST key", "PEXPIRETIME key", "RENAME key key", "RENAMENX key key",
    "RPOPLPUSH key key", "RPUSH key value", "SADD key field value", "SCARD key", "SDIFFSTORE key key key",
    "SET key value", "SET key value EXAT when", "SET key value KEEPTTL", "SET key value NX", "SET key value XX GET",
    "SETNX key value", "SISMEMBER key field", "SMEMBERS key", "SREM key field field",
    "STRLEN key", "SUNION key key", "TYPE key", "UNLINK key", "ZADD key number field number value",
    "ZADD key NX number field", "ZCARD key", "ZINCRBY key number field", "ZRANGE key 0 -1",
    "ZRANGE key 0 -1 WITHSCORES", "ZRANGEBYSCORE key -inf number", "ZRANK key field", "ZREM key field",
    "ZREMRANGEBYSCORE key 0 number", "ZSCORE key field", "SCAN 0 MATCH * COUNT 2", "PING", "ECHO value", "DBSIZE",
    "XADD key 1-1 field value", "XADD key 2-7 field value field value", "XADD key MAXLEN 1 9-9 field value",
    "XDEL key 1-1", "XLEN key", "XRANGE key - +", "XREVRANGE key + - COUNT 1", "XTRIM key MAXLEN 1",
    "GET", "GET key value", "HSET key field", "NONSENSE key", "OBJECT ENCODING key", "EVAL return 0", "get key",
)
SCRIPTS = (
    "return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], ARGV[1])\nreturn {redis.call('GET', KEYS[1]), redis.call('TYPE', KEYS[1]), 2.7, false}",
    "return redis.call('HGETALL', KEYS[1])",
    "local held = redis.call('HMGET', KEYS[1], 'one', 'none', 'two')\nreturn {held[1], held[2] == false, #held}",
    "redis.call('XADD', KEYS[1], '3-3', 'field', ARGV[1])\nreturn redis.call('XRANGE', KEYS[1], '-', '+')",
    "redis.call('RPUSH', KEYS[1], ARGV[1], 3)\nreturn redis.call('LRANGE', KEYS[1], 0, -1)",
    "return {redis.call('HMGET', KEYS[1], ARGV[1], 'two'), redis.call('SMEMBERS', KEYS[2])}",
    "return redis.pcall('INCR', KEYS[1])",
    "return redis.call('ZADD', KEYS[1], ARGV[1], 'member')",
    "return redis.call('EVAL', 'return 1', 0)",
    "return redis.call('GET')",
    "return redis.error_reply('ERR that is not to be')",
)
HOW: dict[str, dict[str, Any]] = {"bytes": {}, "text": {"decode_responses": True}, "RESP3": {"protocol": 3}}
VALUE_OF = {
    b"string": "GET", b"list": "LRANGE 0 -1", b"hash": "HGETALL", b"set": "SMEMBERS",
    b"stream": "XRANGE - +", b"zset": "ZRANGE 0 -1 WITHSCORES",
}
STEPS = 150
Did = list[Any]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("seed", range(6))
def test_a_series_of_commands_comes_to_the_same(how: str, seed: int) -> None:
    """Each answer, each error, what is in the store then, and what whoever listens is told of it."""
    quick, theirs = (_series(seed, HOW[how], as_the_library=each) for each in (False, True))

    assert quick == theirs


def test_the_series_have_what_they_are_for() -> None:
    """All of the commands, with answers and with refusals."""
    answers = list(chain.from_iterable(_series(seed, {}, as_the_library=True) for seed in range(6)))

    refused = {str(each[1])[:9] for each in answers if isinstance(each, tuple) and each[0] == "refused"}
    assert {"WRONGTYPE", "value is ", "wrong num"} <= refused, refused


def _series(seed: int, how: dict[str, Any], *, as_the_library: bool) -> Did:
    """What came of each step, what there was after each tenth, and what somebody heard of it."""
    values = [each for each in VALUES if isinstance(each, str) or not how.get("decode_responses")]
    with quick_store.as_the_library() if as_the_library else nullcontext():
        server, draw = fakeredis.FakeServer(), Random(seed)
        redis, other = fakeredis.FakeRedis(server=server, **how), fakeredis.FakeRedis(server=server, **how)
        hears, looks = redis.pubsub(), fakeredis.FakeRedis(server=server)
        hears.psubscribe("__key*")
        did: Did = []
        for number in range(STEPS):
            step: Callable[..., Any] = draw.choices((_command, _script, _together, _watched), (20, 4, 2, 1))[0]
            did += [_came_of(step, redis, other, draw, values), _state(looks) if number % 10 == 0 else None]
        return [*did, _state(looks), _heard(hears), _came_of(_asked, hears)]


def _came_of(step: Callable[..., Any], *given: Any) -> Any:
    try:
        return "answered", _comparable(step(*given))
    except (RedisError, UnicodeDecodeError) as error:
        return "refused", f"{error}", type(error).__name__


def _comparable(answer: Any) -> Any:
    """Answers in lists may be errors, which are equal to nothing."""
    if isinstance(answer, list):
        return [_comparable(each) for each in answer]
    return repr(answer) if isinstance(answer, Exception) else answer


def _drawn(draw: Random, values: list[Any]) -> list[Any]:
    """A command with its arguments."""
    kinds: dict[str, Callable[[], Any]] = {
        "key": lambda: draw.choice(KEYS), "field": lambda: draw.choice(FIELDS), "value": lambda: draw.choice(values),
        "number": lambda: draw.choice(NUMBERS), "when": lambda: draw.choice(TIMES),
    }
    name, *arguments = draw.choice(COMMANDS).split()
    return [name, *(kinds[each]() if each in kinds else each for each in arguments)]


def _command(redis: Any, _other: Any, draw: Random, values: list[Any]) -> Any:
    return redis.execute_command(*_drawn(draw, values))


def _script(redis: Any, _other: Any, draw: Random, values: list[Any]) -> Any:
    return redis.eval(draw.choice(SCRIPTS), 2, draw.choice(KEYS), draw.choice(KEYS), draw.choice(values))


def _together(redis: Any, _other: Any, draw: Random, values: list[Any]) -> Any:
    with redis.pipeline(transaction=draw.random() < 0.5) as pipeline:
        for _ in range(draw.randrange(1, 5)):
            pipeline.execute_command(*_drawn(draw, values))
        return pipeline.execute(raise_on_error=draw.random() < 0.3)


def _watched(redis: Any, other: Any, draw: Random, values: list[Any]) -> Any:
    """Somebody else may come in between."""
    key = draw.choice(KEYS)
    with redis.pipeline() as pipeline:
        pipeline.watch(key)
        read = pipeline.type(key)
        if draw.random() < 0.5:
            other.execute_command("SET", draw.choice((key, *KEYS)), draw.choice(values))
        pipeline.multi()
        pipeline.execute_command("SET", key, draw.choice(values))
        return [read, pipeline.execute()]


def _state(redis: Any) -> Any:
    """All keys as they stand there, with their values and when they expire."""
    return [(key, redis.pexpiretime(key), _value(redis, key)) for key in redis.keys("*")]


def _value(redis: Any, key: bytes) -> Any:
    name, *arguments = VALUE_OF[redis.type(key)].split()
    return redis.execute_command(name, key, *arguments)


def _asked(hears: Any) -> Any:
    """Whoever listens asks for a value, too."""
    hears.execute_command("GET", KEYS[0])
    return hears.parse_response()


def _heard(hears: Any) -> list[Any]:
    found = []
    while (message := hears.get_message()) is not None:
        found.append(message)
    return found
