"""Following: a migration's card in somebody's own conversation.

Others than its owner and the admins prove that they know it. Whoever does not know the login of the source account
learns nothing: not even whether there is such a task.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from enum import StrEnum

from bot.audit.auditing import DONE, Outcome, audited, only_refusals
from bot.people import Person
from bot.permissions import check_member, is_elsewhere, may_steer
from bot.services import FIRST, Services, Try
from bot.stored.audit_entries import Result, What
from bot.stored.threads import Act, Card, Thread
from engine.errors import InputError
from engine.migration.account import Account
from engine.systems import System, Transport

NOBODY = Account(System.IMAP, "", "", 0, Transport.TLS)       # whose login nobody can type


class Following(StrEnum):
    """What came of it."""

    NOW = "they follow it now"
    ALREADY = "they followed it before"
    LOGIN_NEEDED = "they have to type the login of the source account"
    WRONG = "there is no such task, or that is not its login"
    TOO_MANY = "they, or others, have typed too many logins in ten minutes"


def _judged(came: Following) -> Outcome | None:
    """None: they have not typed a login yet."""
    if came is Following.LOGIN_NEEDED:
        return None
    return Outcome(Result.REFUSED, came.value) if came in (Following.WRONG, Following.TOO_MANY) else DONE


@audited(What.FOLLOW, _judged)
def follow(services: Services, person: Person, task_id: str, this: Try = FIRST) -> Following:
    """Has its owner or an admin follow it; all others have to type the login first.

    Returns NOW, ALREADY or LOGIN_NEEDED. Raises NotAllowedError, and to an admin InputError where there is no such
    task in Slack.
    """
    check_member(person, services.team)
    thread = services.threads.load(task_id)
    if thread is not None and not is_elsewhere(services, thread) and may_steer(person, thread):
        return _follow(services, person, thread, this, steers=True)
    if thread is None and person.is_admin:
        raise InputError(f"There is no migration {task_id} that was started in Slack.")
    return Following.LOGIN_NEEDED


@audited(What.FOLLOW, only_refusals)
def follows(services: Services, person: Person, task_id: str) -> bool:
    """True: they follow it. Raises NotAllowedError."""
    check_member(person, services.team)
    return _begun_here(services, task_id) is not None and person.id in services.threads.of_followers(task_id)


@audited(What.FOLLOW, _judged)
def prove(services: Services, person: Person, task_id: str, login: str, this: Try = FIRST) -> Following:
    """Has somebody follow it who types the `login` of its source account, whatever its case.

    Where a service account opens the source, the mailbox's own address counts instead, and that login does not.

    Right or wrong, known task or not, the same is done up to the answer. Returns NOW, ALREADY, WRONG or TOO_MANY.
    Raises NotAllowedError.
    """
    check_member(person, services.team)
    if not services.guesses.allowed(person.id, task_id):
        return Following.TOO_MANY
    thread, source = _begun_here(services, task_id), _source(services, task_id)
    right = _is_login(login, source) and thread is not None
    services.guesses.note(person.id, task_id, right=right)
    if thread is None or not right:
        return Following.WRONG
    return _follow(services, person, thread, this, steers=False)


def _begun_here(services: Services, task_id: str) -> Thread | None:
    """The task's thread, None for a task that was not begun in this workspace."""
    thread = services.threads.load(task_id)
    return None if is_elsewhere(services, thread) else thread


def _source(services: Services, task_id: str) -> Account:
    try:
        return services.engine.store.load(task_id).request.source
    except InputError:
        return NOBODY


def _is_login(typed: str, source: Account) -> bool:
    """True: that is whose account it is, whatever its case, in a time that tells nothing."""
    ours, theirs = (account.identity.encode() for account in (source, replace(source, login=typed, mailbox="")))
    return hmac.compare_digest(ours, theirs) and bool(source.login)


def _follow(services: Services, person: Person, thread: Thread, this: Try, *, steers: bool) -> Following:
    """Writes down that they follow it."""
    own = person.id == thread.owner
    if person.id in services.threads.of_followers(thread.task_id) or (own and not thread.channel):
        return Following.ALREADY
    if steers:
        services.threads.put_card(thread.task_id, Card(person.id, "", buttons=True, masked=not own))
    services.threads.press(thread.task_id, person.id, Act.FOLLOW, at=this.at)
    return Following.NOW
