"""Working on a task until it ends, stops or is handed over: what is shown meanwhile, and what is said then."""

from __future__ import annotations

import time

from engine.hooks import on_saved
from engine.migration.forwards import migrate
from engine.migration.record import Migration, State
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from terminal import records, words
from terminal.progress import progress
from terminal.session import Session
from terminal.stopping import stopping

COMPLETED, WITH_FAILURES, NOT_COMPLETED = 0, 1, 2


def work(session: Session, engine: Engine, task_id: str) -> int:
    """Migrates, showing how far it is, and says how it ended."""
    began, halt = time.monotonic(), Halt()
    with progress(session.out) as shown, stopping(halt, shown.stopping):
        migration = migrate(engine.with_hooks(on_saved(shown.tell)), task_id, halt=halt)
    report = engine.store.reported(task_id)
    session.out.say("", *words.summary(migration, report))
    session.out.result(records.whole(migration, report) | {"seconds": round(time.monotonic() - began, 3)})
    return _exit_status(migration)


def _exit_status(migration: Migration) -> int:
    if migration.state is not State.COMPLETED:
        return NOT_COMPLETED
    return WITH_FAILURES if any(step.counts.failed for step in migration.steps.values()) else COMPLETED
