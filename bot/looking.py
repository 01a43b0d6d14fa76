"""Looking: where a migration stands and what was not copied, for people who may see it.

All raise NotAllowedError, and InputError for a task that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.audit.auditing import audited, only_refusals
from bot.ids import Action
from bot.own_tasks import newest_of, own_tasks
from bot.people import Person
from bot.permissions import check_member, is_elsewhere, may_steer, named, steerable
from bot.services import Services
from bot.stored.audit_entries import What
from bot.stored.threads import Pressed, Thread
from engine.migration.record import Migration
from engine.store.reports import Report


@dataclass(frozen=True, slots=True)
class Status:
    """A migration as one person may see it. `thread` is None for one that was not begun in Slack.

    `pressed` is everything that was pressed for it. `is_own`: it is theirs, so they see its logins. `steers`: they may
    press its buttons.
    """

    migration: Migration
    thread: Thread | None
    pressed: tuple[Pressed, ...]
    is_own: bool
    steers: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """A migration, and what was not copied of it, by name."""

    migration: Migration
    report: Report


@audited(What.LIST, only_refusals)
def own(services: Services, person: Person) -> list[Migration]:
    """The person's own migrations, newest first; those whose record cannot be read are left out."""
    check_member(person, services.team)
    return list(own_tasks(services, services.team, person.id))


@audited(What.LIST, only_refusals)
def newest(services: Services, person: Person, most: int) -> tuple[list[Migration], int]:
    """At most so many of the person's own migrations, newest first, and how many older ones there are."""
    check_member(person, services.team)
    return newest_of(services.engine.store, services.threads, services.team, person.id, most)


@audited(What.STATUS, only_refusals)
def status(services: Services, person: Person, task_id: str) -> Status:
    """Where it stands, for its owner, the admins and those who follow it."""
    check_member(person, services.team)
    thread = services.threads.load(task_id)
    if thread is None or is_elsewhere(services, thread) or person.id not in services.threads.of_followers(task_id):
        named(services, person, task_id)
    return Status(
        services.engine.store.load(task_id), thread, services.threads.pressed(task_id),
        is_own=thread is not None and person.id == thread.owner,
        steers=thread is not None and may_steer(person, thread),
    )


@audited(What.REPORT, only_refusals)
def report(services: Services, person: Person, task_id: str) -> Reported:
    """What was not copied, for those who may steer it. Raises ButtonGoneError while nothing was found at the source."""
    return _reported(services, steerable(services, person, task_id, Action.REPORT))


@audited(What.REPORT, only_refusals)
def page(services: Services, person: Person, task_id: str) -> Reported:
    """The same for a report that they have open already."""
    return _reported(services, steerable(services, person, task_id))


def _reported(services: Services, migration: Migration) -> Reported:
    return Reported(migration, services.engine.store.reported(migration.task_id))
