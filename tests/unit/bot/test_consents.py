"""Consents as they are stored: each change counts once, nothing that opens anything stands there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import fakeredis
import pytest

from bot.stored import consents as module
from bot.stored.consents import LASTS, Consents, Status, id_of
from engine.migration.content import Content
from tests.servers.slack.signed_world import Clock
from tests.unit.bot.test_one_time import Lossy, Overtaken

ASKED: Any = {"team": "T1", "person": "U1", "contents": (Content.MAIL,)}


@pytest.fixture
def redis() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def consents(redis: fakeredis.FakeRedis, clock: Clock) -> Consents:
    return Consents(redis, clock=clock)


def everything(redis: fakeredis.FakeRedis) -> str:
    return repr([(key, redis.dump(key)) for key in redis.keys("*")])


def test_what_opens_it_is_kept_by_nobody(redis: fakeredis.FakeRedis, consents: Consents, clock: Clock) -> None:
    """State and cookie are digests in the store, and in nothing that prints; both are needed, and each of 256 bits."""
    begun = consents.begin("7K2F-9QXD", **ASKED, login="ann@gmail.com")

    assert begun.state not in everything(redis) + repr(begun)
    assert begun.cookie not in everything(redis) + repr(begun)
    assert len({begun.state, begun.cookie}) == 2
    assert min(len(begun.state), len(begun.cookie)) >= 43
    assert consents.of_state(begun.state) == begun.consent
    assert begun.consent.is_of_browser(begun.cookie)
    assert not begun.consent.is_of_browser("")
    assert begun.consent.until == clock() + LASTS
    for other in ("", "x", begun.state[:-1], begun.state * 100, begun.consent.id):
        assert consents.of_state(other) is None


def test_the_newest_is_known(consents: Consents) -> None:
    """Of one person, for one form."""
    first, second = (consents.begin("7K2F-9QXD", **ASKED).consent for _ in range(2))
    other = consents.begin("7K2F-9QXD", **ASKED | {"person": "U2"}).consent

    assert first.id != second.id
    assert consents.newest("7K2F-9QXD", "U1") == second
    assert consents.newest("7K2F-9QXD", "U2") == other
    assert consents.newest("8888-8888", "U1") is None


def test_of_two_who_change_it_the_second_sees_the_first(redis: fakeredis.FakeRedis, consents: Consents) -> None:
    """Whoever was overtaken looks again; an answer that was lost is not an answer of no."""
    begun = consents.begin("7K2F-9QXD", **ASKED).consent
    overtaken: Any = Overtaken(redis, module.CHANGE, lambda: consents.change(
        begun.id, lambda one: replace(one, status=Status.TAKEN)
    ))
    seen = []

    def settle(one: Any) -> Any:
        seen.append(one.status)
        return replace(one, status=Status.LATE) if one.status is Status.ASKED else one

    after = Consents(overtaken).change(begun.id, settle)
    assert (seen, after and after.status) == ([Status.ASKED, Status.TAKEN], Status.TAKEN)

    lossy: Any = Lossy(redis, module.CHANGE)
    done = Consents(lossy).change(begun.id, lambda one: replace(one, status=Status.GRANTED))
    assert done is not None
    assert done.status is Status.GRANTED


def test_it_goes_with_its_form_unless_something_is_to_be_given_back(
    redis: fakeredis.FakeRedis, consents: Consents
) -> None:
    """What is settled is forgotten; a code that came, or comes yet, is exchanged still, to be given back."""
    settled, taken, back, asked = (consents.begin("7K2F-9QXD", **ASKED).consent for _ in range(4))
    consents.change(settled.id, lambda one: replace(one, status=Status.DENIED))
    consents.change(taken.id, lambda one: replace(one, status=Status.TAKEN))
    consents.change(back.id, lambda one: replace(one, status=Status.OTHER_ACCOUNT, back=True))

    consents.forget("7K2F-9QXD")

    assert consents.find(settled.id) is None
    assert consents.find(taken.id) is not None
    assert consents.find(back.id) is not None
    late = consents.find(asked.id)
    assert late is not None
    assert (late.status, late.login) == (Status.CHANGED, "")
    assert all(0 < redis.ttl(key) <= 86_400 for key in redis.keys("*"))
    consents.forget("never was")
    assert id_of("x") != id_of("y")
