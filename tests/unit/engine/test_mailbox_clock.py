"""The mailbox's own clock: what is learned of it, and the window that it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import GoneError
from engine.items.back.mailbox_clock import MailboxClock, Window
from engine.store.facts import WINDOW_END, WINDOW_START

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@dataclass
class Facts:
    """What is kept of one task."""

    kept: dict[str, str] = field(default_factory=dict)
    last: datetime | None = None

    def remember(self, key: str, value: str) -> None:
        self.kept[key] = value

    def recall(self, key: str) -> str | None:
        return self.kept.get(key)

    def last_write(self) -> datetime | None:
        return self.last


@dataclass
class Clocks:
    """It is noon by the Date header. Items are created at `made`, one after the other; None: it is gone by now."""

    made: list[datetime | None]
    asked: int = 0

    def now(self) -> datetime:
        return NOON

    def created(self, item_id: str) -> datetime | None:
        self.asked += 1
        made = self.made[min(self.asked, len(self.made)) - 1]
        if made is None:
            raise GoneError(item_id)
        return made


def clock(facts: Facts, *made: datetime | None) -> tuple[MailboxClock, Clocks]:
    clocks = Clocks(list(made))
    return MailboxClock("7K2F-9QXD", facts, clocks), clocks


@pytest.fixture
def facts() -> Facts:
    return Facts({WINDOW_START: at(-60).isoformat(), WINDOW_END: at(0).isoformat()})


@pytest.mark.parametrize(("made", "ahead"), [
    (at(0), 0), (at(-0.4), 0), (at(0.03), 0), (at(-3), -2.5), (at(3), 3), (at(60 * 24), 60 * 24),
])
def test_a_clock_that_differs_moves_the_window(facts: Facts, made: datetime, ahead: float) -> None:
    """By no more than is sure: the request took half a minute, and whole seconds are told."""
    known, _clocks = clock(facts, made)

    known.learn("item", seconds=30)

    assert known.window(120) == Window(at(-60 + ahead), at(ahead))


def test_it_is_learned_once_a_visit(facts: Facts) -> None:
    """One request more a visit, however many items are created."""
    known, clocks = clock(facts, at(0))

    for _ in range(10):
        known.learn("item")

    assert clocks.asked == 1


def test_an_item_that_is_gone_tells_nothing(facts: Facts) -> None:
    """The next one is asked for; but not for ever."""
    known, clocks = clock(facts, None, at(-3))
    never, asked = clock(Facts(dict(facts.kept)), None)

    for _ in range(10):
        known.learn("item")
        never.learn("item")

    assert (clocks.asked, asked.asked) == (2, 3)
    assert known.window(120) == Window(at(-63), at(-3))


def test_a_mailbox_that_moved_between_two_visits_widens_the_window(facts: Facts) -> None:
    """Each visit has met another clock; what either has dated is within."""
    clock(facts, at(-3))[0].learn("item")
    clock(facts, at(5))[0].learn("item")

    assert clock(facts, at(0))[0].window(120) == Window(at(-63), at(5))


def test_a_window_whose_end_nobody_noted_ends_a_grace_after_the_last_write() -> None:
    """Whenever it is asked for."""
    facts = Facts({WINDOW_START: at(-60).isoformat(), WINDOW_END: ""}, last=at(-50))

    assert clock(facts, at(0))[0].window(120) == Window(at(-60), at(-48))


def test_a_task_that_never_began_has_no_window() -> None:
    """There is nothing to look for."""
    assert clock(Facts(), at(0))[0].window(120) is None


def test_what_was_sent_last_makes_the_window_longer(facts: Facts) -> None:
    """Items may arrive within the grace. A second rollback knows it."""
    facts.last = at(-1)
    known, _clocks = clock(facts, at(0))
    window = known.window(120)
    assert window is not None

    longer = known.lengthen(window, 120)

    assert longer == Window(at(-60), at(1))
    assert known.window(120) == longer
