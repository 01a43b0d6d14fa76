"""A key for each task alone, which goes with its data."""

from __future__ import annotations

import secrets

import fakeredis
import pytest

from engine.store.keys import SecretKeys
from engine.store.patience import Patient
from engine.store.store import Store
from engine.store.task_keys import TaskKeys, unsealed
from engine.store.vault import REWRITE_DUE
from tests.unit.store.accounts import request_of


@pytest.fixture
def redis() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis()


@pytest.fixture
def store(redis: fakeredis.FakeRedis, keys: SecretKeys) -> Store:
    return Store(redis, keys=keys)


def test_what_is_sealed_for_a_task_is_opened_by_its_key_alone(store: Store) -> None:
    """Each task has one key, whoever asks first; another one's opens nothing."""
    one, other = (store.create(request_of()).task_id for _ in range(2))
    tokens = [store.task_keys.seal(one, "carol"), store.task_keys.seal(one, "dave")]
    store.task_keys.seal(other, "erin")

    found = store.task_keys.of([one, other, "0000-0000"])

    assert sorted(found) == sorted([one, other])
    assert [unsealed(found[one], token) for token in tokens] == ["carol", "dave"]
    assert unsealed(found[other], tokens[0]) is None


def test_a_key_that_is_dropped_comes_back_for_nobody(store: Store, redis: fakeredis.FakeRedis) -> None:
    """A new one opens nothing of before; the file on disk is due to be written anew."""
    task_id = store.create(request_of()).task_id
    token = store.task_keys.seal(task_id, "carol")

    store.task_keys.drop(task_id)
    store.task_keys.seal(task_id, "dave")

    assert unsealed(store.task_keys.of([task_id])[task_id], token) is None
    assert redis.exists(REWRITE_DUE)


def test_a_task_without_a_record_gets_no_key(store: Store, redis: fakeredis.FakeRedis) -> None:
    """It was forgotten, or never was: nothing is sealed, and no trace of it comes back. Dropping has nothing to do."""
    store.task_keys.drop("7K2F-9QXD")

    assert store.task_keys.seal("7K2F-9QXD", "carol") == ""
    assert redis.keys("*") == []


def test_every_release_removes_the_key_with_the_record(store: Store) -> None:
    """Also one that knows nothing of such keys."""
    task_id = store.create(request_of()).task_id
    store.task_keys.seal(task_id, "carol")

    store.forget(task_id)

    assert store.task_keys.of([task_id]) == {}


def test_a_key_under_a_lost_one_of_ours_opens_nothing(store: Store, redis: fakeredis.FakeRedis) -> None:
    """Nor does it raise."""
    task_id = store.create(request_of()).task_id
    store.task_keys.seal(task_id, "carol")

    other = TaskKeys(Patient(redis), keys=SecretKeys([secrets.token_bytes(32)]))

    assert other.of([task_id]) == {}
    assert other.seal(task_id, "dave") == ""
