"""Approved: what is done when a second person has decided, by what they were asked about.

A new subject is a row of WAYS. What stands in it must not import `bot.approvals.approving`, which reads this table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot import service_accounts
from bot.audit.auditing import DONE, Outcome, came_of
from bot.buttons import is_overtaken
from bot.ids import Action
from bot.notices.decisions import letters_of
from bot.people import Person, UnknownPersonError
from bot.permissions import NotAllowedError, steerable
from bot.services import Services, Try
from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.audit_entries import Result, What
from bot.stored.threads import Act, Pressed
from engine.errors import InputError, UnreadableError
from engine.migration import states
from engine.migration.back import keep_for, keep_no_longer
from engine.migration.record import Migration, State
from engine.store.stored import NEWER

OVERTAKEN = "The migration was put back in line since then."
FORGOTTEN = "Its data has been deleted."
NOT_THEIRS = "Whoever has asked for it may not roll this migration back any more."
ARGUMENTS = frozenset({"items", "kept", "discard", "counting_on_it", "agrees"})     # of a rollback
ACTS: Mapping[Decision, tuple[Act, What]] = MappingProxyType({
    Decision.APPROVED: (Act.APPROVE, What.APPROVE),
    Decision.DENIED: (Act.DENY, What.DENY),
    Decision.WITHDRAWN: (Act.WITHDRAW, What.WITHDRAW),
    Decision.EXPIRED: (Act.EXPIRE, What.EXPIRED),
})      # what is written down of a decision


@dataclass(frozen=True, slots=True)
class Way:
    """How one subject is asked about, and what comes of it.

    `may_ask(services, person, about)` raises unless they can ask for it now. `named(services)` are the Slack IDs of
    those who may decide, if they are admins; None: every admin. `refusal(services, approval)` says, in a sentence, why
    it can be done no more; '' while it can. The other three are safe to call again: `keeps`, while it waits, now and
    then; `does`, when it was approved, which returns why that was not possible, in a sentence; `leaves`, when it was
    denied or withdrawn, or has expired. `nobody` is what the asker is told where nobody may decide; '' for the usual
    words.
    """

    may_ask: Callable[[Services, Person, str], object]
    named: Callable[[Services], Collection[str] | None]
    refusal: Callable[[Services, Approval], str]
    keeps: Callable[[Services, Approval], None]
    does: Callable[[Services, Approval], str]
    leaves: Callable[[Services, Approval], None]
    nobody: str = ""


def approvers(services: Services, subject: Subject, asker: str, admins: Collection[Person]) -> list[str]:
    """The Slack IDs of those among the `admins` who may decide what `asker` asks for."""
    named = WAYS[subject].named(services)
    return [admin.id for admin in admins if admin.id != asker and (named is None or admin.id in named)]


def write_down(services: Services, approval: Approval) -> None:
    """Has the audit of its workspace say who has asked or decided; once, however often it is called.

    Whoever acts does not write it at the end, as for other acts: the request would be settled before.
    """
    who, what, at = approval.asker, What.ASK, approval.asked
    if approval.decided is not None:
        who, what, at = approval.decider, ACTS[approval.decision][1], approval.decided
    surface = services.trail.surface
    outcome = Outcome(Result.DONE, approval.why) if approval.why else DONE
    there = replace(services.at(surface, Try(at, again=True)), team=approval.team)
    came_of(there, who, what, approval.about, outcome, surface)


def press(services: Services, approval: Approval) -> None:
    """Has card and thread of a migration say who has asked for its rollback, or what was decided."""
    if approval.subject is not Subject.ROLLBACK:
        return
    who, act, at = approval.asker, Act.ASK, approval.asked
    if approval.decided is not None:
        who, act, at = approval.decider, ACTS[approval.decision][0], approval.decided
    services.threads.press(approval.about, who, act, at=at)


def finish(services: Services, approval: Approval) -> None:
    """Does what was decided, and has people told. Safe to call again: all of it comes about once."""
    way = WAYS[approval.subject]
    if approval.decision is not Decision.APPROVED:
        way.leaves(services, approval)
    elif why := way.does(services, approval):
        way.leaves(services, approval)
        approval = replace(approval, why=why)
    _settle(services, approval)


def _settle(services: Services, approval: Approval) -> None:
    """Writes down that all is done which a decision brings about, and has people told; once, as above."""
    write_down(services, approval)
    press(services, approval)

    def settle(now: Approval | None) -> Approval | None:
        if now is None or now.edition != approval.edition or now.settled:
            return now
        return replace(now, settled=True, why=approval.why)

    services.approvals.change(approval.subject, approval.about, settle, letters_of)


# Rollback. `arguments` are those of bot.services.Jobs.roll_back.


def _may_ask(services: Services, person: Person, task_id: str) -> Migration:
    return steerable(services, person, task_id, Action.ROLLBACK)


def _refusal(services: Services, approval: Approval) -> str:
    migration = _loaded(services, approval)
    if migration is None:
        return FORGOTTEN
    return _over(migration, approval) or _not_theirs(services, approval)


def _not_theirs(services: Services, approval: Approval) -> str:
    """Why its asker may not steer the migration any more; '' while they may, and while Slack does not say who it is."""
    with suppress(UnknownPersonError):
        try:
            steerable(services, services.people.look(approval.asker), approval.about)
        except NotAllowedError:
            return NOT_THEIRS
    return ""


def _over(migration: Migration, approval: Approval) -> str:
    """Why the migration can be rolled back no more; '' while it can."""
    if is_overtaken(migration, Pressed(approval.asked, approval.asker, Act.ASK)):
        return OVERTAKEN
    if migration.state is State.ROLLING_BACK:
        return f"The rollback of migration {migration.task_id} has begun already."
    try:
        states.check(migration, states.Act.ROLL_BACK, approval.asked)
    except InputError as error:
        return str(error)
    return ""


def _keep(services: Services, approval: Approval) -> None:
    """Keeps the way back open until it is decided, and the destination's password."""
    if (migration := _loaded(services, approval)) is not None:
        keep_for(services.engine, migration, approval.until)


