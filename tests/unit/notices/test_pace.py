"""How often Slack is called, by all processes together."""

from __future__ import annotations

import itertools
from datetime import timedelta

import fakeredis
import pytest

from bot.notices.pace import Pace, Pause, look_every
from emulators.slack.limits import Limiter
from emulators.slack.settings import Settings
from tests.servers.slack.notices import Clock


@pytest.fixture
def redis() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(pace: Pace, clock: Clock, seconds: float, method: str, *channels: str) -> list[tuple[float, str]]:
    """The calls that are made by whoever calls as soon as it may."""
    calls, end = [], clock.seconds() + seconds
    while clock.seconds() < end and len(calls) < 5000:
        waits = []
        for channel in channels or ("",):
            if wait := pace.take(method, channel):
                waits.append(wait)
            else:
                calls.append((clock.seconds(), channel))
        clock.move(min(waits, default=0.0))
    return calls


@pytest.mark.parametrize("method", ["chat.update", "chat.postMessage", "chat.getPermalink"])
def test_slack_has_nothing_to_complain_of(redis: fakeredis.FakeRedis, clock: Clock, method: str) -> None:
    """Whoever calls whenever it may never meets Slack's limit, and still makes use of most of it."""
    limits, settings = Limiter(clock.seconds), Settings()
    pace, many = Pace(redis, team="T1", clock=clock), [f"C{n}" for n in range(9)]
    tier = {"chat.update": 3, "chat.postMessage": 0, "chat.getPermalink": 0}[method]

    calls = 0
    for _ in range(600):        # of a minute
        for channel in many:
            if not pace.take(method, channel):
                calls += 1
                assert limits.wait(method, tier, channel, settings) == 0
        clock.move(0.1)

    assert calls >= (43 if method == "chat.update" else 230)


def test_whoever_waits_exactly_as_long_as_told_is_counted(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """No call slips through because of what a fraction of a second is rounded to."""
    calls = made(Pace(redis, team="T1", clock=clock), clock, 600, "chat.update")

    assert 459 <= len(calls) <= 460 + 3


def test_a_channel_gets_one_post_a_second(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """Two channels do not wait for one another."""
    calls = made(Pace(redis, team="T1", clock=clock), clock, 10, "chat.postMessage", "C1", "C2")

    for channel in ("C1", "C2"):
        times = [at for at, where in calls if where == channel]
        assert len(times) == 10
        assert min(b - a for a, b in itertools.pairwise(times)) >= 0.999


def test_two_processes_share_one_limit(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """What one has used up, the other has not."""
    ours, theirs = (Pace(redis, team="T1", clock=clock) for _ in range(2))

    assert [ours.take("chat.update") for _ in range(3)] == [0, 0, 0]
    assert theirs.take("chat.update") > 1


def test_what_can_wait_leaves_room_for_what_cannot(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """However often progress is drawn, a card of another state is drawn at once; and nothing is lost by it."""
    pace, drawn = Pace(redis, team="T1", clock=clock), 0
    for second in range(120):
        while pace.take("chat.update", spare=1) == 0:
            drawn += 1
        if second % 20 == 10:
            assert pace.take("chat.update") == 0
            drawn += 1
        clock.move(1)

    assert 90 <= drawn <= 96


def test_workspaces_are_counted_apart(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """Slack counts for each workspace by itself."""
    Pace(redis, team="T1", clock=clock).hold("chat.update", "", 60)

    assert Pace(redis, team="T2", clock=clock).take("chat.update") == 0


def test_retry_after_is_honoured_by_everybody(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """Nobody calls before Slack's time is over, and then one at a time."""
    ours, theirs = (Pace(redis, team="T1", clock=clock) for _ in range(2))

    ours.hold("chat.update", "", 30)
    first = theirs.take("chat.update")
    clock.move(29.9)
    before = ours.take("chat.update")
    clock.move(0.2)

    assert first == pytest.approx(30)
    assert before == pytest.approx(0.1)
    assert ours.take("chat.update") == 0
    assert ours.take("chat.update") > 1


def test_a_channel_that_is_held_holds_no_other(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """A busy channel costs the others nothing."""
    pace = Pace(redis, team="T1", clock=clock)

    pace.hold("chat.postMessage", "C1", 30)

    assert pace.take("chat.postMessage", "C1") == pytest.approx(30)
    assert pace.take("chat.postMessage", "C2") == 0
    assert pace.take("chat.update", "C1") == 0


def test_a_shorter_hold_does_not_end_a_longer_one(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """The later moment counts."""
    pace = Pace(redis, team="T1", clock=clock)

    pace.hold("chat.update", "", 60)
    pace.hold("chat.update", "", 5)

    assert pace.take("chat.update") == pytest.approx(60)


def test_what_is_counted_is_forgotten(redis: fakeredis.FakeRedis, clock: Clock) -> None:
    """Nothing is left behind in Redis, and a clock that was wrong by years is forgiven in a minute."""
    pace = Pace(redis, team="T1", clock=clock)

    pace.take("chat.postMessage", "C1")
    clock.now -= timedelta(days=1000)
    pace.take("chat.postMessage", "C1")

    assert [redis.ttl(key) <= 62 for key in redis.keys("omm:pace:*")] == [True, True]


def test_a_pause_grows_and_ends() -> None:
    """1, 2, 4 … seconds up to the longest; after an answer it begins anew."""
    pause = Pause(longest=10)

    assert [pause.grow(0) for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert (pause.left(4), pause.left(11), pause.begun) == (6, 0, True)
    pause.end()
    assert (pause.left(0), pause.begun, pause.grow(0)) == (0, False, 1)


def test_more_tasks_are_looked_at_less_often() -> None:
    """Thirty are looked at every three seconds, four hundred every twenty."""
    assert (look_every(1), look_every(30), look_every(400)) == (3, 3, 20)
