"""Rolling back: counting what it would remove, the way into the mailbox, and the removal or the order for it.

All raise NotAllowedError; ButtonGoneError, or InputError to the operator, when the migration cannot be rolled back (any
more); InputError for a task that does not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bot.approvals import approving
from bot.audit.auditing import audited, note, only_refusals
from bot.ids import Action
from bot.people import Person
from bot.permissions import Actor, check_applies, steerable
from bot.services import FIRST, Services, TaskServices, Try
from bot.steering import Typed
from bot.stored.approvals import Approval, Subject
from bot.stored.audit_entries import What
from bot.stored.threads import Act
from bot.where_typed import check_typed
from engine.errors import InputError
from engine.hooks import EngineEvent, Hook, Saved
from engine.migration import back
from engine.migration.back import Expected, give_login, keep_for
from engine.migration.forwards import keep_secrets
from engine.migration.record import Migration, State
from engine.migration.request import Choice
from engine.migration.states import GOING_BACK
from engine.pace.halt import Halt


@audited(What.ROLLBACK, only_refusals)
def check_rollback(services: TaskServices, person: Actor, task_id: str) -> Migration:
    """Returns the migration, if the person can roll it back now. Changes nothing."""
    return steerable(services, person, task_id, Action.ROLLBACK)


@audited(What.ROLLBACK, only_refusals)
def check_dialog(services: Services, person: Person, task_id: str) -> Migration:
    """Returns the migration, if the person can ask for its rollback now, and nobody waits for an approval of one."""
    migration = steerable(services, person, task_id, Action.ROLLBACK)
    approving.check_not_asked(services, Subject.ROLLBACK, task_id)
    return migration


@audited(What.ROLLBACK, only_refusals)
def count(services: Services, person: Person, task_id: str, view_id: str, *, writes: bool = False) -> Migration:
    """Orders that what a rollback would remove is counted, into the dialog `view_id`. Returns the migration.

    `writes`: if they have closed the dialog, they get a message with a button that opens it.
    """
    migration = steerable(services, person, task_id, Action.ROLLBACK)
    services.jobs.count(task_id, view_id, person.id, writes=writes)
    return migration


@audited(What.ACCESS, only_refusals)
def give_access(
    services: TaskServices, person: Actor, task_id: str, typed: Typed, this: Try = FIRST, *, login: str = "",
    mailbox: str = "",
) -> Migration:
    """Keeps the passwords that were typed for a rollback, and the new `login` of the destination, if one was.

    `mailbox` is the new address of the mailbox that a service account opens, if that was typed. Who typed a password
    is written down. Returns the migration as it was before. Raises TakenError, too, while another process changes its
    record.
    """
    migration = steerable(services, person, task_id, Action.ROLLBACK)
    check_typed(services, person, typed)
    renamed = bool(login or mailbox)
    if renamed:
        give_login(services.engine, task_id, login, mailbox=mailbox)
    keep_secrets(services.engine, task_id, typed)
    if typed:
        services.threads.press(task_id, person.id, Act.PASSWORD, at=this.at)
    if typed or renamed:
        note(services, person, What.ACCESS, task_id)
    return migration


def roll_back(
    services: Services, person: Person, task_id: str, expected: Expected, this: Try = FIRST, *, discard: bool = False,
    agrees: Collection[Choice] = (),
) -> Approval | None:
    """Orders a rollback that removes what was `expected`, and with `discard` also what was changed since.

    Where the workspace wants a second person's approval, that is asked for instead, unless it only finishes one that
    has begun, as was agreed to before: returns the request; None where the rollback was ordered. `agrees` are the
    choices that the person has made about what would stay otherwise. If a rollback would do something else by then,
    they are asked again. Ordered twice, it is one order.
    """
    what = {
        "items": expected.items, "kept": expected.kept, "discard": discard,
        "counting_on_it": list(expected.counting_on_it), "agrees": [choice.value for choice in agrees],
    }
    finishes = _only_finishes(services, task_id, discard=discard, agrees=agrees)
    if not finishes and approving.is_needed(services, Subject.ROLLBACK):
        return approving.ask(services, person, Subject.ROLLBACK, task_id, what, this)
    _order(services, person, task_id, what, this)
    return None


def _only_finishes(services: Services, task_id: str, *, discard: bool, agrees: Collection[Choice]) -> bool:
    """True: the rollback has begun, and nothing is agreed to that was not agreed to when it did."""
    try:
        migration = services.engine.store.load(task_id)
    except InputError:
        return False
    begun = migration.rollback if migration.state in GOING_BACK else None
    return begun is not None and (begun.discards or not discard) and set(agrees) <= set(migration.agreed)


@audited(What.ROLLBACK)
def _order(services: Services, person: Person, task_id: str, what: Mapping[str, Any], this: Try) -> None:
    migration = steerable(services, person, task_id)
    if not (this.again and migration.state in (State.ROLLING_BACK, State.ROLLED_BACK)):     # a worker was quicker
        check_applies(services, person, migration, Action.ROLLBACK)
        keep_for(services.engine, migration)
        services.jobs.roll_back(task_id, person.id, **what)
    services.threads.press(task_id, person.id, Act.ROLLBACK, at=this.at)


@audited(What.ROLLBACK)
def roll_back_here(  # noqa: PLR0913 - what a person has agreed to
    services: TaskServices, person: Actor, task_id: str, expected: Expected, *, discard: bool, agreed: datetime,
    halt: Halt, hook: Hook, choices: Collection[Choice] = (),
) -> Migration:
    """Rolls the migration back in this process, if that removes what was `expected`; `hook` observes the work.

    `agreed` is when the person agreed (UTC), `choices` to what else. Their press is recorded when the removal begins: a
    rollback that cannot begin is on no card. Returns the record. Raises what `engine.migration.back.roll_back` does.
    """
    steerable(services, person, task_id)

    def press(event: EngineEvent) -> None:
        if isinstance(event, Saved) and _begins(event):
            services.threads.press(task_id, person.id, Act.ROLLBACK, at=agreed)

    return back.roll_back(
        services.engine.with_hooks(press, hook), task_id, discard_changes=discard, expected=expected, agreed=agreed,
        choices=choices, halt=halt,
    )


def _begins(saved: Saved) -> bool:
    """True: the rollback has begun, or goes on after it had stopped."""
    return saved.now.state is State.ROLLING_BACK and saved.before.state is not State.ROLLING_BACK
