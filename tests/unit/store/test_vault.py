from __future__ import annotations

from datetime import timedelta

import fakeredis
import pytest
from cryptography.fernet import Fernet
from redis.exceptions import ResponseError

from engine.errors import Cause, FatalError, Side
from engine.store.keys import secret_keys
from engine.store.vault import REWRITE_DUE, Vault

TASK = "7K2F-9QXD"
PASSWORD = "p@ss%40 \"w'/\\ørd→"


@pytest.mark.parametrize("secret", [PASSWORD, "", " x ", "a" * 5000])
def test_a_secret_comes_back_as_it_was(vault, secret):
    """What was put is what is got, whatever characters it has."""
    vault.put(TASK, Side.SOURCE, secret)

    assert vault.get(TASK, Side.SOURCE) == secret
    assert vault.has(TASK, Side.SOURCE)


def test_the_sides_are_apart(vault):
    """Each side has its own secret, and dropping one leaves the other."""
    vault.put(TASK, Side.SOURCE, "s")
    vault.put(TASK, Side.DESTINATION, "d")

    vault.drop(TASK, Side.SOURCE)

    assert not vault.has(TASK, Side.SOURCE)
    assert vault.get(TASK, Side.DESTINATION) == "d"


def test_drop_without_a_side_drops_both(vault, redis):
    """Nothing of the task's secrets is left."""
    for side in Side:
        vault.put(TASK, side, "x")

    vault.drop(TASK)

    assert not vault.has(TASK, Side.SOURCE)
    assert not vault.has(TASK, Side.DESTINATION)
    assert not [key for key in redis.keys("*secret*") if "due" not in str(key)]


def test_a_secret_that_is_gone_is_asked_for_again(vault):
    """Getting what is not there is a fatal error that names the side."""
    with pytest.raises(FatalError, match="password of the destination account is no longer kept") as caught:
        vault.get(TASK, Side.DESTINATION)
    assert (caught.value.cause, caught.value.side) == (Cause.NOT_KEPT, Side.DESTINATION)


def test_a_secret_under_a_lost_key_is_asked_for_again(vault, redis, tmp_path):
    """A secret that no key of ours opens counts as gone."""
    vault.put(TASK, Side.SOURCE, PASSWORD)
    other = Vault(redis, keys=secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path))

    assert not other.has(TASK, Side.SOURCE)
    with pytest.raises(FatalError) as caught:
        other.get(TASK, Side.SOURCE)
    assert caught.value.cause is Cause.NOT_KEPT


