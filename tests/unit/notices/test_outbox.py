"""What waits in the outbox: once for each person and key, whichever release has put it there."""

from __future__ import annotations

import json

import fakeredis
import pytest

from bot.stored.outbox import KEYS, LIST, Letter, Outbox
from tests.servers.slack.notices import COLLEAGUE, OWNER


@pytest.fixture
def redis() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis()


def test_the_same_key_waits_once_for_each_person(redis: fakeredis.FakeRedis) -> None:
    """Two people are told of one thing; one of them is not told twice."""
    outbox = Outbox(redis)
    letters = [Letter("key", to, f"Hello {to}") for to in (OWNER, COLLEAGUE, OWNER)]
    for letter in letters:
        outbox.put(letter)

    assert outbox.waiting() == letters[:2]


def test_what_was_sent_can_be_put_again(redis: fakeredis.FakeRedis) -> None:
    """While another letter still waits."""
    outbox = Outbox(redis)
    again, other = Letter("key", OWNER, "Hello"), Letter("other", OWNER, "Hello")
    outbox.put(again)
    outbox.put(other)
    outbox.sent(outbox.line()[0])
    outbox.put(again)

    assert outbox.waiting() == [other, again]


def test_a_letter_of_another_release_is_taken_as_a_whole(redis: fakeredis.FakeRedis) -> None:
    """With a field more, and with its fields in another order: once it was sent, nothing of it is left."""
    outbox, letter = Outbox(redis), Letter("key", OWNER, "Hello")
    redis.rpush(LIST, json.dumps({"to": OWNER, "key": "key", "sound": "none", "text": "Hello", "v": 1}))
    redis.sadd(KEYS, letter.name)
    (waiting,) = outbox.line()
    outbox.sent(waiting)

    assert waiting.letter is not None
    assert waiting.letter.text == "Hello"
    assert redis.keys("*") == []


def test_a_letter_of_a_newer_release_stays(redis: fakeredis.FakeRedis) -> None:
    """It is neither sent nor removed; what waits behind it is read."""
    outbox = Outbox(redis)
    redis.rpush(LIST, json.dumps({"v": 2, "to": OWNER}))
    outbox.put(Letter("key", OWNER, "Hello"))

    for waiting in outbox.line():
        outbox.sent(waiting)

    assert [waiting.letter for waiting in outbox.line()] == [None]


def test_a_key_that_an_earlier_release_has_left_blocks_nobody_for_ever(redis: fakeredis.FakeRedis) -> None:
    """It sent what we had put, and took away the key as it knows it."""
    outbox, letter = Outbox(redis), Letter("key", OWNER, "Hello")
    outbox.put(letter)
    redis.delete(LIST)
    redis.srem(KEYS, letter.key)
    outbox.put(letter)

    assert outbox.waiting() == [letter]
