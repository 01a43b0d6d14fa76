"""Deleting: a person's own data, asked for in their home tab, and carried out as an order.

- Their tasks that are over or stand still are forgotten; one line each stays (`bot/audit.py`).
- Forms that they did not send to the end go, with the passwords.
- Tasks that are under way stay. So do messages in Slack, and what was copied.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.cards import rolls_back_soon
from bot.deletions import Agreed, Deletion, Progress, scope
from bot.drafts import DraftState
from bot.home_tab import draw_quietly, own_tasks, unread_tasks
from bot.letters import letter
from bot.orders import GivenUp
from bot.services import Services
from engine.errors import FatalError, InputError, OmmError, TakenError
from engine.halt import Halt
from engine.steering import forget

STAYS = "What it copied stays where it is, and so do messages about it in Slack."
log = logging.getLogger(__name__)


def ask(services: Services, user: str, shown: Agreed, *, tried: bool) -> None:
    """Orders what the dialog has shown; nothing that began, or was said to stay, is among it.

    `tried`: an earlier try at this very click may have ordered it, and it may be done.
    """
    before = services.deletions.of(services.team, user)
    if tried and before is not None and before.at == shown.at and before.progress is not Progress.ASKED:
        return
    services.deletions.note(services.team, user, Deletion(shown.at))
    tasks_of = services, services.team, user
    found = scope(list(own_tasks(*tasks_of)), services.clock(), unread_tasks(*tasks_of))
    tasks = [
        task.task_id for task in found.goes
        if task.task_id not in shown.stays and task.created.timestamp() <= shown.at
    ]
    stays = [*(task.task_id for task in found.stays), *found.unread]
    services.jobs.delete(services.team, user, tasks=tasks, stays=stays, at=shown.at)


# What is done


def delete(
    services: Services, halt: Halt, *, team: str, user: str, tasks: Sequence[str], stays: Sequence[str], at: float
) -> bool:
    """Forgets those tasks of a person and their forms of until `at`; their home tab says so. May be called again."""
    left = [task_id for task_id in tasks if not _is_gone(services, halt, task_id, user)]
    for draft in services.drafts.of_owner(team, user):
        if draft.state is not DraftState.STARTED and draft.created.timestamp() <= at:
            services.engine.vault.drop(draft.id)
            services.drafts.forget(draft.id)
            services.outbox.forget(draft.id)
    services.drafts.forget_opened(team, user)
    deletion = Deletion(at, Progress.DONE, gone=len(tasks) - len(left), left=(*left, *stays))
    services.deletions.note(team, user, deletion)
    draw_quietly(services, team, user)
    return True


def _is_gone(services: Services, halt: Halt, task_id: str, user: str) -> bool:
    """False: it is at work by now, something that it sent may still arrive, or its record cannot be read."""
    halt.check()
    try:
        check_no_rollback(services, task_id)
        forget(services.engine, task_id, by=user)
    except FatalError:
        raise
    except OmmError as error:
        gone = services.threads.load(task_id) is None       # it was forgotten before, perhaps by an earlier attempt
        if not gone:
            log.info("task %s is not deleted: %s", task_id, type(error).__name__)
        return gone
    return True


def give_up(services: Services, *, team: str, user: str, at: float, why: GivenUp, **_agreed: object) -> None:
    """Says in the home tab that we are at fault."""
    log.error("the data of %s could not be deleted: %s", user, why)
    services.deletions.note(team, user, Deletion(at, Progress.FAILED))
    draw_quietly(services, team, user)


# One task


def check_no_rollback(services: Services, task_id: str) -> None:
    """Raises InputError while a rollback waits for a worker: its order would go too, and what was copied would stay."""
    if rolls_back_soon(services.engine.store.load(task_id), services.threads.pressed(task_id)):
        raise InputError("The rollback of this migration starts soon. It can be forgotten when that is over.")


def forget_one(services: Services, halt: Halt, *, task_id: str, user: str) -> bool:
    """Forgets a task, and writes to `user` what became of it. May be called again."""
    try:
        check_no_rollback(services, task_id)
        forget(services.engine, task_id, by=user)
        said = f"Migration {task_id} is forgotten. {STAYS}"
    except TakenError:
        raise
    except InputError as error:
        if services.threads.load(task_id) is None:      # an earlier attempt has forgotten it
            said = f"Migration {task_id} is forgotten. {STAYS}"
        else:
            said = f"Migration {task_id} was not forgotten. {error}"
    services.outbox.put(letter(f"forget:{task_id}", user, said))
    return True


def give_up_one(services: Services, *, task_id: str, user: str, why: GivenUp) -> None:
    """Says that we are at fault."""
    services.outbox.put(letter(f"forget:{task_id}", user, f"Migration {task_id} was not forgotten. {why}"))
