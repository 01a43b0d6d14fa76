"""Starting: a form, from an empty one to the order to check what was typed. A job starts the migration.

A form belongs to one person: nobody else can continue, change, send or close it. All raise NotAllowedError, and
InputError for a form that has expired or never was. What begins something asks what the workspace's admins allow
(bot/policy.py), and raises UnreadableError where that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import service_accounts, sources
from bot.addresses import named_host
from bot.approvals import approving
from bot.audit.auditing import audited, only_refusals
from bot.buttons import NoLongerError
from bot.form_passwords import Typed, are_new, drop_lost, keep, with_typed
from bot.ids import COMMAND
from bot.people import Person
from bot.permissions import NotAllowedError, check_member
from bot.policy import check_may_migrate, check_servers
from bot.service_accounts import Step
from bot.services import FIRST, Services, Try
from bot.stored.approvals import Subject
from bot.stored.audit_entries import What
from bot.stored.drafts import Draft, DraftState, Fields, Waits, with_accounts
from bot.where_typed import check_typed
from engine.errors import InputError, Side

if TYPE_CHECKING:
    from datetime import datetime

GONE = f"This form has expired. Start again with {COMMAND} migrate."
NOT_YOURS = "Only the person who opened this form can continue it."


# Opening it


@audited(What.FORM, only_refusals)
def new_form(services: Services, person: Person, channel: str) -> Draft:
    """An empty form. The card will stand in `channel`, for '' in the person's conversation with us."""
    check_member(person, services.team)
    check_may_migrate(services, person)
    return services.drafts.new(
        team=services.team, owner=person.id, channel=channel, opens_others=service_accounts.is_named(services, person)
    )


@audited(What.FORM, only_refusals)
def own_form(services: Services, person: Person, draft_id: str) -> Draft:
    """The person's own form, as it is now."""
    check_member(person, services.team)
    draft = services.drafts.load(draft_id)
    if draft is None:
        raise InputError(GONE)
    if (draft.team, draft.owner) != (services.team, person.id):
        raise NotAllowedError(NOT_YOURS)
    return draft


def continue_form(services: Services, person: Person, draft_id: str) -> Draft:
    """The person's own form, open again if it was closed. A migration that it has started is not touched.

    Without service accounts, unless they are named for them (any more).
    """
    own_form(services, person, draft_id)
    return changed(
        services, draft_id, lambda draft: _reopened(service_accounts.offered(services, person, draft))
    )


def _reopened(draft: Draft) -> Draft:
    return replace(draft, state=DraftState.OPEN) if draft.state in (DraftState.CLOSED, DraftState.OVER) else draft


def form_is_open(services: Services, person: Person, draft_id: str, view_id: str) -> None:
    """Notes the view in which the person has the form before them.

    Any other form that they had before them is closed by that: Slack says nothing of that one.
    """
    draft = own_form(services, person, draft_id)
    services.drafts.change(draft_id, lambda now: replace(now, view_id=view_id))
    if (before := services.drafts.opened(draft)) is not None:
        _end(services, before, lambda now: _over(now, services.clock()))


# Changing it


@audited(What.FORM, only_refusals)
def change_form(
    services: Services, person: Person, draft_id: str, change: Callable[[Draft], Draft], typed: Typed, this: Try = FIRST
) -> Draft:
    """The form after a choice in one of its menus: another kind of source, or another offer.

    `change` gives the draft with what is on the screen now; it may be called again. Where the form comes up anew, with
    its fields of passwords empty, the `typed` passwords are kept. The verdict of a check under way is ignored, and so
    is the approval of accounts that it does not name any more.
    """
    before = own_form(services, person, draft_id)
    check_typed(services, person, typed)
    service_accounts.check_fields(services, person, change(before).fields)
    after = changed(services, draft_id, lambda draft: _chosen(draft, change, typed))
    drop_lost(services, before, after)
    drawn_anew = after.edition != before.edition or this.again
    if drawn_anew and after.state not in (DraftState.STARTED, DraftState.OVER):
        keep(services, after, typed)
    return after


def _chosen(draft: Draft, change: Callable[[Draft], Draft], typed: Typed) -> Draft:
    if draft.state is DraftState.STARTED:
        return draft
    changed = change(draft)
    after = replace(with_accounts(replace(changed, fields=draft.fields), changed.fields), waits=Waits.NOTHING)
    if after.edition != draft.edition and after.state is not DraftState.OVER:    # fields of passwords come up empty
        after = with_typed(after, after.fields, typed)
    names_others = after.state is DraftState.APPROVAL and after.fields.accounts != draft.fields.accounts
    if after.state is DraftState.CHECKING or names_others:
        after = replace(after, state=DraftState.OPEN, generation=after.generation + 1)
    return after


