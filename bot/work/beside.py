"""What the engine calls of the bot. Imported when it is called, so that the terminal door starts without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from redis import Redis

from engine.migration.record import Migration


def forgetting(redis: Redis, clock: Callable[[], datetime]) -> Callable[[Migration, str], None]:
    """As Engine.forget_beside: removes what is kept of a task outside the engine."""

    def forget(migration: Migration, by: str) -> None:
        from bot.work.retention import Beside  # noqa: PLC0415 - as above

        Beside(redis, clock=clock).forget(migration, by)

    return forget


def showing(redis: Redis) -> Callable[[str], None]:
    """As Engine.on_state: has the cards of a task looked at."""

    def changed(task_id: str) -> None:
        from bot.stored.threads import Threads  # noqa: PLC0415 - as above

        Threads(redis).changed(task_id)

    return changed
