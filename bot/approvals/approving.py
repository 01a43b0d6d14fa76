"""Approving: what one person asks for, and a second one allows or refuses.

A decision is written down first, and only once. What it brings about follows (`finish` of `approved.py`), in the same
process or, where that has died, by `bot/work/approvals.py`. All raise NotAllowedError, and NoLongerError where somebody
else was quicker, or there is nothing (any more) to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot.approvals.approved import WAYS, approvers, finish, press, write_down
from bot.audit.auditing import attempt
from bot.buttons import NoLongerError
from bot.ids import COMMAND
from bot.notices.decisions import already
from bot.people import Person
from bot.permissions import NotAllowedError, check_admin, check_member
from bot.services import FIRST, Services, Try
from bot.stored.approvals import LASTS, Approval, Decision, Subject
from bot.stored.audit_entries import What
from engine.errors import InputError
from engine.migration.task_id import parse_task_id

GONE = "There is nothing to decide any more. Perhaps the data of that migration has been deleted."
OVER = "The time to decide that is over."
OWN = "You have asked for this yourself. Another admin of this workspace has to decide it."
NOT_ASKER = "Only <@{}>, who has asked for it, can take it back."
NOT_NAMED = "Only the admins who are named for that in the settings can decide it."
ALREADY = (
    "The approval of another admin is waited for already, since <@{}> has asked for it. "
    f"Whoever has asked can take it back: press *Take it back* on the card, or type `{COMMAND} status` and the task ID."
)
ELSEWHERE = (
    "The approval of an admin of another workspace is waited for already: this migration was begun at the terminal, so "
    "admins of every workspace may steer it."
)
NOBODY = (
    "This needs the approval of another admin of this workspace, and there is none. Make somebody else an admin in "
    "Slack, or switch the approval of a second person off in OMM's settings: `" + COMMAND + " admin settings`."
)


def is_needed(services: Services, subject: Subject) -> bool:
    """True: the workspace's policy wants a second person to allow it. Raises UnreadableError."""
    return subject is Subject.SERVICE_ACCOUNT or services.policies.load(services.team).second_person


def check_not_asked(services: Services, subject: Subject, about: str) -> None:
    """Raises NoLongerError while a second person is asked for that already."""
    found = services.approvals.find(subject, about)
    if found is not None and found.is_waiting and services.clock() < found.until:
        raise NoLongerError(_waits(services, found))


def _waits(services: Services, found: Approval) -> str:
    """That somebody has asked already; nobody of another workspace is named."""
    return ALREADY.format(found.asker) if found.team == services.team else ELSEWHERE


def ask(
    services: Services, person: Person, subject: Subject, about: str, arguments: Mapping[str, Any], this: Try = FIRST
) -> Approval:
    """Asks a second person to allow it, and returns the request. `about` is as in Subject.

    `arguments` are what is done when it is approved (`approved.py`), never a secret. Asked twice by the same click,
    it is one request. A job finds out who may decide, and has them told; where nobody may, it tells the asker. Raises
    what the subject's `may_ask` does, and NotAllowedError where it is known by now that nobody may decide.
    """
    with attempt(services, person, What.ASK, _id(about)) as act:
        asked = this.at or services.clock()
        before = services.approvals.find(subject, about)
        if before is None or (before.asker, before.asked) != (person.id, asked):
            _check_ask(services, person, subject, about)
            _put_aside(services, before)

        def written(now: Approval | None) -> Approval:
            if now is not None and now.is_waiting and (now.asker, now.asked) != (person.id, asked):
                raise NoLongerError(_waits(services, now))
            if now is not None and (now.asker, now.asked) == (person.id, asked):
                return now
            return Approval(subject, about, services.team, person.id, asked, asked + LASTS, MappingProxyType({
                **arguments
            }))

        approval = services.approvals.change(subject, about, written)
        if approval is None:
            raise NoLongerError(GONE)
        if approval.is_waiting:
            begin(services, approval)
        act.outcome = None      # it is in the audit already
        return approval


def begin(services: Services, approval: Approval) -> None:
    """Keeps what is needed while it waits, and has the approvers found and told. Safe to call again."""
    WAYS[approval.subject].keeps(services, approval)
    write_down(services, approval)
    press(services, approval)
    services.jobs.tell_approvers(approval.subject, approval.about)


def _check_ask(services: Services, person: Person, subject: Subject, about: str) -> None:
    WAYS[subject].may_ask(services, person, about)
    check_not_asked(services, subject, about)
    admins = services.people.known_admins()
    if admins is not None and not approvers(services, subject, person.id, admins):
        raise NotAllowedError(WAYS[subject].nobody or NOBODY)