def _order(services: Services, approval: Approval) -> str:
    """Orders what its asker has agreed to, unless that is done by now, or not possible any more."""
    migration = _loaded(services, approval)
    if migration is None or approval.used:
        return ""
    if why := _over(migration, approval):
        return why
    if not approval.arguments.keys() <= ARGUMENTS:
        raise UnreadableError(NEWER.format(f"The rollback of migration {approval.about}"))
    keep_for(services.engine, migration)
    services.jobs.roll_back(approval.about, approval.asker, agreed=approval.asked, **approval.arguments)
    services.threads.press(approval.about, approval.asker, Act.ROLLBACK, at=approval.decided)
    return ""


def take_up(services: Services, task_id: str, agreed: float) -> bool:
    """Notes that a worker has come to a rollback that was agreed to then (seconds since 1970).

    Whoever approved it may have died before people were told. False: that approval was used before.
    """
    approval = _that_allowed(services, task_id, agreed)
    if approval is not None and not (approval.settled or approval.used):
        services.threads.press(task_id, approval.asker, Act.ROLLBACK, at=approval.decided)
        _settle(services, approval)
    return approval is None or not approval.used


def use_up(services: Services, task_id: str, agreed: float) -> None:
    """Notes that a worker has done, or refused, what was agreed to at that time: the approval cannot be used again."""
    approval = _that_allowed(services, task_id, agreed)
    if approval is not None:
        services.approvals.change(
            approval.subject, task_id,
            lambda now: replace(now, used=True) if now is not None and now.edition == approval.edition else now,
        )


def _that_allowed(services: Services, task_id: str, agreed: float) -> Approval | None:
    """The request that was made then and approved; None: nobody had to."""
    with suppress(UnreadableError):
        found = services.approvals.find(Subject.ROLLBACK, task_id)
        if found is not None and found.decision is Decision.APPROVED and found.asked.timestamp() == agreed:
            return found
    return None


def _leave(services: Services, approval: Approval) -> None:
    """Has the password forgotten when the window ends; at once, if that is over."""
    if (migration := _loaded(services, approval)) is not None:
        keep_no_longer(services.engine, migration)


def _loaded(services: Services, approval: Approval) -> Migration | None:
    try:
        return services.engine.store.load(approval.about)
    except InputError:
        return None


WAYS: Mapping[Subject, Way] = MappingProxyType({
    Subject.ROLLBACK: Way(_may_ask, lambda _services: None, _refusal, _keep, _order, _leave),
    Subject.SERVICE_ACCOUNT: Way(
        service_accounts.may_ask, service_accounts.named, service_accounts.over, service_accounts.keep,
        service_accounts.begin, service_accounts.end, service_accounts.NOBODY,
    ),
})
