"""Counting: what a rollback would remove, into the dialog that asks whether it should."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

from bot.approvals import approving
from bot.ids import Action
from bot.notices.letters import letter
from bot.people import UnknownPersonError
from bot.services import Services
from bot.stored.approvals import Subject
from bot.stored.orders import GivenUp
from bot.views import blocks, dialogs
from bot.where_typed import ways
from bot.work.screen import show
from engine.errors import Cause, FatalError, InLineError, InputError, RetryableError, Side, TakenError, UnreadableError
from engine.migration.back import preview
from engine.migration.record import Migration
from engine.migration.renamed import OtherMailboxError
from engine.migration.states import GOING_BACK
from engine.pace.halt import Halt

ASKED_FOR = frozenset({Cause.SIGN_IN, Cause.NOT_KEPT, Cause.CONSENT})       # what another password or consent mends
ASKED_FOR_IN_A_DIALOG = ASKED_FOR | {Cause.MAILBOX_GONE}    # or another login, of an account that was renamed
TAKEN = "Something else is being done with this migration at the moment. Please try again in a minute."
OUR_FAULT = (
    "OMM could not count what a rollback would remove, because of an error of its own. "
    "Counting changes nothing in your mailbox. "
    "Close this window, then press Rollback again. If that fails too, tell OMM's administrator."
)
PRESS_AGAIN = (
    "You have typed what the rollback of migration {} needs, and its window is closed. Press Roll back to see what it "
    "removes. Nothing is removed before that."
)
log = logging.getLogger(__name__)


def count(services: Services, halt: Halt, *, task_id: str, view_id: str, user: str, writes: bool = False) -> bool:
    """Counts, and shows it to `user`. Who has closed the dialog is told nothing, unless it `writes` to them."""
    try:
        migration = services.engine.store.load(task_id)
    except InputError:
        return True
    log.info("task %s is counted for %s", task_id, user)
    if not show(services.slack, view_id, _dialog(services, halt, migration), halt) and writes:
        again = blocks.button(Action.ROLLBACK, "Roll back", task_id, style="danger")
        services.outbox.put(letter(f"count:{task_id}", user, PRESS_AGAIN.format(task_id), again))
    if _asks(services, migration):
        with suppress(UnknownPersonError):      # so that whoever sends the dialog hears at once if nobody can approve
            services.people.admins(halt.wait)
    return True


def _asks(services: Services, migration: Migration) -> bool:
    """True: sending the dialog asks a second person."""
    return migration.state not in GOING_BACK and approving.is_needed(services, Subject.ROLLBACK)


def give_up(services: Services, *, task_id: str, view_id: str, user: str, **_why: GivenUp) -> None:
    """Says in the dialog that we are at fault, whichever it was."""
    log.error("task %s could not be counted for %s", task_id, user)
    show(services.slack, view_id, dialogs.rollback_refused(services.engine.store.load(task_id), OUR_FAULT), Halt())


def _dialog(services: Services, halt: Halt, migration: Migration) -> dict[str, Any]:
    try:
        counted = preview(services.engine, migration.task_id, halt=halt)
    except InLineError as error:
        return dialogs.rollback_refused(migration, f"{error} Please try again when it has ended.")
    except TakenError:
        return dialogs.rollback_refused(migration, TAKEN)
    except (InputError, RetryableError, UnreadableError) as error:
        return dialogs.rollback_refused(migration, str(error))
    except FatalError as error:
        return _after(services, migration, error)
    return dialogs.rollback_confirm(migration, counted, services.clock(), second_person=_asks(services, migration))


def _after(services: Services, migration: Migration, error: FatalError) -> dict[str, Any]:
    """What to do about the error: give another login or password, or read why it cannot be done."""
    if error.cause is Cause.STORE:
        raise error
    if error.cause not in ASKED_FOR_IN_A_DIALOG and not isinstance(error, OtherMailboxError):
        return dialogs.rollback_refused(migration, str(error))
    side = error.side or Side.DESTINATION
    if error.cause is Cause.SIGN_IN:        # pressed again, it is not sent a second time
        services.engine.vault.drop(migration.task_id, side)
    edition = round(services.clock().timestamp())       # fields of their own, so that no refused password stays in them
    return dialogs.password_form(migration, [side], str(error), "rollback", edition=edition, ways=ways(services))
