"""The store of the tests refuses what Redis refuses, also the second time, and takes what it takes."""

from __future__ import annotations

import fakeredis
import pytest
from redis import ResponseError

IN_A_BRANCH = "if ARGV[1] == 'rare' then\n  left = 1\nend\nreturn redis.call('SET', KEYS[1], ARGV[1])"


def store() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


def test_a_script_that_sets_a_global_in_a_rare_case_is_refused_then() -> None:
    """A user would see a migration fail in the rare case alone, by a forgotten `local` that every test let pass."""
    redis = store()
    assert redis.eval(IN_A_BRANCH, 1, "name", "usual")

    with pytest.raises(ResponseError, match="global"):
        redis.eval(IN_A_BRANCH, 1, "name", "rare")

    assert redis.get("name") == b"usual"


def test_a_script_that_sets_a_global_is_refused_each_time() -> None:
    """A test that repeats what failed would pass, and the failure would be taken for one that goes away."""
    redis = store()

    for _ in range(2):
        with pytest.raises(ResponseError, match="global"):
            redis.eval("again = 1\nreturn 1", 0)


def test_what_a_script_leaves_in_one_store_does_not_refuse_new_scripts_of_another() -> None:
    """A test of one store would fail by what an earlier test did to another one."""
    one, other = store(), store()
    assert [each.eval("return 1", 0) for each in (one, other)] == [1, 1]

    with pytest.raises(ResponseError, match="global"):
        one.eval("left_behind = 1\nreturn 1", 0)

    assert other.eval("return 'a new script'", 0) == b"a new script"


def test_bytes_that_are_lent_are_stored_as_bytes() -> None:
    """A value given as a view of a buffer could not be read back, and would change with the buffer."""
    redis, lent = store(), bytearray(b"value")
    redis.ping()
    redis.set("name", memoryview(lent))
    lent[:] = b"other"

    assert redis.get("name") == b"value"
