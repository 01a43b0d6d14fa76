"""Deletions: what deleting a person's own data does, what they have agreed to, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from redis import Redis

from bot.drawn import drawn
from engine.clock import utc_now
from engine.errors import UnreadableError
from engine.migration.record import Migration
from engine.migration.states import MOVES, Act, offers
from engine.migration.task_id import parse_task_id
from engine.store import stored
from engine.store.patience import Patient
from engine.store.stored import Stored

SHOWN_FOR = 86_400      # seconds for which a home tab says what became of it
PATIENCE = 2.0          # seconds; somebody may be waiting


@dataclass(frozen=True, slots=True)
class Scope:
    """What deleting a person's data does now. `ways_back` of the tasks that go can still be rolled back.

    `unread` are the IDs of tasks that only a newer release can read: they stay as well.
    """

    goes: Sequence[Migration]
    stays: Sequence[Migration]
    unread: Sequence[str]
    ways_back: int
    unfinished: int     # of the tasks that go, how many could be resumed


def scope(tasks: Sequence[Migration], now: datetime, unread: Sequence[str] = ()) -> Scope:
    """What would go of a person's tasks; `unread` as in Scope."""
    goes, stays = (
        [task for task in tasks if (Act.FORGET in MOVES[task.state]) is over] for over in (True, False)
    )
    return Scope(
        goes, stays, unread,
        ways_back=sum(offers(task, Act.ROLL_BACK, now) for task in goes),
        unfinished=sum(offers(task, Act.RESUME, now) for task in goes),
    )


@drawn()
def agreed(metadata: str) -> Agreed:
    """What a dialog has shown that was sent. Raises NotDrawnError."""
    found = json.loads(metadata)
    stays = tuple(parse_task_id(task_id) for task_id in found["stays"])
    return Agreed(float(found["at"]), stays)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the dialog has shown: private_metadata of View.DELETE. `at` is when, in seconds since 1970."""

    at: float
    stays: tuple[str, ...] = ()


class Progress(StrEnum):
    """How far it is."""

    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Deletion(Stored):
    """What became of it, for the home tab. `at` is when the dialog was shown, `left` are the tasks that stay."""

    at: float
    progress: Progress = Progress.ASKED
    gone: int = 0
    left: tuple[str, ...] = ()


class Deletions:
    """The last deletion of each person, for a day."""

    def __init__(
        self, redis: Redis, *, clock: Callable[[], datetime] = utc_now, patience: float = PATIENCE
    ) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._clock = clock

    def note(self, team: str, user: str, deletion: Deletion) -> None:
        """Notes how far it is."""
        self._redis.call(lambda redis: redis.set(_key(team, user), stored.write(deletion), ex=SHOWN_FOR))

    def of(self, team: str, user: str) -> Deletion | None:
        """A person's last one; None when there was none within a day, or a later release wrote it down."""
        found = self._redis.call(lambda redis: redis.get(_key(team, user)))
        with suppress(UnreadableError):
            return None if found is None else stored.read(Deletion, found, name="A deletion")
        return None

    def forget(self, team: str, user: str, task_id: str) -> None:
        """Names that task no longer among those that stay: it is gone by now."""
        last = self.of(team, user)
        if last is not None and task_id in last.left:
            now = stored.write(replace(last, left=tuple(left for left in last.left if left != task_id)))
            self._redis.call(lambda redis: redis.set(_key(team, user), now, xx=True, keepttl=True))


def _key(team: str, user: str) -> str:
    return f"omm:deletion:{team}:{user}"
