"""A source that gives only so much in a day: the migration waits, comes back by itself, and brings all of it once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.migration.record import Migration, State
from engine.migration.steering import cancel, pause
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from terminal.driving import worked_on
from terminal.output import Output
from tests.servers.gmail.days_share import SIZE, Clock, Says, SharingSource, ration
from tests.servers.world import World, world

MESSAGES = 45
A_DAY = 12 * SIZE
MOST_SIGN_INS = 16      # a day
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def at(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, {}) as built:
        yield built


def sharing(at: World, clock: Clock, share: float, says: Says) -> SharingSource:
    """A server that gives that share of what we take it to give."""
    source = SharingSource(MESSAGES, int(share * A_DAY), says, clock)
    ration(at, source, clock, A_DAY)
    return source


@pytest.mark.parametrize("says", Says, ids=lambda says: says.name)
def test_all_comes_once_however_early_the_server_cuts(at: World, clock: Clock, says: Says) -> None:
    """With few sign-ins a day, each worker free for others meanwhile, and nothing for a person to do."""
    all_comes_once(at, clock, says, seed=0)


def all_comes_once(at: World, clock: Clock, says: Says, *, seed: int) -> None:
    """Moves all of it from a server that cuts at a share of the day drawn by that seed. Other ones: tests/load."""
    share = random.Random(f"{says.name}{seed}").uniform(0.3, 1.5)
    source = sharing(at, clock, share, says)
    task = at.begin().task_id
    waits = 0
    while (done := at.run(task)).state is not State.COMPLETED:
        assert (done.state, done.attention) == (State.WAITING, None), (share, done)
        assert done.not_before is not None
        assert timedelta() < done.not_before - clock() <= DAY + timedelta(hours=1)
        assert done.is_early(clock())
        waits += 1
        assert waits < 40, share
        clock.move_to(done.not_before)

    assert Counter(m.subject for m in at.messages()) == Counter(f"m {n}" for n in range(MESSAGES)), share
    assert waits > 0
    assert done.not_before is None
    for began in source.connected:
        assert sum(began <= moment < began + DAY for moment in source.connected) <= MOST_SIGN_INS, share


def test_the_record_says_when_it_goes_on_and_when_it_may_end(at: World, clock: Clock) -> None:
    """By what is left and what comes in a day."""
    sharing(at, clock, 2, Says.BYE)

    waiting = at.migrate()

    assert waiting.not_before is not None
    assert waiting.expected_end is not None
    left = MESSAGES * SIZE - at.counts(waiting).copied * SIZE
    assert waiting.expected_end - waiting.not_before == DAY * (-(-left // A_DAY) - 1)


def test_another_task_of_the_account_is_told_before_it_signs_in(at: World, clock: Clock) -> None:
    """The account's share is one for all."""
    source = sharing(at, clock, 2, Says.BYE)
    first = at.migrate()
    before = len(source.connected)

    second = at.migrate()

    assert second.state is State.WAITING
    assert second.not_before == first.not_before
    assert len(source.connected) == before


@pytest.mark.parametrize(("act", "state"), [(pause, State.PAUSED), (cancel, State.CANCELLED)])
def test_it_is_stopped_at_once_while_it_waits(
    at: World, clock: Clock, act: Callable[[Engine, str], Migration], state: State
) -> None:
    """As one that is in line; what it brought can be taken back."""
    sharing(at, clock, 2, Says.CRAWL)
    waiting = at.migrate()

    stopped = act(at.engine, waiting.task_id)

    assert stopped.state is state
    assert at.roll_back(waiting.task_id).state is State.ROLLED_BACK
    assert at.messages() == []


def test_a_server_that_is_away_is_not_taken_for_one_that_gives_no_more(at: World, clock: Clock) -> None:
    """It stops for a person after a while, as ever."""
    source = sharing(at, clock, 0, Says.BYE)
    source.says = "mail.example.org is busy."  # type: ignore[assignment]  # another thing that a server says
    at.engine = replace(at.engine, patience=0.1)

    assert at.migrate().state is State.NEEDS_ATTENTION


class Watched(StringIO):
    """A terminal at which something happens when it says that the migration waits."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self.happens = happens

    def write(self, text: str) -> int:
        if "It goes on at" in text:
            self.happens()
        return super().write(text)


def at_the_terminal(at: World, happens: Callable[[World, Halt], None], task: str) -> tuple[Migration, str]:
    """Works on it as `omm migrate` does. The record then, and what was said."""
    halt = Halt()
    stream = Watched(lambda: happens(at, halt))
    session = SimpleNamespace(out=Output(stream, StringIO(), as_json=False))
    return worked_on(session, at.engine, task, halt), stream.getvalue()  # type: ignore[arg-type]  # all that is needed


def _cancelled(task: str) -> Callable[[World, Halt], None]:
    def happens(at: World, _halt: Halt) -> None:
        cancel(at.engine, task)

    return happens


def test_the_terminal_waits_and_goes_on_by_itself(at: World, clock: Clock) -> None:
    """It says until when, each time."""
    sharing(at, clock, 2, Says.BYE)
    task = at.begin().task_id

    done, said = at_the_terminal(
        at, lambda _at, _halt: clock.move_to(at.engine.store.load(task).not_before or clock()), task
    )

    assert done.state is State.COMPLETED
    assert len(at.messages()) == MESSAGES
    assert said.count("It goes on at") >= 2


def test_a_terminal_that_waits_can_be_stopped_and_the_task_resumed(at: World, clock: Clock) -> None:
    """By Ctrl-C, or by whoever cancels it elsewhere."""
    source = sharing(at, clock, 2, Says.BYE)
    task = at.begin().task_id

    stopped, _ = at_the_terminal(at, lambda _at, halt: halt.set(), task)
    before = len(source.connected)
    again, said = at_the_terminal(at, lambda _at, halt: halt.set(), task)
    cancelled, _ = at_the_terminal(at, _cancelled(task), task)

    assert (stopped.state, again.state, cancelled.state) == (State.WAITING, State.WAITING, State.CANCELLED)
    assert "It goes on at" in said
    assert len(source.connected) == before
