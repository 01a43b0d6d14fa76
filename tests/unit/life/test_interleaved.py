"""What is asked at any moment is heard: each test lets somebody ask just before every single command to the store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import fakeredis
import pytest

from engine.errors import InputError, OmmError
from engine.migration.back import preview, roll_back
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Migration, State
from engine.migration.states import ENDED, UNDER_WAY, Ask
from engine.migration.steering import cancel, pause, stop
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from tests.unit.life.world import NOW, Life

ASKS = {Ask.PAUSE: pause, Ask.CANCEL: cancel, Ask.STOP: stop}


class Asking:
    """Somebody who asks once, and what came of it: the record as they were shown it, None if they were refused."""

    def __init__(self, at: Life, task_id: str, ask: Callable[[Engine, str], Migration]) -> None:
        self._at, self._task_id, self._ask = at, task_id, ask
        self.shown: Migration | None = None

    def __call__(self) -> None:
        with suppress(InputError):
            self.shown = self._ask(self._at.opened(), self._task_id)


def at_every_command(
    directory: Path, begin: Callable[[Life], str], work: Callable[[Life, str], object],
    ask: Callable[[Engine, str], Migration], check: Callable[[Life, str, Asking], None],
) -> int:
    """Plays the same history again and again, asking before its first, second, … last command; says how many."""
    number = 0
    while True:
        number += 1
        at = Life(fakeredis.FakeServer(), directory)
        task_id = begin(at)
        asking = Asking(at, task_id, ask)
        at.redis.commands, at.redis.at, at.redis.do = 0, number, asking
        with suppress(OmmError):
            work(at, task_id)
        if at.redis.commands < number:
            return number - 1
        assert at.engine.store.held(f"migration:{task_id}") is None, f"held after command {number}"
        check(at, task_id, asking)


def work_as_a_worker(at: Life, task_id: str) -> None:
    """Looks whether there is something to do, then takes it up, as a worker does."""
    if at.engine.store.load(task_id).state in UNDER_WAY:
        migrate(at.engine, task_id, halt=Halt())


@pytest.mark.parametrize("ask", [Ask.CANCEL, Ask.STOP])
def test_a_cancel_during_a_run_is_never_lost(tmp_path: Path, ask: Ask) -> None:
    """Whoever was not refused finds it cancelled, unless every step had ended by then; nothing is left pending."""

    def check(at: Life, task_id: str, asking: Asking) -> None:
        record = at.record(task_id)
        done = all(record.step(content).ended for content in record.request.contents)
        if asking.shown is not None:
            assert record.state is State.CANCELLED or (done and record.state is State.COMPLETED)
        assert record.state in ENDED
        assert at.is_free(task_id)

    asked = at_every_command(tmp_path, lambda at: at.begin(), work_as_a_worker, ASKS[ask], check)

    assert asked > 30


def test_a_pause_that_came_about_is_never_forgotten(tmp_path: Path) -> None:
    """Whoever was told that it is paused finds it paused, whatever a worker was about to do."""

    def check(at: Life, task_id: str, asking: Asking) -> None:
        record = at.record(task_id)
        if asking.shown is not None and asking.shown.state is State.PAUSED:
            assert record.state is State.PAUSED
        assert record.state in (State.PAUSED, State.COMPLETED)
        assert at.is_free(task_id)

    asked = at_every_command(tmp_path, lambda at: at.begin(), work_as_a_worker, pause, check)

    assert asked > 30


def test_a_cancel_while_a_rollback_is_counted_is_never_lost(tmp_path: Path) -> None:
    """Counting holds a paused task; a cancel at any moment of it ends the task."""

    def check(at: Life, task_id: str, asking: Asking) -> None:
        assert asking.shown is not None
        assert at.record(task_id).state is State.CANCELLED
        assert at.is_free(task_id)

    asked = at_every_command(
        tmp_path, lambda at: at.put(State.PAUSED, started=NOW),
        lambda at, task_id: preview(at.engine, task_id), cancel, check,
    )

    assert asked > 5


def test_a_cancel_while_a_worker_pauses_is_never_lost(tmp_path: Path) -> None:
    """A pause is being written down; a cancel at any moment wins over it."""

    def begin(at: Life) -> str:
        task_id = at.put(State.RUNNING, started=NOW)
        at.engine.store.ask(task_id, Ask.PAUSE)
        return task_id

    def check(at: Life, task_id: str, asking: Asking) -> None:
        assert asking.shown is not None
        assert at.record(task_id).state is State.CANCELLED
        assert at.is_free(task_id)

    asked = at_every_command(tmp_path, begin, work_as_a_worker, cancel, check)

    assert asked > 5


def test_whatever_is_asked_of_a_rollback_leaves_nothing_pending(tmp_path: Path) -> None:
    """A cancel is either refused, or ends the task before the rollback begins, or comes too late."""

    def check(at: Life, task_id: str, asking: Asking) -> None:
        assert at.record(task_id).state in (State.ROLLED_BACK, State.CANCELLED)
        assert at.is_free(task_id)

    asked = at_every_command(
        tmp_path, lambda at: at.put(State.PAUSED, started=NOW - timedelta(hours=1)),
        lambda at, task_id: roll_back(at.engine, task_id, halt=Halt()), cancel, check,
    )

    assert asked > 5


def test_a_cancel_lets_the_step_under_way_finish_and_starts_no_other(at: Life) -> None:
    """Asked during the first of two steps: that one is whole, the other never begins, and it is cancelled."""
    task_id = at.begin()
    at.steps[Content.MAIL] = at.asking_midway(lambda: cancel(at.opened(), task_id), halts=False)

    done = at.run(task_id)

    assert at.ran == [Content.MAIL]
    assert (done.state, done.step(Content.MAIL).counts.copied) == (State.CANCELLED, 2)
    assert done.step(Content.MAIL).ended is not None


def test_a_stop_ends_at_the_batch_with_true_counts(at: Life) -> None:
    """Asked during a step: the batch arrives, the rest is skipped, and the record says how much was copied."""
    task_id = at.begin()
    at.steps[Content.MAIL] = at.asking_midway(lambda: stop(at.opened(), task_id))

    done = at.run(task_id)

    assert at.ran == [Content.MAIL]
    assert (done.state, done.step(Content.MAIL).counts.copied) == (State.CANCELLED, 1)
    assert done.step(Content.MAIL).ended is None
    assert done.rollback_until is not None


def test_a_cancel_wins_over_a_pause_that_was_heard(at: Life) -> None:
    """The work has halted for the pause; the cancel that replaced it has the step finished, by the same process."""
    task_id = at.begin()

    def pause_then_cancel() -> None:
        pause(at.opened(), task_id)
        at.halted.wait(20)
        cancel(at.opened(), task_id)

    at.steps[Content.MAIL] = at.asking_midway(pause_then_cancel)

    done = at.run(task_id)

    assert at.ran == [Content.MAIL, Content.MAIL]
    assert (done.state, done.step(Content.MAIL).counts.copied) == (State.CANCELLED, 2)
    assert done.step(Content.MAIL).ended is not None
