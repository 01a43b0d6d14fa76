"""Permissions: who may do what. Asked on the server at every click; what Slack shows protects nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.buttons import STEERS, ButtonGoneError, applies
from bot.ids import COMMAND, Action
from bot.people import Person
from bot.services import TaskServices
from bot.stored.threads import OPERATOR, Thread
from engine.errors import OmmError
from engine.migration import states
from engine.migration.record import Migration

OUTSIDER = "Only people of this workspace can use this. Ask somebody here to do it for you."
UNKNOWN = "Only its owner and the admins of this workspace can do that. If it was yours, its data has been deleted."
ADMINS_ONLY = "Only the admins and owners of this workspace can do that."
NOT_YOURS = (
    "You have no migration with this task ID. Only the owner of a migration and the admins of this workspace can see "
    f"or change it. To watch somebody else's, type `{COMMAND} follow` and its task ID. The card of one that you follow "
    "already is in your direct messages with OMM."
)


class NotAllowedError(OmmError):
    """Somebody may not do that. Its words are for them, and tell nothing about the task.

    `brief` is what the audit says of it for ever, '' where that is its words: those may name a server.
    """

    brief = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator at the terminal of the machine, who may steer every task of every workspace.

    They can read the store and its keys anyway. Nothing that Slack sends becomes one: a listener has a `Person`.
    """

    id: ClassVar[str] = OPERATOR


Actor = Person | Operator


def check_member(person: Person, team: str) -> None:
    """Raises NotAllowedError unless they are a full member of this workspace."""
    if team not in person.teams:
        raise NotAllowedError(OUTSIDER)
    if person.is_guest:
        raise NotAllowedError("Guests cannot use this. Ask a full member of this workspace to do it for you.")
    if person.is_bot or person.deleted:
        raise NotAllowedError("Only people can use this.")


def check_admin(person: Person, team: str) -> None:
    """Raises NotAllowedError unless they are an admin or owner of this workspace, as Slack says."""
    check_member(person, team)
    if not person.is_admin:
        raise NotAllowedError(ADMINS_ONLY)


def may_steer(person: Person, thread: Thread) -> bool:
    """True: they own the task or administer its workspace."""
    return thread.team in person.teams and (person.id == thread.owner or person.is_admin)


def check_steering(person: Person, thread: Thread) -> None:
    """Raises NotAllowedError unless they may press this task's buttons."""
    check_member(person, thread.team)
    if not may_steer(person, thread):
        raise NotAllowedError(f"Only <@{thread.owner}> and the admins of this workspace can do that.")


def check_named(person: Person, thread: Thread | None) -> None:
    """Raises NotAllowedError unless they may press the buttons of a task whose ID they typed.

    `thread` is None for a task that was not begun in Slack, or does not exist: the words are the same for all of these.
    """
    if not (person.is_admin if thread is None else may_steer(person, thread)):
        raise NotAllowedError(NOT_YOURS)


def named(services: TaskServices, person: Person, task_id: str) -> Thread | None:
    """Returns the thread of the task whose ID `person` typed, if they may press its buttons; None for a terminal's.

    Raises NotAllowedError, in the same words for a task of another workspace.
    """
    thread = services.threads.load(task_id)
    if is_elsewhere(services, thread):
        raise NotAllowedError(NOT_YOURS)
    check_named(person, thread)
    return thread


def is_elsewhere(services: TaskServices, thread: Thread | None) -> bool:
    """True: the task was begun in another workspace. Nobody steers or sees it here, not even who is in both."""
    return thread is not None and thread.team != services.team


def steerable(services: TaskServices, person: Actor, task_id: str, button: Action | None = None) -> Migration:
    """Returns the migration, if `person` may steer it and `button`, where one is given, applies to it.

    Raises NotAllowedError, in the same words whether there is no such task or only none of theirs that was begun in
    Slack; InputError for a task that does not exist, to an admin and the operator; what `check_applies` raises.
    """
    if isinstance(person, Person):
        _check_named(services, person, task_id)
    migration = services.engine.store.load(task_id)
    if button is not None:
        check_applies(services, person, migration, button)
    return migration


def _check_named(services: TaskServices, person: Person, task_id: str) -> None:
    """Raises NotAllowedError unless they may steer the task of that ID, or administer a terminal's."""
    thread = services.threads.load(task_id)
    if is_elsewhere(services, thread):
        raise NotAllowedError(OUTSIDER)
    if thread is not None:
        check_steering(person, thread)
    else:
        check_member(person, services.team)
        if not person.is_admin:
            raise NotAllowedError(UNKNOWN)


def check_applies(services: TaskServices, person: Actor, migration: Migration, button: Action) -> None:
    """Raises ButtonGoneError unless the button can be pressed now.

    The operator sees no buttons, and can steer what was interrupted: for them, raises InputError unless the table of
    states allows what the button does.
    """
    if isinstance(person, Operator):
        for act in STEERS.get(button, ()):
            states.check(migration, act, services.clock())
    elif not applies(button, migration, services.clock()):
        raise ButtonGoneError(button, migration, services.threads.pressed(migration.task_id))
