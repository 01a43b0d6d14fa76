"""Retention: what is kept of a task outside the engine, and how long.

Steering forgets a task, and calls `Beside.forget` first. The audit's line is written before
anything is removed, and the record goes last: whoever is killed in between leaves a task that the next sweep finishes.
`docs/operate.md` says of every key who removes it, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from redis import Redis

from bot.notices.decisions import letters_of
from bot.stored.approvals import Approvals, Decision, Subject
from bot.stored.audit import Audit
from bot.stored.consents import Consents
from bot.stored.deletions import Deletions
from bot.stored.drafts import Drafts
from bot.stored.guesses import Guesses
from bot.stored.one_time import OneTimeLinks
from bot.stored.orders import Kind, Orders
from bot.stored.outbox import Outbox, outboxes
from bot.stored.room import Room
from bot.stored.threads import Pressed, Thread, Threads
from engine.clock import utc_now
from engine.errors import InputError, UnreadableError
from engine.migration.record import Migration
from engine.migration.states import ENDED
from engine.migration.steering import BY_RETENTION
from engine.store.patience import PATIENCE, Patient

DELETED = "The data of that migration have been deleted."


class Beside:
    """What is kept of a task outside the engine."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._clock = clock
        self._approvals = Approvals(redis, patience=patience)
        self._audit = Audit(Patient(redis, patience=patience))
        self._consents = Consents(redis, clock=clock, patience=patience)
        self._deletions = Deletions(redis, clock=clock, patience=patience)
        self._drafts = Drafts(redis, clock=clock, patience=patience)
        self._guesses = Guesses(redis, clock=clock, patience=patience)
        self._links = OneTimeLinks(redis, clock=clock, patience=patience)
        self._orders = Orders(redis, clock=clock, patience=patience)
        self._redis, self._patience = redis, patience
        self._room = Room(redis, patience=patience)
        self._threads = Threads(redis, clock=clock, patience=patience)

    def forget(self, migration: Migration, by: str) -> None:
        """Writes the audit's line, then removes everything. `by` is as in `engine.migration.steering.forget`.

        May be called again. Raises InputError while a rollback is ordered that nobody has begun, UnreadableError for a
        task of which a newer release knows more.
        """
        task_id = migration.task_id
        self._orders.check_about(task_id)
        if self._orders.find(f"{Kind.ROLL_BACK}:{task_id}") is not None:
            raise InputError(f"The rollback of migration {task_id} is about to begin. It can be forgotten afterwards.")
        asked = self._approvals.find(Subject.ROLLBACK, task_id)
        if by == BY_RETENTION and asked is not None and asked.is_waiting:
            raise InputError(f"The rollback of migration {task_id} waits for the approval of a second person.")
        thread = self._threads.load(task_id)
        self._audit.write(migration, thread, by=by, now=self._clock())
        self._remove(task_id, thread, by)

    def forget_damaged(self, task_id: str, by: str) -> None:
        """The same for a task whose record is damaged. May be called again. Raises UnreadableError, as `forget`."""
        self._orders.check_about(task_id)
        thread = self._threads.load(task_id)
        self._audit.write_damaged(task_id, thread, by=by, now=self._clock())
        self._remove(task_id, thread, by)

    def _remove(self, task_id: str, thread: Thread | None, by: str) -> None:
        self._orders.forget(task_id)
        for outbox in outboxes(self._redis, patience=self._patience):
            outbox.forget(task_id)
        self._tell_asker(task_id, by)
        self._approvals.forget(task_id)
        self._guesses.forget(task_id)
        self._room.leave(task_id)
        self._drafts.forget(task_id)
        self._links.forget(task_id)
        self._consents.forget(task_id)
        if thread is not None:
            self._drafts.forget_opened(thread.team, thread.owner, task_id)
            self._deletions.forget(thread.team, thread.owner, task_id)
        self._threads.forget(task_id)       # last: it says whose the rest is

    def _tell_asker(self, task_id: str, by: str) -> None:
        """Whoever waits for the approval of its rollback, and is not the one who has it forgotten, is told."""
        with suppress(UnreadableError):
            asked = self._approvals.find(Subject.ROLLBACK, task_id)
            if asked is not None and asked.is_waiting and asked.asker != by:
                over = replace(asked, decision=Decision.WITHDRAWN, why=DELETED)
                outbox = Outbox(self._redis, team=asked.team, patience=self._patience)
                for letter in letters_of(over):
                    outbox.put(letter)


def last_moment(migration: Migration, pressed: Iterable[Pressed] = ()) -> datetime:
    """From when on a task is kept: its last end; for one that stands still, its last change or press."""
    back = migration.rollback.ended if migration.rollback else None
    ends = [moment for moment in (migration.ended, back) if moment is not None]
    if migration.state in ENDED and ends:
        return max(ends)
    return max([migration.updated, *ends, *(press.at for press in pressed)])
