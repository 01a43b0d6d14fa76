"""Service accounts in the form: a login that opens somebody else's mailbox, by impersonation or full access.

Only admins whom the workspace's policy names may ask for one, another of them approves before anything signs in, and
what is approved is bound to exactly those accounts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from hashlib import sha256

from bot import sources
from bot.addresses import parse_address, unpasted
from bot.ids import COMMAND
from bot.people import Person, UnknownPersonError
from bot.permissions import Actor, NotAllowedError, check_admin
from bot.services import Services
from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.drafts import KEPT, UNDECIDED, Draft, DraftState, Fields, Verdict
from bot.stored.threads import Act
from engine.errors import InputError, Side
from engine.migration.account import Access
from engine.migration.record import Migration
from engine.migration.request import MigrationRequest
from engine.systems import System

# Arguments of an approval: a digest of what names the accounts, what whoever decides it reads, the form's generation.
ACCOUNTS, SAYS, SENT = "accounts", "says", "sent"
NOT_NAMED = (
    "Only admins whom this workspace names for service accounts can open somebody else's mailbox. Another admin can "
    "name you in the settings of OMM."
)
NO_LONGER = (
    "Whoever has asked for this is not named for service accounts any more. An admin who is can resume it on the card."
)
PUTS_IN_LINE = frozenset({Act.RESUME, Act.RETRY})
NOT_APPROVED = "No other admin has approved that this service account opens this mailbox. Send the form again to ask."
NO_LOOK = (
    "Check first signs in, and with a service account another admin has to approve that first. Press Start migration "
    "to ask; once it is approved, Check first works."
)
NO_FORM = "The form has expired, or was changed or deleted meanwhile."
CHANGED = "The form names other accounts by now."
ASKER_NOT_NAMED = "Whoever has asked is not named for service accounts any more."
NOBODY = (
    "Another admin who is named for service accounts has to approve this, and there is none. An admin can name "
    f"somebody in OMM's settings: `{COMMAND} admin`."
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


def check_begin(services: Services, migration: Migration, owner: str) -> None:
    """Raises NotAllowedError if a service account is about to open its mailboxes for somebody who is not named (now).

    That is whoever has resumed or retried it last, else its owner. Nobody knows for sure while Slack does not say who
    that is; then it goes on, as it was allowed a moment ago. The operator may.
    """
    if migration.started is not None or not is_by_service_account(migration.request):
        return
    presses = [press.user for press in services.threads.pressed(migration.task_id) if press.act in PUTS_IN_LINE]
    if who := [owner, *presses][-1]:
        with suppress(UnknownPersonError):
            if not is_named(services, services.people.look(who)):
                raise NotAllowedError(NO_LONGER)


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


def asked(services: Services, fields: Fields, draft_id: str) -> Approval | None:
    """What another admin is being asked about that form, if it is about exactly these accounts; None: it is not."""
    found = services.approvals.find(Subject.SERVICE_ACCOUNT, draft_id)
    if found is None or not found.is_waiting or services.clock() >= found.until:
        return None
    return found if found.arguments.get(ACCOUNTS) == bound(fields) else None


def arguments(draft: Draft) -> Mapping[str, object]:
    """What an approval of the form's accounts is bound to, and what whoever decides it reads."""
    return {ACCOUNTS: bound(draft.fields), SAYS: list(_lines(draft.fields)), SENT: draft.generation}


def _lines(fields: Fields) -> Iterator[str]:
    """Which login opens which mailbox on which server, a sentence for each side."""
    by = sides(fields)
    for side, server, login, mailbox, access in (
        (Side.SOURCE, fields.source_server, fields.source_login, fields.source_mailbox, fields.source_access),
        (Side.DESTINATION, fields.destination_server, fields.destination_login, fields.destination_mailbox,
         fields.destination_access),
    ):
        name, host = unpasted(login), parse_address(server).netloc
        if side in by:
            yield f"{side.capitalize()}: the service account {name} opens {unpasted(mailbox)} on {host}, by {access}."
        else:
            yield f"{side.capitalize()}: {name} on {host}, by its own login."
    if fields.somebody_elses:
        yield "The destination's address is not that of the source."


# What comes of it: a row of WAYS in bot/approvals/approved.py


def may_ask(services: Services, person: Person, _draft_id: str) -> None:
    """Raises NotAllowedError unless they are named for service accounts."""
    check_named(services, person)


def named(services: Services) -> Collection[str]:
    """The Slack IDs of those who may decide, if they are admins."""
    return services.policies.load(services.team).service_accounts


def over(services: Services, approval: Approval) -> str:
    """Why it can be approved no more; '' while it can."""
    draft = services.drafts.load(approval.about)
    if draft is None or draft.state is not DraftState.APPROVAL:
        return NO_FORM
    if approval.arguments.get(ACCOUNTS) != bound(draft.fields):
        return CHANGED
    with suppress(UnknownPersonError):      # the check asks once more
        if not is_named(services, services.people.look(draft.owner)):
            return ASKER_NOT_NAMED
    return ""


def keep(services: Services, approval: Approval) -> None:
    """Keeps the form's passwords until it is decided."""
    for side in Side:
        services.engine.vault.extend(approval.about, side, approval.until)


def begin(services: Services, approval: Approval) -> str:
    """Has the form checked whose service accounts were approved, as if it was sent now. Safe to call again.

    One that is gone, was opened again, or names other accounts by now is left as it is.
    """
    _keep_as_a_form(services, approval)
    draft = services.drafts.change(approval.about, lambda now: _checked(now, approval))
    if draft is not None and draft.state is DraftState.CHECKING and not draft.looks:
        services.jobs.check(draft.id, draft.generation)
    return ""


def _checked(draft: Draft, approval: Approval) -> Draft:
    if draft.state is not DraftState.APPROVAL or approval.arguments.get(ACCOUNTS) != bound(draft.fields):
        return draft
    return replace(
        draft, state=DraftState.CHECKING, generation=draft.generation + 1, edition=draft.edition + 1, verdict=None,
    )


def end(services: Services, approval: Approval) -> None:
    """Has a form whose service accounts were not approved open again, without its passwords. Safe to call again.

    One that was sent again waits for a newer request, and is left as it is.
    """
    _keep_as_a_form(services, approval)
    draft = services.drafts.change(approval.about, lambda now: _ended(now, approval))
    if draft is not None and draft.state is DraftState.OPEN and not draft.kept:
        services.engine.vault.drop(draft.id)


def _ended(draft: Draft, approval: Approval) -> Draft:
    if draft.state is not DraftState.APPROVAL or not _waits_for(draft, approval):
        return draft
    return replace(draft, state=DraftState.OPEN, edition=draft.edition + 1, kept=frozenset(), has_letter=True)


def _waits_for(draft: Draft, approval: Approval) -> bool:
    """True: it is this request that the form waits for, if it waits for one."""
    sent = approval.arguments.get(SENT, draft.generation)       # an earlier release does not say it
    return (approval.arguments.get(ACCOUNTS), sent) == (bound(draft.fields), draft.generation)


def _keep_as_a_form(services: Services, approval: Approval) -> None:
    """Has the passwords end as those of any form: they were kept for longer while a second person was asked."""
    draft = services.drafts.load(approval.about)
    if draft is None or approval.decided is None or draft.state in (DraftState.CHECKING, DraftState.STARTED):
        return
    if draft.state is not DraftState.APPROVAL or _waits_for(draft, approval):
        for side in Side:
            services.engine.vault.expire(draft.id, side, approval.decided + KEPT)
