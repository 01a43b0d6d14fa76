"""Service accounts in the form: a login that opens somebody else's mailbox, by impersonation or full access.

Only admins whom the workspace's policy names may ask for one, another of them approves before anything signs in, and
what is approved is bound to exactly those accounts.
"""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from bot import sources
from bot.addresses import unpasted
from bot.people import Person
from bot.permissions import Actor, NotAllowedError, check_admin
from bot.services import Services
from bot.stored.approvals import LASTS, Approval, Decision, Subject
from bot.stored.drafts import UNDECIDED, Draft, DraftState, Fields, Verdict
from engine.errors import InputError, Side
from engine.migration.account import Access
from engine.migration.record import Migration
from engine.migration.request import MigrationRequest
from engine.systems import System

ACCOUNTS = "accounts"       # the argument of an approval: a digest of what names the accounts
NOT_NAMED = (
    "Only admins whom this workspace names for service accounts can open somebody else's mailbox. Another admin can "
    "name you in the settings of OMM."
)
NOT_APPROVED = "No other admin has approved that this service account opens this mailbox. Send the form again to ask."
NO_LOOK = (
    "Check first signs in, and with a service account another admin has to approve that first. Press Start migration "
    "to ask; once it is approved, Check first works."
)
TO_TICK = Verdict("The destination is somebody else's mailbox.", UNDECIDED, Side.DESTINATION)


class Step(StrEnum):
    """What comes next for a form that was sent."""

    CHECK = "check"         # nothing is in the way of signing in
    TICK = "tick"           # its owner has to tick that the destination is somebody else's
    APPROVAL = "approval"   # another admin has to approve


# Who may


def is_named(services: Services, person: Person) -> bool:
    """True: they are an admin of this workspace, by Slack's word, and its policy names them for service accounts."""
    try:
        check_admin(person, services.team)
    except NotAllowedError:
        return False
    return person.id in services.policies.load(services.team).service_accounts


def check_named(services: Services, person: Person) -> None:
    """Raises NotAllowedError unless they are named for service accounts."""
    if not is_named(services, person):
        raise NotAllowedError(NOT_NAMED)


def check_fields(services: Services, person: Person, fields: Fields) -> None:
    """Raises NotAllowedError if the form asks for a service account, and its owner is not named for them."""
    if fields.opens_others:
        check_named(services, person)


def check_task(services: Services, person: Actor, migration: Migration) -> None:
    """Raises NotAllowedError if a service account opens its mailboxes, unless they are named or the operator."""
    if isinstance(person, Person) and is_by_service_account(migration.request):
        check_named(services, person)


def offered(services: Services, person: Person, draft: Draft) -> Draft:
    """The draft as that person is to see it: with service accounts, or without what it says of them."""
    if is_named(services, person):
        return replace(draft, opens_others=True)
    return replace(draft, opens_others=False, asks_about="", fields=without(draft.fields))


def without(fields: Fields) -> Fields:
    """The fields with each login's own mailbox."""
    return replace(
        fields, source_access=Access.OWN, source_mailbox="", destination_access=Access.OWN, destination_mailbox="",
        somebody_elses="",
    )


# What is asked for


def is_by_service_account(request: MigrationRequest) -> bool:
    """True: one of its mailboxes is opened by a login that is not its own."""
    return bool(request.source.mailbox or request.destination.mailbox)


def sides(fields: Fields) -> tuple[Side, ...]:
    """The sides whose mailbox is opened by a service account."""
    source = fields.source_access is not Access.OWN and sources.find(fields.source_kind).system.row.opens_others
    destination = fields.destination_access is not Access.OWN and System.EXCHANGE.row.opens_others
    return tuple(side for side, one in ((Side.SOURCE, source), (Side.DESTINATION, destination)) if one)


def somebody_elses(person: Person, fields: Fields) -> str:
    """The destination's address, if a service account is used and it is not that of the source's owner; else ''.

    The owner of a source that is opened by its own login is whoever has typed its password, so that their address in
    Slack, where Slack tells it, is the owner's, too.
    """
    by = sides(fields)
    if not by:
        return ""
    source = fields.source_mailbox if Side.SOURCE in by else fields.source_login
    destination = fields.destination_mailbox if Side.DESTINATION in by else fields.destination_login
    owners = {_folded(source), *([_folded(person.email)] if Side.SOURCE not in by and person.email else [])}
    return "" if _folded(destination) in owners else unpasted(destination)


