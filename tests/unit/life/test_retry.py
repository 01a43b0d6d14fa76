"""A migration that has ended runs again for what is missing, and stays one migration."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import fakeredis
import pytest

from engine.errors import Cause, InputError, Side
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Counts, Migration, State, Step
from engine.migration.states import UNDER_WAY, Act, allows
from engine.migration.steering import cancel, pause, resume, retry
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from tests.unit.life.world import NOW, Killed, Life, copied

SOURCE = {Side.SOURCE: "one"}
DONE = MappingProxyType(dict.fromkeys(
    (Content.MAIL, Content.CALENDARS), Step(Counts(found=3, copied=2, failed=1), started=NOW, ended=NOW)
))


def one_fails(run: Run) -> Counts:
    """A step that copies two of three items; a third fails."""
    counts = replace(copied(run), found=3, failed=1)
    run.on_step(Step(counts=counts))
    return counts


def all_arrive(run: Run) -> Counts:
    """A step whose three items are all there in the end."""
    run.on_step(Step(counts=Counts(found=3, copied=3)))
    return Counts(found=3, copied=3)


def ended(at: Life) -> str:
    """A migration that has ended with a failure."""
    at.steps[Content.MAIL] = one_fails
    task_id = at.begin()
    assert at.run(task_id).state is State.COMPLETED
    at.steps[Content.MAIL] = all_arrive
    at.ran.clear()
    return task_id


def go_on(engine: Engine, task_id: str) -> Migration:
    """What whoever presses once more, and a worker, do after a process has died."""
    if engine.store.load(task_id).state not in UNDER_WAY:
        retry(engine, task_id, SOURCE)
    return migrate(engine, task_id, halt=Halt())


def test_every_step_runs_again_and_the_sums_are_those_of_the_last_run(at: Life) -> None:
    """What failed is counted where it has come to; a step that had ended is run like any other."""
    task_id = ended(at)

    waiting = retry(at.engine, task_id, SOURCE)
    done = at.run(task_id)

    assert (waiting.state, done.state) == (State.WAITING, State.COMPLETED)
    assert waiting.step(Content.MAIL).counts == Counts(found=3, copied=2, failed=1)      # until it is known better
    assert at.ran == [Content.MAIL, Content.CALENDARS]
    assert done.step(Content.MAIL).counts == Counts(found=3, copied=3)
    assert done.started == waiting.started


def test_the_48_hours_count_from_the_new_end(at: Life) -> None:
    """Until then nothing runs out. So for the destination's password; the source's goes at the end."""
    task_id = ended(at)
    at.clock.move(hours=47)
    retry(at.engine, task_id, SOURCE)
    pause(at.engine, task_id)
    at.clock.move(hours=20)
    assert allows(at.record(task_id), Act.ROLL_BACK, at.clock())
    resume(at.engine, task_id)

    done = at.run(task_id)

    assert done.rollback_until == at.clock() + timedelta(hours=48)
    assert [at.engine.vault.has(task_id, side) for side in Side] == [False, True]
    at.clock.move(hours=47)
    assert at.engine.vault.has(task_id, Side.DESTINATION)
    at.clock.move(hours=2)
    assert not at.engine.vault.has(task_id, Side.DESTINATION)


def test_what_a_cancel_had_skipped_is_moved(at: Life) -> None:
    """A retry of a cancelled migration runs the steps that were not begun."""
    at.steps[Content.MAIL] = at.asking_midway(lambda: cancel(at.opened(), task_id), halts=False)
    task_id = at.begin()
    assert at.run(task_id).state is State.CANCELLED
    assert Content.CALENDARS not in at.ran

    retry(at.engine, task_id, SOURCE)

    assert at.run(task_id).state is State.COMPLETED
    assert Content.CALENDARS in at.ran


def test_a_cancel_in_the_midst_of_a_retry_skips_the_rest(at: Life) -> None:
    """The step under way is finished; a later one keeps the sums that it had."""
    task_id = ended(at)
    at.steps[Content.MAIL] = at.asking_midway(lambda: cancel(at.opened(), task_id), halts=False)
    retry(at.engine, task_id, SOURCE)

    done = at.run(task_id)

    assert done.state is State.CANCELLED
    assert at.ran == [Content.MAIL]
    assert done.step(Content.CALENDARS).counts == Counts(found=2, copied=2)


def test_pressed_twice_it_runs_once(at: Life) -> None:
    """The second press is refused in words, and changes nothing."""
    task_id = ended(at)
    first = retry(at.engine, task_id, SOURCE)

    with pytest.raises(InputError, match="is waiting: there is nothing to retry"):
        retry(at.opened(), task_id, {Side.SOURCE: "another"})

    assert at.record(task_id).retries == first.retries == 1
    assert at.engine.vault.get(task_id, Side.SOURCE) == "one"


def test_killed_anywhere_it_can_be_pressed_again(tmp_path: Path) -> None:
    """Before it is in line it has ended as before, and no typed password stays; after that it is carried out."""
    number = 0
    while True:
        number += 1
        at = Life(fakeredis.FakeServer(), tmp_path)
        at.steps[Content.MAIL] = all_arrive
        task_id = at.put(State.COMPLETED, started=NOW, ended=NOW, steps=DONE)
        at.engine.vault.drop(task_id, Side.SOURCE)
        at.kill_at(number)
        with suppress(Killed):
            retry(at.engine, task_id, SOURCE)
        if not at.redis.dead:
            break
        at.expire_leases()
        at.clock.move(hours=1, seconds=1)
        engine = at.opened()
        if engine.store.load(task_id).state is State.COMPLETED:
            assert not engine.vault.has(task_id, Side.SOURCE), f"killed before command {number}"

        done = go_on(engine, task_id)
        if done.attention is not None:      # killed before its password was kept for longer: it is asked for
            assert done.attention.cause == Cause.NOT_KEPT, f"killed before command {number}"
            continue

        assert done.state is State.COMPLETED, f"killed before command {number}"
        assert done.step(Content.MAIL).counts == Counts(found=3, copied=3), f"killed before command {number}"
        assert done.retries == 1, f"killed before command {number}"

    assert number > 5
