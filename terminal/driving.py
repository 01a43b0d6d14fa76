"""Working on a task until it ends, stops or is handed over: what is shown meanwhile, and what is said then."""

from __future__ import annotations

import time

from engine.hooks import on_saved
from engine.migration.forwards import migrate
from engine.migration.record import Migration, State
from engine.migration.states import UNDER_WAY
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from terminal import records, words
from terminal.progress import progress
from terminal.session import Session
from terminal.stopping import stopping

COMPLETED, WITH_FAILURES, NOT_COMPLETED = 0, 1, 2
LOOK = 1.0      # seconds between two looks at a task that waits


def work(session: Session, engine: Engine, task_id: str) -> int:
    """Migrates, showing how far it is, and says how it ended."""
    began = time.monotonic()
    migration = worked_on(session, engine, task_id, Halt())
    report = engine.store.reported(task_id)
    session.out.say("", *words.summary(migration, report))
    session.out.result(records.whole(migration, report) | {"seconds": round(time.monotonic() - began, 3)})
    return _exit_status(migration)


def worked_on(session: Session, engine: Engine, task_id: str, halt: Halt) -> Migration:
    """Migrates until it ends, stops or is told to stop; where its source gives no more for now, it waits for that."""
    migration = engine.store.load(task_id)
    while True:
        if migration.is_early(engine.clock()):
            with stopping(halt, lambda: None):
                session.out.say(*words.waits(migration))
                migration = _waited_for(engine, migration, halt)
            if halt.is_set() or migration.state not in UNDER_WAY:
                return migration
        with progress(session.out) as shown, stopping(halt, shown.stopping):
            migration = migrate(engine.with_hooks(on_saved(shown.tell)), task_id, halt=halt)
        if halt.is_set() or migration.state is not State.WAITING or migration.not_before is None:
            return migration


def _waited_for(engine: Engine, migration: Migration, halt: Halt) -> Migration:
    """The record when its source gives more, when somebody has stopped it, or when we are told to stop."""
    while migration.is_early(engine.clock()) and not halt.event.wait(LOOK):
        migration = engine.store.load(migration.task_id)
    return migration


def _exit_status(migration: Migration) -> int:
    if migration.state is not State.COMPLETED:
        return NOT_COMPLETED
    return WITH_FAILURES if any(step.counts.failed for step in migration.steps.values()) else COMPLETED