# Sending and closing it


@audited(What.SEND, only_refusals)
def check_form(services: Services, person: Person, draft_id: str, fields: Fields) -> None:
    """Raises NotAllowedError if the form asks for what its owner may not have, whatever else is wrong with it."""
    own_form(services, person, draft_id)
    service_accounts.check_fields(services, person, fields)


@audited(What.SEND)
def send_form(
    services: Services, person: Person, draft_id: str, fields: Fields, typed: Typed, *, view_id: str, edition: int = 0
) -> Draft:
    """Orders the check of a form that was filled in. Sent twice as it is, it is checked once.

    It is on the screen as `view_id`, drawn when the draft had that `edition`: what was asked since, nobody has seen.
    `typed` are the passwords that were typed; the others are kept already. Returns the form, which is being checked, or
    has started its migration before.
    """
    draft = own_form(services, person, draft_id)
    check_typed(services, person, typed)
    if draft.state is DraftState.STARTED:
        return draft
    check_policy(services, person, fields)
    step = service_accounts.step(services, person, draft_id, fields)
    if step is not Step.CHECK:
        return _held_back(services, person, draft_id, fields, typed, view_id=view_id, step=step)
    is_new = draft.fields != fields or are_new(services, draft, typed)
    after = changed(
        services, draft_id, lambda now: _checking(seen(now, fields, edition), fields, typed, view_id, is_new=is_new)
    )
    drop_lost(services, draft, after)
    if after.state is DraftState.CHECKING:
        keep(services, after, typed)
        services.jobs.check(after.id, after.generation)
    return after


def _held_back(
    services: Services, person: Person, draft_id: str, fields: Fields, typed: Typed, *, view_id: str, step: Step
) -> Draft:
    """The form before anything signs in: its owner is asked to tick something, or another admin to approve it."""
    asks = service_accounts.somebody_elses(person, fields)
    is_asked = step is Step.APPROVAL and service_accounts.asked(services, fields, draft_id) is not None

    def held(now: Draft) -> Draft:
        if now.state is DraftState.STARTED:
            return now
        ticks, waits = step is Step.TICK, is_asked and now.state is DraftState.APPROVAL
        return replace(
            with_typed(now, fields, typed), generation=now.generation + (0 if waits else 1),
            edition=now.edition + 1, view_id=view_id, looks=False, waits=Waits.NOTHING, page_until=None, asked=(),
            asks_about=asks,
            state=DraftState.OPEN if ticks else DraftState.APPROVAL,
            verdict=service_accounts.TO_TICK if ticks else None,
        )

    before, after = services.drafts.load(draft_id), changed(services, draft_id, held)
    drop_lost(services, before or after, after)
    if after.state is DraftState.STARTED:
        return after
    keep(services, after, typed)
    if after.state is DraftState.APPROVAL:
        try:
            _ask_another(services, person, after)
        except NotAllowedError:     # there is nobody to ask
            changed(services, draft_id, _not_asked)
            raise
    return after


def _not_asked(draft: Draft) -> Draft:
    return replace(draft, state=DraftState.OPEN) if draft.state is DraftState.APPROVAL else draft


def _ask_another(services: Services, person: Person, draft: Draft) -> None:
    """Has another admin asked about the form's accounts, unless that is so; what was asked about others is over."""
    if service_accounts.asked(services, draft.fields, draft.id) is not None:
        return
    with suppress(NoLongerError):       # nothing is asked, or it is decided
        approving.withdraw(services, person, Subject.SERVICE_ACCOUNT, draft.id, services.trail.this)
    arguments = service_accounts.arguments(draft)
    approving.ask(services, person, Subject.SERVICE_ACCOUNT, draft.id, arguments, services.trail.this)


def take_back(services: Services, person: Person, draft_id: str, this: Try = FIRST) -> Draft:
    """Takes back what another admin is asked about the form, which is open again, without its passwords.

    Raises NoLongerError where that is decided, or nothing is asked.
    """
    own_form(services, person, draft_id)
    approving.withdraw(services, person, Subject.SERVICE_ACCOUNT, draft_id, this)
    return own_form(services, person, draft_id)


