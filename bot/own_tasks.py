"""A person's own tasks, as their records are now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bot.services import Services
from bot.stored.threads import Threads
from engine.errors import InputError, UnreadableError
from engine.migration.record import Migration
from engine.store.store import Store


def own_tasks(services: Services, team: str, user: str) -> Iterator[Migration]:
    """A person's own tasks, newest first; those whose record is gone, or cannot be read, are left out."""
    return services.engine.store.some(services.threads.of_owner(team, user))


def newest_of(store: Store, threads: Threads, team: str, user: str, most: int) -> tuple[list[Migration], int]:
    """At most so many of a person's own tasks, newest first, and how many older ones there are beside them."""
    task_ids = threads.of_owner(team, user)
    tasks = list(islice(store.some(task_ids), most))
    looked_at = task_ids.index(tasks[-1].task_id) + 1 if len(tasks) == most else len(task_ids)
    return tasks, len(task_ids) - looked_at


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
