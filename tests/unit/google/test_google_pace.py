"""No more is asked of an interface within any minute than its row says."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from engine import threads
from engine.connectors.google.rest.interfaces import GOOGLE, Interface
from engine.connectors.google.rest.pace import LONGEST, MINUTE, Pace
from engine.errors import RetryableError


class Clock:
    """Goes on while somebody waits, and only then."""

    def __init__(self) -> None:
        self.now = 1000.0


class Stop(threading.Event):
    """Never set; a wait for it lets the clock go on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.now += timeout or 0
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(threads, "monotonic", lambda: made.now)
    return made


def test_no_minute_has_more_questions_than_it_may(clock: Clock) -> None:
    """As Google counts: within any sixty seconds, not by the minutes of a clock."""
    pace, stop = Pace(10), Stop(clock)
    asked = []
    for _ in range(45):
        pace.wait(stop)
        asked.append(clock.now)
        clock.now += 1.5

    assert all(later - earlier >= MINUTE for earlier, later in zip(asked, asked[10:], strict=False))
    assert asked[9] - asked[0] < MINUTE         # the first ones did not wait


def test_everybody_waits_when_google_says_that_it_is_too_much(clock: Clock) -> None:
    """Whichever thread heard it."""
    pace, stop = Pace(10), Stop(clock)
    pace.hold(25.0)
    pace.wait(stop)

    assert 1025 <= clock.now <= 1025 + LONGEST


def test_a_stop_ends_the_wait(clock: Clock) -> None:
    """At once."""
    pace, stop = Pace(1), Stop(clock)
    pace.wait(stop)
    stop.set()

    with pytest.raises(RetryableError):
        pace.wait(stop)


def test_each_interface_is_where_google_has_it() -> None:
    """By the discovery documents; all of them at one address where a test says so."""
    assert [each.url(GOOGLE) for each in Interface] == [
        "https://www.googleapis.com/calendar/v3", "https://people.googleapis.com/v1",
        "https://tasks.googleapis.com/tasks/v1", "https://gmail.googleapis.com/gmail/v1",
    ]
    assert Interface.PEOPLE.url("https://there") == "https://there/v1"
