"""A login that opens another mailbox than before: an address that somebody else has now, or a mailbox made anew."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from engine.errors import Cause, Side
from engine.migration.content import Content
from engine.migration.record import Counts, State, Step
from engine.migration.states import STOPPED
from engine.migration.steering import copy_again, resume, retry
from tests.unit.life.world import MAILBOX, NOW, Life

FIRST = "the mailbox of the first visit"
COPIED = MappingProxyType({Content.MAIL: Step(Counts(found=2, copied=2), started=NOW, ended=NOW)})


def moved(at: Life, state: State, **changes: object) -> str:
    """A migration in that state that has copied into a mailbox which its login does not open any more."""
    task_id = at.put(state, **{"started": NOW, "steps": COPIED, **changes})
    at.engine.store.save(replace(at.record(task_id), mailbox=FIRST))
    return task_id


@pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED, State.PAUSED, State.NEEDS_ATTENTION])
def test_nothing_is_copied_into_another_mailbox(at: Life, state: State) -> None:
    """A retry and a resume stop before the first write; the rollback still knows where everything is."""
    stopped = state in STOPPED
    task_id = moved(at, state, **({} if stopped else {"ended": NOW}))

    if stopped:
        resume(at.engine, task_id)
    else:
        retry(at.engine, task_id, {Side.SOURCE: "one"})
    record = at.run(task_id)

    assert (record.state, at.ran) == (State.NEEDS_ATTENTION, [])
    assert record.mailbox == FIRST
    assert record.attention is not None
    assert (record.attention.cause, record.attention.side) == (Cause.NOTHING_FOUND, Side.DESTINATION)
    assert "opens another mailbox" in record.attention.words


def test_a_person_can_have_everything_copied_into_the_other_mailbox(at: Life) -> None:
    """A mailbox that was made anew on purpose is filled once they have said so."""
    task_id = moved(at, State.COMPLETED, ended=NOW)
    retry(at.engine, task_id, {Side.SOURCE: "one"})
    at.run(task_id)

    copy_again(at.engine, task_id)
    resume(at.engine, task_id)
    record = at.run(task_id)

    assert (record.state, record.mailbox) == (State.COMPLETED, MAILBOX)
    assert at.ran == [Content.MAIL, Content.CALENDARS]


def test_where_nothing_was_written_another_mailbox_is_as_good(at: Life) -> None:
    """A migration that is known to have brought nothing has nothing to leave behind."""
    task_id = moved(at, State.PAUSED, wrote=False, steps=MappingProxyType({}))

    resume(at.engine, task_id)

    assert at.run(task_id).state is State.COMPLETED