def _put_aside(services: Services, before: Approval | None) -> None:
    """Finishes an earlier request for the same; its messages lose their buttons."""
    if before is None:
        return
    if before.is_waiting:       # nobody has decided in time
        before = decide(services, before, Decision.EXPIRED, "")
    if not before.settled:
        finish(services, before)
    services.approvals.leave(before)


def named(services: Services, person: Person, what: What, value: str) -> tuple[Subject, str, str]:
    """The subject, ID and edition in the value of a button of somebody who may decide.

    Raises NotAllowedError for anybody else, NoLongerError for a value that is none of ours.
    """
    subject, _, rest = value.partition(":")
    about, _, edition = rest.partition(":")
    with attempt(services, person, what, _id(about)) as this:
        check_admin(person, services.team)
        if subject not in set(Subject) or not edition or _id(about) != about:
            raise NoLongerError(GONE)
        this.outcome = None
    return Subject(subject), about, edition


def _id(text: str) -> str:
    """The ID of the task or form in the text, '' if it is none."""
    with suppress(InputError):
        return parse_task_id(text)
    return ""


def approve(
    services: Services, person: Person, subject: Subject, about: str, this: Try = FIRST, *, edition: str = ""
) -> Approval:
    """Allows what was asked for, and orders it. Returns the request.

    `edition` is that of the request whose button was pressed; '' for whatever is asked now. Where it cannot be done any
    more, it is taken back, and NoLongerError says why.
    """
    return _decide(services, person, (subject, about, edition), Decision.APPROVED, this)


def deny(
    services: Services, person: Person, subject: Subject, about: str, this: Try = FIRST, *, edition: str = ""
) -> Approval:
    """Refuses what was asked for. Returns the request. `edition` is as above."""
    return _decide(services, person, (subject, about, edition), Decision.DENIED, this)


def withdraw(services: Services, person: Person, subject: Subject, about: str, this: Try = FIRST) -> Approval:
    """Takes back what the person has asked for. Returns the request."""
    with attempt(services, person, What.WITHDRAW, _id(about)) as act:
        check_member(person, services.team)
        found = _found(services, subject, about, "")
        if person.id != found.asker:
            raise NotAllowedError(NOT_ASKER.format(found.asker))
        after = _decided(services, found, Decision.WITHDRAWN, person, this)
        act.outcome = None      # it is in the audit already
        return after


def _decide(
    services: Services, person: Person, what: tuple[Subject, str, str], decision: Decision, this: Try
) -> Approval:
    subject, about, edition = what
    done = What.APPROVE if decision is Decision.APPROVED else What.DENY
    with attempt(services, person, done, _id(about)) as act:
        check_admin(person, services.team)
        found = _found(services, subject, about, edition)
        if person.id == found.asker:
            raise NotAllowedError(OWN)
        if not approvers(services, subject, found.asker, [person]):
            raise NotAllowedError(NOT_NAMED)
        after = _decided(services, found, decision, person, this)
        act.outcome = None      # as above
        return after


def _found(services: Services, subject: Subject, about: str, edition: str) -> Approval:
    found = services.approvals.find(subject, about)
    if found is None or found.team != services.team or edition not in ("", found.edition):
        raise NoLongerError(GONE)
    return found


def _decided(services: Services, found: Approval, decision: Decision, person: Person, this: Try) -> Approval:
    """Decides it, unless somebody was quicker, or it can be done no more; and has it done."""
    why = WAYS[found.subject].refusal(services, found) if decision is Decision.APPROVED and found.is_waiting else ""
    if why:
        finish(services, decide(services, found, Decision.WITHDRAWN, "", why=why))
        raise NoLongerError(why)
    now = _after(found, this.at or services.clock())
    after = decide(services, found, decision, person.id, at=now)
    if (after.decision, after.decider, after.decided) != (decision, person.id, now):
        raise NoLongerError(already(after))
    if not after.settled:
        finish(services, after)
    return after


def _after(found: Approval, at: datetime) -> datetime:
    """That time; just after it was asked for, if the clock of whoever asked is ahead of ours."""
    return max(at, found.asked + timedelta(milliseconds=1))


def decide(
    services: Services, found: Approval, decision: Decision, decider: str, *, at: datetime | None = None, why: str = ""
) -> Approval:
    """Writes the decision down, unless there is one; returns the request as it is then.

    `decider` is '' for OMM itself, and `why` its own words then; `at` is when (UTC), None for now. Nothing else is
    done: see `finish`.
    """
    now = _after(found, at or services.clock())

    def decided(before: Approval | None) -> Approval | None:
        if before is None or before.edition != found.edition:
            raise NoLongerError(GONE)
        if not before.is_waiting:
            return before
        if decider and now >= before.until:
            raise NoLongerError(OVER)
        return replace(before, decision=decision, decider=decider, decided=now, why=why)

    after = services.approvals.change(found.subject, found.about, decided)
    if after is None:
        raise NoLongerError(GONE)
    return after
