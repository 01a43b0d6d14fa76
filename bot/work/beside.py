"""What the engine calls of the bot. What is seldom called is imported then, so that the terminal starts without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from redis import Redis

from bot.stored.looks import look_now
from engine.hooks import EngineEvent, Hook, Saved
from engine.migration.record import Migration
from engine.store.patience import Patient

PATIENCE = 2.0      # seconds


def forgetting(redis: Redis, clock: Callable[[], datetime]) -> Callable[[Migration, str], None]:
    """As Engine.forget_beside: removes what is kept of a task outside the engine."""

    def forget(migration: Migration, by: str) -> None:
        from bot.work.retention import Beside  # noqa: PLC0415 - as above

        Beside(redis, clock=clock).forget(migration, by)

    return forget


def recording(redis: Redis, clock: Callable[[], datetime]) -> Hook:
    """A hook that has each state that a task comes to written into the audit."""
    store = Patient(redis, patience=PATIENCE)

    def saved(event: EngineEvent) -> None:
        if isinstance(event, Saved) and event.before.state is not event.now.state:
            from bot.stored.audit import Audit  # noqa: PLC0415 - as above
            from bot.stored.audit_entries import Entry, What  # noqa: PLC0415
            from bot.stored.threads import Threads  # noqa: PLC0415

            thread = Threads(redis, clock=clock, patience=PATIENCE).load(event.now.task_id)
            entry = Entry(clock(), "", What.STATE.value, event.now.task_id, state=event.now.state.value)
            Audit(store).append("" if thread is None else thread.team, entry)

    return saved


def showing(redis: Redis) -> Hook:
    """A hook that has the cards of a task looked at when its state or stage changes, or what it waits for.

    Numbers are looked at now and then anyway.
    """
    store = Patient(redis, patience=PATIENCE)

    def changed(event: EngineEvent) -> None:
        if isinstance(event, Saved) and _shown(event.before) != _shown(event.now):
            look_now(store, event.now.task_id)

    return changed


def _shown(migration: Migration) -> tuple[object, ...]:
    return migration.state, migration.stage, migration.waits_for, migration.attention
