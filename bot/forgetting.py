"""Forgetting: one migration, or everything that is stored about a person, removed because they ask for it.

All raise NotAllowedError. A job carries the orders out (`bot/work/deleting.py`); `forget_here` needs none.
"""

from __future__ import annotations

from bot.audit.auditing import audited, only_refusals
from bot.buttons import rolls_back_soon
from bot.own_tasks import own_tasks, unread_tasks
from bot.people import Person
from bot.permissions import Actor, Operator, check_member, steerable
from bot.services import FIRST, Services, TaskServices, Try
from bot.stored.audit_entries import What
from bot.stored.deletions import Agreed, Deletion, Progress, Scope, scope
from engine.errors import InputError, UnreadableError
from engine.migration import steering
from engine.migration.record import Migration
from engine.migration.states import Act, check

# One migration


@audited(What.FORGET, only_refusals)
def check_forget(services: TaskServices, person: Actor, task_id: str) -> Migration:
    """Returns the migration, if the person can have it forgotten now. Changes nothing.

    Raises InputError while it is under way, while a rollback is about to start, and for a task that does not exist.
    """
    migration = steerable(services, person, task_id)
    check(migration, Act.FORGET, services.clock())
    check_no_rollback(services, task_id)
    return migration


@audited(What.FORGET)
def forget(services: Services, person: Person, task_id: str, this: Try = FIRST) -> None:
    """Orders that it is forgotten: dropping its passwords from the disk may take ten seconds. They are told when it is.

    Ordered twice, it is one order. Where a second try finds that it is forgotten, nothing is ordered. Raises what
    `check_forget` does.
    """
    if this.again and _is_forgotten(services, task_id):
        return
    check_forget(services, person, task_id)
    services.jobs.forget(task_id, person.id)


@audited(What.FORGET)
def forget_here(services: TaskServices, person: Actor, task_id: str) -> None:
    """Forgets it in this process. The audit says who asked.

    Raises what `check_forget` and `engine.migration.steering.forget` do.
    """
    check_forget(services, person, task_id)
    by = steering.BY_OPERATOR if isinstance(person, Operator) else person.id
    steering.forget(services.engine, task_id, by=by)


def _is_forgotten(services: Services, task_id: str) -> bool:
    try:
        services.engine.store.load(task_id)
    except UnreadableError:
        return False
    except InputError:
        return True
    return False


def check_no_rollback(services: TaskServices, task_id: str) -> None:
    """Raises InputError while a rollback waits for a worker: its order would go too, and what was copied would stay."""
    if rolls_back_soon(services.engine.store.load(task_id), services.threads.pressed(task_id)):
        raise InputError("The rollback of this migration starts soon. It can be forgotten when that is over.")


# Everything of a person


@audited(What.DELETE_DATA, only_refusals)
@audited(What.DELETE_DATA, only_refusals)
def own_data(services: Services, person: Person) -> Scope:
    """What would go if the person had their data deleted now, and what would stay."""
    check_member(person, services.team)
    tasks_of = services, services.team, person.id
    return scope(list(own_tasks(*tasks_of)), services.clock(), unread_tasks(*tasks_of))


@audited(What.DELETE_DATA)
def delete_data(services: Services, person: Person, shown: Agreed, this: Try = FIRST) -> None:
    """Orders what the dialog has shown; nothing that began, or was said to stay, is among it.

    Where a second try finds that the first has ordered it, and it is done or has failed, nothing is ordered.
    """
    found, team = own_data(services, person), services.team
    before = services.deletions.of(team, person.id)
    if this.again and before is not None and before.at == shown.at and before.progress is not Progress.ASKED:
        return
    services.deletions.note(team, person.id, Deletion(shown.at))
    tasks = [
        task.task_id for task in found.goes
        if task.task_id not in shown.stays and task.created.timestamp() <= shown.at
    ]
    stays = [*(task.task_id for task in found.stays), *found.unread]
    services.jobs.delete(team, person.id, tasks=tasks, stays=stays, at=shown.at)
