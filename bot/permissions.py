"""Permissions: who may do what. Asked on the server at every click; what Slack shows protects nothing."""

from __future__ import annotations

from bot.people import Person
from bot.threads import Thread
from engine.errors import OmmError


class NotAllowedError(OmmError):
    """Somebody may not do that. Its words are for them, and tell nothing about the task."""


def check_member(person: Person, team: str) -> None:
    """Raises NotAllowedError unless they are a full member of this workspace."""
    if team not in person.teams:
        raise NotAllowedError("Only people of this workspace can use this. Ask somebody here to do it for you.")
    if person.is_guest:
        raise NotAllowedError("Guests cannot use this. Ask a full member of this workspace to do it for you.")
    if person.is_bot or person.deleted:
        raise NotAllowedError("Only people can use this.")


def may_steer(person: Person, thread: Thread) -> bool:
    """Whether they own the task or administer its workspace."""
    return thread.team in person.teams and (person.id == thread.owner or person.is_admin)


def check_steering(person: Person, thread: Thread) -> None:
    """Raises NotAllowedError unless they may press this task's buttons."""
    check_member(person, thread.team)
    if not may_steer(person, thread):
        raise NotAllowedError(f"Only <@{thread.owner}> and the admins of this workspace can do that.")