def _folded(address: str) -> str:
    return unpasted(address).casefold()


def step(services: Services, person: Person, draft_id: str, fields: Fields) -> Step:
    """What comes next for that form of theirs. Raises NotAllowedError unless they may send it."""
    check_fields(services, person, fields)
    if not sides(fields):
        return Step.CHECK
    if somebody_elses(person, fields) not in ("", fields.somebody_elses):
        return Step.TICK
    return Step.CHECK if approval_of(services, draft_id, person.id, fields) else Step.APPROVAL


def check_look(services: Services, person: Person, draft_id: str, fields: Fields) -> None:
    """Raises NotAllowedError, or InputError, unless Check first may sign in to the form's accounts."""
    if step(services, person, draft_id, fields) is not Step.CHECK:
        raise InputError(NO_LOOK)


# The approval


def bound(fields: Fields) -> str:
    """A digest of what names the accounts: an approval counts for these alone."""
    return sha256(json.dumps(fields.accounts).encode("utf-8", "replace")).hexdigest()


def approval_of(services: Services, draft_id: str, owner: str, fields: Fields) -> Approval | None:
    """The approval of exactly these accounts by somebody else than the form's owner; None: there is none."""
    found = services.approvals.find(Subject.SERVICE_ACCOUNT, draft_id)
    if found is None or found.decision is not Decision.APPROVED or found.arguments.get(ACCOUNTS) != bound(fields):
        return None
    is_theirs = (found.team, found.asker) == (services.team, owner)
    return found if is_theirs and found.decider not in ("", owner) else None


def refusal(services: Services, draft: Draft) -> str:
    """Why OMM may not sign in to the form's accounts; '' if it may. Raises UnknownPersonError."""
    if not sides(draft.fields):
        return ""
    if not is_named(services, services.people.look(draft.owner)):
        return NOT_NAMED
    return "" if approval_of(services, draft.id, draft.owner, draft.fields) else NOT_APPROVED


def ask(services: Services, person: Person, draft: Draft) -> None:
    """Has another admin asked to approve the accounts of that form, unless they are being asked already."""
    accounts, now = bound(draft.fields), services.clock()
    services.approvals.change(Subject.SERVICE_ACCOUNT, draft.id, lambda before: (
        before if before is not None and before.decision is Decision.WAITING and before.arguments[ACCOUNTS] == accounts
        else Approval(
            Subject.SERVICE_ACCOUNT, draft.id, services.team, person.id, now, now + LASTS,
            MappingProxyType({ACCOUNTS: accounts}),
        )
    ))


def begin(services: Services, approval: Approval) -> bool:
    """Has the form checked whose service accounts were approved, as if it was sent now.

    False: it is gone, was opened again, or names other accounts by now, so that nothing begins.
    """
    draft = services.drafts.change(approval.about, lambda now: _checked(now, approval))
    if draft is None or draft.state is not DraftState.CHECKING:
        return False
    services.jobs.check(draft.id, draft.generation)
    return True


def _checked(draft: Draft, approval: Approval) -> Draft:
    if draft.state is not DraftState.APPROVAL or approval.arguments.get(ACCOUNTS) != bound(draft.fields):
        return draft
    return replace(
        draft, state=DraftState.CHECKING, generation=draft.generation + 1, edition=draft.edition + 1, verdict=None,
    )


def end(services: Services, approval: Approval) -> None:
    """Takes back a form whose service accounts were not approved: it stays as it is, without its passwords."""
    draft = services.drafts.change(approval.about, lambda now: _ended(now, approval))
    if draft is not None and draft.state is DraftState.OPEN and not draft.kept:
        services.engine.vault.drop(draft.id)


def _ended(draft: Draft, approval: Approval) -> Draft:
    if draft.state is not DraftState.APPROVAL or approval.arguments.get(ACCOUNTS) != bound(draft.fields):
        return draft
    return replace(draft, state=DraftState.OPEN, edition=draft.edition + 1, kept=frozenset(), has_letter=True)
