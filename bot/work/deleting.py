"""Deleting: a person's own data, or one migration, forgotten by a job; `bot/forgetting.py` takes the order.

- Their tasks that are over or stand still are forgotten; the audit keeps what names no account.
- Forms that they did not send to the end go, with the passwords.
- Tasks that are under way stay. So do messages in Slack, and what was copied.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.audit.auditing import came_of, given_up, refused
from bot.forgetting import check_no_rollback
from bot.ids import COMMAND
from bot.notices.home_tab import draw_quietly
from bot.notices.letters import letter
from bot.services import Services
from bot.stored.audit_entries import What
from bot.stored.deletions import Deletion, Progress
from bot.stored.drafts import DraftState
from bot.stored.orders import GivenUp
from engine.errors import FatalError, InputError, OmmError, TakenError
from engine.migration.steering import forget
from engine.pace.halt import Halt

AGAIN = "Both mailboxes are as they were. Type {} once more. If that fails too, tell OMM's administrator."
STAYS = "What it copied stays where it is, and so do messages about it in Slack."
log = logging.getLogger(__name__)


# Everything of a person


def delete(
    services: Services, halt: Halt, *, team: str, user: str, tasks: Sequence[str], stays: Sequence[str], at: float
) -> bool:
    """Forgets those tasks of a person and their forms of until `at`; their home tab says so. May be called again."""
    left = [task_id for task_id in tasks if not _is_gone(services, halt, task_id, user)]
    for draft in services.drafts.of_owner(team, user):
        if draft.state is not DraftState.STARTED and draft.created.timestamp() <= at:
            services.engine.vault.drop(draft.id)
            services.drafts.forget(draft.id)
            services.one_time.forget(draft.id)
            services.consents.forget(draft.id)
            services.approvals.forget(draft.id)
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
            came_of(services, user, What.DELETE_DATA, task_id, refused(error))
        return gone
    return True


def give_up(services: Services, *, team: str, user: str, at: float, why: GivenUp, **_agreed: object) -> None:
    """Says in the home tab that we are at fault, and writes down that nothing came of it."""
    given_up(services, user, What.DELETE_DATA, "", why)
    log.error("the data of %s could not be deleted: %s", user, why)
    services.deletions.note(team, user, Deletion(at, Progress.FAILED))
    draw_quietly(services, team, user)


# One task


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
            came_of(services, user, What.FORGET, task_id, refused(error))
    services.outbox.put(letter(f"forget:{task_id}", user, said))
    return True


def give_up_one(services: Services, *, task_id: str, user: str, why: GivenUp) -> None:
    """Says that we are at fault, and writes down that nothing came of it."""
    given_up(services, user, What.FORGET, task_id, why)
    said = f"Migration {task_id} was not forgotten. {why} {AGAIN.format(f'{COMMAND} forget {task_id}')}"
    services.outbox.put(letter(f"forget:{task_id}", user, said))
