from __future__ import annotations

from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError  # noqa: A004 - the library's own name

from engine.errors import FatalError
from engine.migration.content import Content
from engine.ports.items import Foretold
from engine.store.facts import LAST_WRITE
from engine.store.keys import SecretKeys
from engine.store.open_tags import OpenTag
from engine.store.patience import text
from engine.store.store import Store


@pytest.fixture
def task_id(store, asked) -> str:
    return store.create(asked).task_id


def test_a_tag_is_open_until_it_is_answered(store, task_id, clock):
    """Open tags are those that were sent and not closed, with their folder and time."""
    store.open_tags(task_id, "AAMk/+=", ["t:1", "t:2", "t:3"])
    store.close_tags(task_id, ["t:1", "t:3"])

    assert store.opened(task_id) == {"t:2": OpenTag("AAMk/+=", clock.now, 1)}


def test_the_age_of_a_tag_counts_from_when_its_request_was_given_up_at_the_latest(store, task_id, clock):
    """A request that may be under way for long can arrive long after it left."""
    store.open_tags(task_id, "f", ["a"], deadline=200)
    ages = [store.opened(task_id)["a"].age(clock.now + timedelta(seconds=passed)) for passed in (-60, 0, 200, 230)]

    assert ages == [0, 0, 0, 30]


def test_a_further_request_about_an_item_sends_it_no_second_time(store, task_id, clock):
    """It renews the time from which the tag's age counts, and nothing else."""
    store.open_tags(task_id, "f", ["a"], deadline=20)
    clock.move(seconds=60)
    store.open_tags(task_id, "f", ["a"], deadline=30, further=True)

    assert (store.opened(task_id)["a"].sends, store.resent(task_id)) == (1, {})
    assert store.opened(task_id)["a"].age(clock.now + timedelta(seconds=30)) == 0


def test_a_tag_sent_again_while_open_is_counted(store, task_id, clock):
    """A second send of an open tag counts, renews the time, and is remembered after its answer."""
    store.open_tags(task_id, "f", ["a", "b"])
    clock.move(seconds=120)
    store.open_tags(task_id, "f", ["a"])

    assert store.opened(task_id)["a"] == OpenTag("f", clock.now, 2)
    store.close_tags(task_id, ["a", "b"])
    assert store.opened(task_id) == {}
    assert store.resent(task_id) == {"a": OpenTag("f", clock.now, 2)}


def test_a_tag_sent_again_after_its_answer_starts_anew(store, task_id):
    """An item that was answered for sure, as busy, and sent again cannot be there twice."""
    store.open_tags(task_id, "f", ["a"])
    store.close_tags(task_id, ["a"])
    store.open_tags(task_id, "f", ["a"])

    assert store.opened(task_id)["a"].sends == 1
    assert store.resent(task_id) == {}


def test_a_third_send_counts_on_over_an_answer(store, task_id):
    """Once a tag was sent twice it stays suspect for the step, and later sends are counted on."""
    for _ in range(2):
        store.open_tags(task_id, "f", ["a"])
    store.close_tags(task_id, ["a"])
    store.open_tags(task_id, "f", ["a"])

    assert store.resent(task_id)["a"].sends == 3


def test_resent_is_forgotten_at_the_end_of_the_step(store, task_id):
    """`forget_resent` empties the list and leaves open tags open."""
    for _ in range(2):
        store.open_tags(task_id, "f", ["a"])

    store.forget_resent(task_id)

    assert store.resent(task_id) == {}
    assert store.opened(task_id)["a"].sends == 2


def test_no_tags_are_no_work(store, task_id):
    """Empty lists are let through."""
    store.open_tags(task_id, "f", [])
    store.close_tags(task_id, [])

    assert store.opened(task_id) == {}


class Deaf:
    """A client whose every command arrives, and whose first answer is lost."""

    def __init__(self, redis) -> None:
        self._redis = redis
        self._lost = False

    def eval(self, *arguments):
        answer = self._redis.eval(*arguments)
        if not self._lost:
            self._lost = True
            raise ConnectionError
        return answer

    def __getattr__(self, name):
        return getattr(self._redis, name)


def test_a_repeated_request_is_not_a_second_send(redis, keys):
    """When the server's answer to `open_tags` is lost and asked for again, the tags count as sent once."""
    store = Store(Deaf(redis), keys=keys)

    store.open_tags("7K2F-9QXD", "f", ["a"])

    assert store.opened("7K2F-9QXD")["a"].sends == 1
    assert store.resent("7K2F-9QXD") == {}