def test_a_new_first_key_opens_old_secrets(redis, tmp_path):
    """Keys are changed by putting a new one in front."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    Vault(redis, keys=secret_keys({"OMM_SECRET_KEYS": old}, tmp_path)).put(TASK, Side.SOURCE, PASSWORD)
    rotated = Vault(redis, keys=secret_keys({"OMM_SECRET_KEYS": f" {new} , {old}"}, tmp_path))

    assert rotated.get(TASK, Side.SOURCE) == PASSWORD


def test_a_secret_is_bound_to_its_place(vault, redis):
    """Ciphertext moved to another task or side by whoever can write to Redis opens nothing."""
    vault.put(TASK, Side.SOURCE, PASSWORD)
    vault.put(TASK, Side.DESTINATION, "other")
    redis.copy(f"omm:secrets:{TASK}:source", f"omm:secrets:{TASK}:destination", replace=True)

    assert not vault.has(TASK, Side.DESTINATION)


def test_nothing_of_a_secret_is_in_redis_or_in_a_repr(vault, redis):
    """The stored value and the repr of what is got show nothing."""
    vault.put(TASK, Side.SOURCE, "hunter2-hunter2")

    assert "hunter2" not in repr([redis.get(key) for key in redis.keys("omm:secrets:*")])
    assert "hunter2" not in repr(vault.get(TASK, Side.SOURCE))
    assert "hunter2" not in repr(vars(vault))


def test_a_secret_ends_at_its_time(vault, clock):
    """Past its time a secret is not given out, even before it was purged."""
    vault.put(TASK, Side.SOURCE, "x", expires=clock.now + timedelta(hours=1))
    vault.put(TASK, Side.DESTINATION, "y")
    vault.expire(TASK, Side.DESTINATION, clock.now + timedelta(hours=48))

    clock.move(minutes=59)
    assert vault.has(TASK, Side.SOURCE)
    clock.move(minutes=1)
    assert not vault.has(TASK, Side.SOURCE)
    assert vault.has(TASK, Side.DESTINATION)
    clock.move(hours=47)
    assert not vault.has(TASK, Side.DESTINATION)


def test_purge_removes_what_is_over(vault, redis, clock):
    """Purge goes by the time it is told, counts what it removed, and leaves what has no end."""
    vault.put(TASK, Side.SOURCE, "x", expires=clock.now + timedelta(hours=1))
    vault.put(TASK, Side.DESTINATION, "y")

    assert vault.purge(clock.now) == 0
    assert vault.purge(clock.now + timedelta(hours=1)) == 1
    assert vault.purge(clock.now + timedelta(days=9999)) == 0
    assert vault.get(TASK, Side.DESTINATION) == "y"
    assert redis.exists(f"omm:secrets:{TASK}:source") == 0


def test_redis_ends_it_too(vault, redis, clock):
    """As a second line Redis itself lets go of it, counted from now by our clock, not by a date."""
    vault.put(TASK, Side.SOURCE, "x", expires=clock.now + timedelta(hours=1))
    vault.put(TASK, Side.DESTINATION, "y")
    vault.expire(TASK, Side.DESTINATION, clock.now + timedelta(hours=2))

    assert 3000 < redis.ttl(f"omm:secrets:{TASK}:source") <= 3600
    assert 6600 < redis.ttl(f"omm:secrets:{TASK}:destination") <= 7200


def test_expire_of_nothing_is_nothing(vault, redis, clock):
    """Setting an end to a secret that is not there leaves no trace."""
    vault.expire(TASK, Side.SOURCE, clock.now + timedelta(hours=1))

    assert redis.keys() == []


def test_a_secret_put_again_has_its_new_end(vault, clock):
    """A secret given once more is kept although the former one was about to end."""
    vault.put(TASK, Side.SOURCE, "old", expires=clock.now + timedelta(hours=1))
    vault.put(TASK, Side.SOURCE, "new")
    clock.move(hours=2)

    assert vault.purge(clock.now) == 0
    assert vault.get(TASK, Side.SOURCE) == "new"


REWRITES_AGAIN = 4      # the try at which the server gives in, so that a test of endless tries ends


class Refusing(fakeredis.FakeRedis):
    """A hosted Redis with an append-only file that it does not let its users rewrite."""

    def __init__(self, **options):
        super().__init__(**options)
        self.asked = 0

    def info(self, *_section, **_options):
        return {"aof_enabled": 1, "aof_rewrite_in_progress": 0}

    def bgrewriteaof(self, **_options):
        self.asked += 1
        if self.asked < REWRITES_AGAIN:
            raise ResponseError("unknown command 'BGREWRITEAOF'")
        return True


def test_a_server_that_refuses_to_rewrite_is_asked_once_a_time(server, keys, clock, caplog):
    """A drop asks once and says in the log that it was refused; each later drop or purge asks once more."""
    redis = Refusing(server=server)
    vault = Vault(redis, keys=keys, clock=clock, patience=0.2)
    for number in range(2):
        vault.put(f"task {number}", Side.SOURCE, "old one")

    vault.drop("task 0")
    after_a_drop = redis.asked
    vault.purge(clock.now)
    after_a_purge = redis.asked
    vault.drop("task 1")

    assert (after_a_drop, after_a_purge, redis.asked) == (1, 2, 3)
    assert caplog.text.count("does not rewrite its append-only file") == 3
    assert redis.exists(REWRITE_DUE)
