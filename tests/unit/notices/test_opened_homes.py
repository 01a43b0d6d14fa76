"""Who has opened their home tab, and when it is due, whatever happens at the same time."""

from __future__ import annotations

import math

import fakeredis
import pytest

from bot.stored.opened_homes import OpenedHomes, Owner
from bot.stored.threads import owned_by
from tests.servers.slack.signed_world import Clock

ME, OTHER = Owner("T1", "U1"), Owner("T1", "U2")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def redis() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis()


@pytest.fixture
def homes(redis: fakeredis.FakeRedis, clock: Clock) -> OpenedHomes:
    """A store in which one person has opened theirs."""
    found = OpenedHomes(redis, clock=clock)
    found.opened(ME)
    return found


def test_a_drawn_home_is_due_when_something_changes(homes: OpenedHomes) -> None:
    """Until then nothing is to be drawn, however often its owner opens it."""
    drawn = homes.end(ME, homes.begin(ME), "one")
    homes.opened(ME)

    assert drawn
    assert (homes.shows(ME), homes.due()) == ("one", {})
    homes.changed(ME)
    assert homes.due() == {ME: 0.0}


def test_what_changes_while_it_is_drawn_is_drawn_next(homes: OpenedHomes) -> None:
    """The drawing may have been made of what was before."""
    begun = homes.begin(ME)
    homes.changed(ME)

    assert not homes.end(ME, begun, "one")
    assert (homes.shows(ME), list(homes.due())) == ("", [ME])


def test_of_two_who_draw_at_once_nobody_knows_who_was_last(homes: OpenedHomes, clock: Clock) -> None:
    """It is drawn once more, whoever ends first."""
    first = homes.begin(ME)
    clock.move(0.5)
    second = homes.begin(ME)

    assert homes.end(ME, second, "second")
    assert not homes.end(ME, first, "first")
    assert (homes.shows(ME), list(homes.due())) == ("", [ME])


def test_nothing_is_kept_of_whoever_has_not_opened_theirs(homes: OpenedHomes, redis: fakeredis.FakeRedis) -> None:
    """Marks and drawings of others leave no trace, and whoever is forgotten leaves none."""
    homes.changed(OTHER)
    homes.end(OTHER, homes.begin(OTHER), "one")
    homes.end(ME, homes.begin(ME), "one")

    homes.forget(ME)

    assert redis.keys("*") == []


@pytest.mark.parametrize(("has_tasks", "opened_since", "stays"), [
    (False, False, False), (True, False, True), (False, True, True),
])
def test_whoever_has_no_task_and_did_not_come_back_is_dropped(
    homes: OpenedHomes, redis: fakeredis.FakeRedis, clock: Clock, *, has_tasks: bool, opened_since: bool, stays: bool
) -> None:
    """Anybody else is followed on."""
    tasks = owned_by(ME.team, ME.user)
    if has_tasks:
        redis.zadd(tasks, {"AAAA-AAAA": 1})
    before = clock.seconds()
    clock.move(1)
    if opened_since:
        homes.opened(ME)

    homes.drop(ME, tasks, before)

    homes.changed(ME)
    assert bool(homes.due()) is stays
    assert bool(homes.opened_before(math.inf)) is stays