def test_a_repeated_create_makes_one_record(redis, keys, asked):
    """When the answer to `create` is lost, the record is there once."""
    made = Store(Deaf(redis), keys=keys).create(asked)

    assert [m.task_id for m in Store(redis, keys=keys).all()] == [made.task_id]


def test_a_repeated_acquire_is_ours(redis, keys):
    """When the answer to `acquire` is lost, the lease is not taken for somebody else's."""
    with Store(Deaf(redis), keys=keys).acquire("m", holder="us") as lease:
        assert lease.fencing == 1


def test_the_last_write_is_noted_with_each_request_and_each_answer(store, task_id, clock):
    """By the destination's time, and without a round trip of its own."""
    sent, answered = clock.now - timedelta(hours=1), clock.now - timedelta(minutes=59)

    store.open_tags(task_id, "f", ["a"], written=sent)
    before = store.recall(task_id, LAST_WRITE)
    store.close_tags(task_id, ["a"], written=answered)

    assert (before, store.recall(task_id, LAST_WRITE)) == (sent.isoformat(), answered.isoformat())


def test_an_answer_whose_time_nobody_knows_changes_no_last_write(store, task_id, clock):
    """A rollback closes tags that it has waited for: nothing was written then."""
    store.open_tags(task_id, "f", ["a"], written=clock.now)
    clock.move(seconds=60)
    store.close_tags(task_id, ["a"])

    assert store.recall(task_id, LAST_WRITE) != clock.now.isoformat()


def test_what_is_foretold_of_an_item_stays_until_its_tag_is_closed(store, task_id):
    """It is kept with the open tag alone; a further request replaces it, and one that sends the item anew ends it."""
    store.open_tags(task_id, "f", ["a", "b"], foretold={"a": Foretold(("left out",), ("perhaps",))})
    first = store.tags.foretold(task_id)
    store.open_tags(task_id, "f", ["a"], further=True)
    same = store.tags.foretold(task_id)
    store.open_tags(task_id, "f", ["a"], further=True, foretold={"a": Foretold(("left out", "apart"))})
    further = store.tags.foretold(task_id)
    store.open_tags(task_id, "f", ["a"])

    assert first == same == {"a": Foretold(("left out",), ("perhaps",))}
    assert further == {"a": Foretold(("left out", "apart"))}
    assert store.tags.foretold(task_id) == {}


def test_what_is_noted_of_items_is_kept_by_content_and_encrypted(store, redis, task_id):
    """It stays when other tags are closed, and is forgotten with the task."""
    store.open_tags(task_id, "f", ["a", "b"], foretold={"b": Foretold(("a secret",))})
    store.close_tags(task_id, ["a"], content=Content.CALENDARS, untold={"a": ("Ann was left out",)})
    hashes = [f"omm:task:{task_id}:{part}" for part in ("noted:calendars", "foretold")]
    stored = [text(value) for name in hashes for value in redis.hvals(name)]
    store.close_tags(task_id, ["b"], content=Content.TASKS)

    assert store.tags.noted(task_id, Content.CALENDARS) == {"a": ("Ann was left out",)}
    assert (store.tags.noted(task_id, Content.TASKS), store.tags.foretold(task_id)) == ({}, {})
    assert len(stored) == 2
    assert not any("left out" in value or "a secret" in value for value in stored)
    store.forget(task_id)
    assert [key for key in redis.keys("*") if task_id in text(key)] == []


def test_a_repeated_close_notes_once(redis, keys):
    """When the answer to `close_tags` is lost and asked for again, there is one note."""
    store = Store(Deaf(redis), keys=keys)

    store.close_tags("7K2F-9QXD", ["a"], content=Content.MAIL, untold={"a": ("without its date",)})

    assert redis.hlen("omm:task:7K2F-9QXD:noted:mail") == 1


def test_notes_under_another_key_are_said_to_be_so(store, redis, task_id):
    """They are not passed over: the report would lack them."""
    store.close_tags(task_id, ["a"], content=Content.MAIL, untold={"a": ("without its date",)})
    other = Store(redis, keys=SecretKeys([b"2" * 32]))

    with pytest.raises(FatalError, match="another key"):
        other.tags.noted(task_id, Content.MAIL)
