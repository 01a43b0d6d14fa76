"""A person's own tasks, as their records are now."""

from __future__ import annotations

from collections.abc import Iterator

from bot.services import Services
from bot.stored.threads import Threads
from engine.errors import FatalError, InputError, OmmError, UnreadableError
from engine.migration.record import Migration
from engine.store.store import Store


def own_tasks(services: Services, team: str, user: str) -> Iterator[Migration]:
    """A person's own tasks, newest first; those whose record is gone, or cannot be read, are left out."""
    return tasks_of(services.engine.store, services.threads, team, user)


def tasks_of(store: Store, threads: Threads, team: str, user: str) -> Iterator[Migration]:
    """The same, for whoever has no more than the two."""
    for task_id in threads.of_owner(team, user):
        try:
            migration = store.load(task_id)
        except FatalError:
            raise
        except OmmError:
            continue
        yield migration


def unread_tasks(services: Services, team: str, user: str) -> list[str]:
    """The IDs of their tasks that only a newer release can read, newest first."""
    return [task_id for task_id in services.threads.of_owner(team, user) if _is_unread(services, task_id)]


def _is_unread(services: Services, task_id: str) -> bool:
    try:
        services.engine.store.load(task_id)
    except UnreadableError:
        return True
    except InputError:      # it is gone
        return False
    return False
