"""Hooks observe a migration: they hear of every turn of its life, and cannot harm it."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from engine.decisions import LOGGER
from engine.errors import Side
from engine.hooks import Decided, EngineEvent, Saved, Waited, emit, log_line, on_saved
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.forwards import migrate
from engine.migration.record import Counts, State
from engine.pace.halt import Halt
from tests.unit.life.world import Life


@dataclass
class Counters:
    """A hook that counts, by name and label, as a page of metrics would show it."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __call__(self, event: EngineEvent) -> None:
        match event:
            case Decided():
                self.counts["decisions", event.what] += 1
            case Saved() if event.now.state is not event.before.state:
                self.counts["states", event.now.state] += 1
            case Waited():
                self.counts["waits", event.side] += event.begins


def waits(run: Run) -> Counts:
    """A step that waits for the source twice, and decides something."""
    for _ in range(2):
        run.on_wait(Side.SOURCE, True)
        run.on_wait(Side.SOURCE, False)
    run.decided("folder set aside")
    return Counts(found=1, copied=1)


def test_a_migration_is_counted_by_a_hook(at: Life) -> None:
    """States, decisions and waits of one migration, from nothing but the events."""
    counters, task_id = Counters(), at.begin()
    at.steps[Content.MAIL] = waits

    migrate(at.engine.with_hooks(counters), task_id, halt=Halt())

    assert counters.counts == {
        ("decisions", "taken up"): 1, ("states", State.RUNNING): 1, ("waits", Side.SOURCE): 2,
        ("decisions", "folder set aside"): 1, ("decisions", "step ended"): 2, ("states", State.COMPLETED): 1,
    }


def test_a_hook_that_raises_harms_nobody(at: Life, caplog: pytest.LogCaptureFixture) -> None:
    """The migration completes, the hooks behind it hear of everything, and the log says what went wrong."""

    def breaks(_event: EngineEvent) -> None:
        raise ValueError("a fault in the hook")

    counters, task_id = Counters(), at.begin()

    done = migrate(at.engine.with_hooks(breaks, counters), task_id, halt=Halt())

    assert done.state is State.COMPLETED
    assert counters.counts["states", State.COMPLETED] == 1
    assert "a hook failed at Saved" in caplog.text
    assert "a fault in the hook" in caplog.text


def test_no_hook_at_all_changes_nothing(at: Life) -> None:
    """What other processes read is written by the engine itself."""
    task_id = at.begin()

    done = migrate(replace(at.engine, hooks=()), task_id, halt=Halt())

    assert at.engine.store.load(task_id) == done
    assert (done.state, done.step(Content.MAIL).counts.copied) == (State.COMPLETED, 2)


def test_each_record_is_shown_as_it_is_saved(at: Life) -> None:
    """A terminal's progress sees each stage, in order."""
    stages: list[str] = []
    task_id = at.begin()

    migrate(at.engine.with_hooks(on_saved(lambda migration: stages.append(migration.stage))), task_id, halt=Halt())

    assert list(dict.fromkeys(stages)) == ["signing in", "moving mail", "moving calendars", ""]


def test_only_another_state_is_a_line(at: Life, caplog: pytest.LogCaptureFixture) -> None:
    """Progress is saved twice a second, and would fill the log."""
    caplog.set_level(logging.INFO, logger=LOGGER)
    before = at.engine.store.load(at.begin())
    caplog.clear()

    for state in (before.state, State.RUNNING):
        emit((log_line,), Saved(before, replace(before, state=state)))

    assert [record.getMessage() for record in caplog.records] == [
        f"running: task={before.task_id} before={before.state}"
    ]