@audited(What.CHECK_FIRST)
def check_first(
    services: Services, person: Person, draft_id: str, fields: Fields, typed: Typed, *, view_id: str, edition: int = 0
) -> Draft:
    """Orders a look at both mailboxes of a form that was filled in. It starts nothing, and nothing is written.

    All else is as for `send_form`. A form that is sent meanwhile is checked for its migration instead.
    """
    draft = own_form(services, person, draft_id)
    check_typed(services, person, typed)
    if draft.state is DraftState.STARTED:
        return draft
    check_policy(services, person, fields)
    service_accounts.check_look(services, person, draft_id, fields)
    is_new = draft.fields != fields or are_new(services, draft, typed)
    after = changed(services, draft_id, lambda now: _checking(
        seen(now, fields, edition), fields, typed, view_id, is_new=is_new, looks=True
    ))
    drop_lost(services, draft, after)
    if after.state is DraftState.CHECKING and after.looks:
        keep(services, after, typed)
        services.jobs.look(after.id, after.generation)
    return after


def check_policy(services: Services, person: Person, fields: Fields) -> None:
    """Raises NotAllowedError unless the admins of the workspace let them migrate between these servers."""
    check_may_migrate(services, person)
    check_servers(services.policies.load(services.team), {
        Side.SOURCE: sources.find(fields.source_kind).host(fields.source_server),
        Side.DESTINATION: named_host(fields.destination_server),
    })


def seen(draft: Draft, fields: Fields, edition: int) -> Draft:
    """The draft without questions that its owner has not seen, or that were about other accounts."""
    on_screen = draft.state is DraftState.CHECKING or edition == draft.edition
    return draft if on_screen and fields.accounts == draft.fields.accounts else replace(draft, asked=())


def _checking(
    draft: Draft, fields: Fields, typed: Typed, view_id: str, *, is_new: bool, looks: bool = False
) -> Draft:
    same = draft.looks == looks and not is_new
    if draft.state is DraftState.STARTED or (draft.state is DraftState.CHECKING and same):
        return draft
    draft = with_typed(draft, fields, typed)
    return replace(
        draft, state=DraftState.CHECKING, generation=draft.generation + 1, edition=draft.edition + 1, view_id=view_id,
        verdict=None, looks=looks, waits=Waits.NOTHING, page_until=None,
    )


def close_form(services: Services, user: str, draft_id: str, view_id: str) -> None:
    """Closes a form of the person `user` (a Slack ID): what is being checked does not start.

    The check writes to its owner when it is done. One that is not being checked, and that no letter leads back to,
    keeps no password. A form of somebody else, or none, is left as it is; so is one that was opened anew meanwhile, in
    another view. Everybody may close their own: nobody has to say first who they are.
    """
    draft = services.drafts.load(draft_id)
    if draft is not None and (draft.team, draft.owner) == (services.team, user):
        _end(services, draft_id, lambda now: _closed(now, view_id, services.clock()))


def _closed(draft: Draft, view_id: str, now: datetime) -> Draft:
    """One that was opened anew meanwhile is not closed."""
    if draft.view_id not in ("", view_id):
        return draft
    return replace(draft, state=DraftState.CLOSED) if draft.state is DraftState.CHECKING else _over(draft, now)


def _over(draft: Draft, now: datetime) -> Draft:
    """Nobody can open it again, unless a letter leads back to it, or its private page may still be used."""
    if draft.state is not DraftState.OPEN or draft.has_letter:
        return draft
    if draft.page_until is not None and now < draft.page_until:
        return replace(draft, state=DraftState.CLOSED)
    return replace(draft, state=DraftState.OVER, kept=frozenset())


def _end(services: Services, draft_id: str, do: Callable[[Draft], Draft]) -> None:
    """Changes a draft; if that ends it, its passwords are gone when this returns.

    Where only a private page can lead back to it, they end with that page's link.
    """
    draft = services.drafts.change(draft_id, do)
    if draft is None:
        return
    if draft.state is DraftState.OVER:
        services.engine.vault.drop(draft_id)
    elif draft.state is DraftState.CLOSED and draft.page_until is not None:
        for side in draft.kept:
            services.engine.vault.expire(draft_id, side, draft.page_until)


def changed(services: Services, draft_id: str, do: Callable[[Draft], Draft]) -> Draft:
    draft = services.drafts.change(draft_id, do)
    if draft is None:
        raise InputError(GONE)
    return draft
