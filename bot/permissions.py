"""Permissions: who may do what. Asked on the server at every click; what Slack shows protects nothing."""

from __future__ import annotations

from bot.buttons import ButtonGoneError, applies
from bot.ids import COMMAND, Action
from bot.people import Person
from bot.services import Services
from bot.stored.threads import Thread
from engine.errors import OmmError
from engine.migration.record import Migration

OUTSIDER = "Only people of this workspace can use this. Ask somebody here to do it for you."
UNKNOWN = "Only its owner and the admins of this workspace can do that. If it was yours, its data has been deleted."
NOT_YOURS = (
    "You have no migration with this task ID. Only the owner of a migration and the admins of this workspace can see "
    f"or change it. To watch somebody else's, type `{COMMAND} follow` and its task ID. The card of one that you follow "
    "already is in your direct messages with OMM."
)


class NotAllowedError(OmmError):
    """Somebody may not do that. Its words are for them, and tell nothing about the task."""


def check_member(person: Person, team: str) -> None:
    """Raises NotAllowedError unless they are a full member of this workspace."""
    if team not in person.teams:
        raise NotAllowedError(OUTSIDER)
    if person.is_guest:
        raise NotAllowedError("Guests cannot use this. Ask a full member of this workspace to do it for you.")
    if person.is_bot or person.deleted:
        raise NotAllowedError("Only people can use this.")


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


def named(services: Services, person: Person, task_id: str) -> Thread | None:
    """Returns the thread of the task whose ID `person` typed, if they may press its buttons; None for a terminal's.

    Raises NotAllowedError, in the same words for a task of another workspace.
    """
    thread = services.threads.load(task_id)
    if is_elsewhere(services, thread):
        raise NotAllowedError(NOT_YOURS)
    check_named(person, thread)
    return thread


def is_elsewhere(services: Services, thread: Thread | None) -> bool:
    """True: the task was begun in another workspace. Nobody steers or sees it here, not even who is in both."""
    return thread is not None and thread.team != services.team


def steerable(services: Services, person: Person, task_id: str, button: Action | None = None) -> Migration:
    """Returns the migration, if `person` may steer it and `button`, where one is given, applies to it.

    Raises NotAllowedError, in the same words whether there is no such task or only none of theirs that was begun in
    Slack; InputError for a task that does not exist, to an admin; ButtonGoneError.
    """
    thread = services.threads.load(task_id)
    if is_elsewhere(services, thread):
        raise NotAllowedError(OUTSIDER)
    if thread is not None:
        check_steering(person, thread)
    else:
        check_member(person, services.team)
        if not person.is_admin:
            raise NotAllowedError(UNKNOWN)
    migration = services.engine.store.load(task_id)
    if button is not None:
        check_applies(services, migration, button)
    return migration


def check_applies(services: Services, migration: Migration, button: Action) -> None:
    """Raises ButtonGoneError unless the button can be pressed now."""
    if not applies(button, migration, services.clock()):
        raise ButtonGoneError(button, migration, services.threads.pressed(migration.task_id))
