"""A process that is killed just before any of its commands to the store: the next one brings everything to its end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fakeredis
import pytest

from engine.errors import Side
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Counts, Failure, State, Step
from engine.migration.states import UNDER_WAY
from engine.migration.steering import cancel
from engine.pace.halt import Halt
from tests.unit.life.world import Killed, Life, copied

NAMED = Failure(Content.MAIL, "INBOX", "Invoice", "larger than the destination takes")


def one_fails(run: Run) -> Counts:
    """A step that copies two of three items and names the third."""
    counts = replace(copied(run), found=3, failed=1)
    run.report([NAMED])
    run.on_step(Step(counts=counts))
    return counts


def lives(directory: Path) -> Life:
    at = Life(fakeredis.FakeServer(), directory)
    at.steps[Content.MAIL] = one_fails
    return at


def test_a_kill_at_any_moment_costs_no_name_and_no_count(tmp_path: Path) -> None:
    """Killed at any command, between a step's end and the end as well, the report names what failed."""
    number = 0
    while True:
        number += 1
        at = lives(tmp_path)
        task_id = at.begin(Content.MAIL)
        at.kill_at(number)
        with suppress(Killed):
            at.run(task_id)
        if not at.redis.dead:
            break
        at.expire_leases()

        if at.opened().store.load(task_id).state in UNDER_WAY:
            migrate(at.opened(), task_id, halt=Halt())
        done = at.opened().store.load(task_id)

        assert done.state is State.COMPLETED, f"killed before command {number}"
        assert done.step(Content.MAIL).counts == Counts(found=3, copied=2, failed=1), f"killed before command {number}"
        assert at.opened().store.reported(task_id).failures == (NAMED,), f"killed before command {number}"
        at.clock.move(hours=48, seconds=1)
        assert not any(at.opened().vault.has(task_id, side) for side in Side), f"killed before command {number}"

    assert number > 30


@pytest.mark.parametrize("content", [Content.MAIL, Content.CALENDARS])
def test_killed_after_a_cancel_it_starts_no_further_step(tmp_path: Path, content: Content) -> None:
    """The process that was to finish its step is killed in it: the next one finishes it, and ends."""
    at = lives(tmp_path)
    task_id = at.begin()

    def cancelled_and_killed(run: Run) -> Counts:
        if not at.redis.dead:
            cancel(at.opened(), task_id)
            at.redis.dead = True
        return copied(run)

    at.steps[content] = cancelled_and_killed
    with suppress(Killed):
        at.run(task_id)
    at.expire_leases()

    done = migrate(at.opened(), task_id, halt=Halt())

    assert done.state is State.CANCELLED
    assert done.step(content).ended is not None
    assert (Content.CALENDARS in at.ran) is (content is Content.CALENDARS)
