"""One-time links: used once, replaced by newer ones, forgotten with what they are for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fakeredis
import pytest
from redis.exceptions import ConnectionError as LostError

from bot.stored import one_time
from bot.stored.one_time import LASTS, Fate, For, OneTimeLinks
from bot.work.retention import Beside
from engine.errors import Side
from tests.servers.slack.signed_world import Clock

TASK, OTHER = "7K2F-9QXD", "7K2F-9QXE"
WHOSE = {"team": "T1", "person": "U1"}


@pytest.fixture
def redis() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def links(redis: fakeredis.FakeRedis, clock: Clock) -> OneTimeLinks:
    return OneTimeLinks(redis, clock=clock)


def keys(redis: fakeredis.FakeRedis) -> list[bytes]:
    return list(redis.scan_iter())


def fate(links: OneTimeLinks, token: str, clock: Clock) -> Fate | None:
    found = links.find(token)
    return None if found is None else found.fate(clock())


def test_one_of_many_gets_it(links: OneTimeLinks, clock: Clock) -> None:
    """However many use a link at once; looking at it uses nothing up."""
    token = links.new(For.TASK, TASK, **WHOSE, then="resume", sides=(Side.SOURCE,))
    assert [fate(links, token, clock) for _ in range(3)] == [Fate.OPEN] * 3

    with ThreadPoolExecutor(8) as many:
        used = [each for each in many.map(lambda _: links.use(token), range(8)) if each is not None]

    assert [(each.about, each.sides) for each in used] == [(TASK, (Side.SOURCE,))]
    assert fate(links, token, clock) is Fate.USED


def test_a_newer_link_ends_the_one_before_it_alone(links: OneTimeLinks, clock: Clock) -> None:
    """That of another form, of another person, or one that was used stays what it was."""
    used = links.new(For.FORM, TASK, **WHOSE)
    links.use(used)
    first, other = links.new(For.FORM, TASK, **WHOSE), links.new(For.FORM, OTHER, **WHOSE)
    theirs = links.new(For.FORM, TASK, team="T1", person="U2")
    newest = links.new(For.FORM, TASK, **WHOSE)

    fates = [fate(links, token, clock) for token in (used, first, other, theirs, newest)]
    assert fates == [Fate.USED, Fate.REPLACED, Fate.OPEN, Fate.OPEN, Fate.OPEN]
    assert links.use(first) is None


def test_a_link_whose_use_has_stopped_can_be_used_again(links: OneTimeLinks, clock: Clock) -> None:
    """Once, and not if a newer one was made meanwhile, or it was forgotten."""
    token = links.new(For.TASK, TASK, **WHOSE)
    links.use(token)
    links.reopen(token)
    again = links.use(token)
    assert again is not None
    assert (again.stopped, links.use(token)) == (True, None)

    newer = links.new(For.TASK, TASK, **WHOSE)
    links.reopen(token)
    assert [fate(links, each, clock) for each in (token, newer)] == [Fate.REPLACED, Fate.OPEN]

    links.forget(TASK)
    links.reopen(newer)
    assert links.find(newer) is None


class Lossy:
    """A Redis whose answer to one script is lost, once: the connection ends behind it."""

    def __init__(self, redis: Any, script: str) -> None:
        self.redis, self.script, self.lost = redis, script, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.redis, name)

    def eval(self, script: str, *arguments: Any) -> Any:
        answer = self.redis.eval(script, *arguments)
        if script == self.script and not self.lost:
            self.lost += 1
            raise LostError
        return answer


def test_a_use_whose_answer_was_lost_is_theirs(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """The store has done it: nobody else gets it, and they are not refused."""
    lossy: Any = Lossy(redis, one_time.USE)
    links = OneTimeLinks(lossy, clock=clock)
    token = links.new(For.FORM, TASK, **WHOSE)

    assert [links.use(token) is not None for _ in range(2)] == [True, False]
    assert lossy.lost


class Overtaken(Lossy):
    """A Redis at which somebody else is quicker with one script, once."""

    def __init__(self, redis: Any, script: str, quicker: Callable[[], object]) -> None:
        super().__init__(redis, script)
        self.quicker = quicker

    def eval(self, script: str, *arguments: Any) -> Any:
        if script == self.script and not self.lost:
            self.lost += 1
            self.quicker()
        return self.redis.eval(script, *arguments)


def test_of_two_who_have_read_it_one_gets_it(redis: fakeredis.FakeRedis, links: OneTimeLinks, clock: Clock) -> None:
    """What the other writes is not taken for one's own."""
    token, used = links.new(For.FORM, TASK, **WHOSE), []
    overtaken: Any = Overtaken(redis, one_time.USE, lambda: used.append(links.use(token)))

    used.append(OneTimeLinks(overtaken, clock=clock).use(token))

    assert [each is not None for each in used] == [True, False]


def test_a_new_link_whose_answer_was_lost_ends_the_one_before_alone(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """Not itself: nobody has asked for another one since."""
    lossy: Any = Lossy(redis, one_time.NEWEST)
    before = OneTimeLinks(redis, clock=clock).new(For.FORM, TASK, **WHOSE)
    links = OneTimeLinks(lossy, clock=clock)
    token = links.new(For.FORM, TASK, **WHOSE)

    assert [fate(links, one, clock) for one in (before, token)] == [Fate.REPLACED, Fate.OPEN]
    assert lossy.lost


def test_it_ends_after_ten_minutes(links: OneTimeLinks, clock: Clock) -> None:
    """To the second, and nobody can use it then."""
    token = links.new(For.FORM, TASK, **WHOSE)
    clock.move(LASTS.total_seconds() - 1)
    assert (fate(links, token, clock), links.is_open(For.FORM, TASK, "U1")) == (Fate.OPEN, True)

    clock.move(1)

    assert (fate(links, token, clock), links.is_open(For.FORM, TASK, "U1")) == (Fate.EXPIRED, False)
    assert links.use(token) is None


def test_nothing_of_a_token_is_kept_and_all_goes_with_the_task(
    redis: fakeredis.FakeRedis, links: OneTimeLinks, clock: Clock
) -> None:
    """Who reads the store cannot use a link, and when its task is forgotten no key is left of any link for it."""
    tokens = [links.new(For.TASK, TASK, **WHOSE), links.new(For.FORM, TASK, team="T1", person="U2")]
    other = links.new(For.TASK, OTHER, **WHOSE)
    kept = b" ".join([*keys(redis), *(redis.dump(key) or b"" for key in keys(redis))])
    assert [token for token in (*tokens, other) if token.encode() in kept] == []
    assert all(redis.ttl(key) > 0 for key in keys(redis))

    Beside(redis, clock=clock).forget_damaged(TASK, "operator")

    assert [fate(links, token, clock) for token in (*tokens, other)] == [None, None, Fate.OPEN]
    assert [key for key in keys(redis) if TASK.encode() in key and key.startswith(b"omm:link:")] == []


def test_tries_are_counted_by_name_and_forgotten(redis: fakeredis.FakeRedis, links: OneTimeLinks) -> None:
    """No address is readable in the store."""
    assert [links.tried("address:203.0.113.9") for _ in range(3)] == [1, 2, 3]
    assert (links.tries("address:203.0.113.9"), links.tries("address:203.0.113.7")) == (3, 0)
    assert links.tried("address:203.0.113.8") == 1
    assert not [key for key in keys(redis) if b"203" in key]
    assert all(0 < redis.ttl(key) <= 600 for key in keys(redis))
