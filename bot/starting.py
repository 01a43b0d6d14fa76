"""Starting: a form, from an empty one to the order to check what was typed. A job starts the migration.

A form belongs to one person: nobody else can continue, change, send or close it. All raise NotAllowedError, and
InputError for a form that has expired or never was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot import service_accounts
from bot.auditing import audited, only_refusals
from bot.ids import COMMAND
from bot.people import Person
from bot.permissions import NotAllowedError, check_member
from bot.service_accounts import Step
from bot.services import FIRST, Services, Try
from bot.stored.approvals import LASTS
from bot.stored.audit_entries import What
from bot.stored.drafts import KEPT, Draft, DraftState, Fields, Waits, account_of, with_accounts
from bot.where_typed import check_typed
from engine.errors import FatalError, InputError, Side
from engine.store.vault import Secret

if TYPE_CHECKING:
    from datetime import datetime

GONE = f"This form has expired. Start again with {COMMAND} migrate."
NOT_YOURS = "Only the person who opened this form can continue it."
TAKES = (DraftState.OPEN, DraftState.CLOSED)        # passwords of the private page
Typed = Mapping[Side, Secret]
Account = tuple[str, str, str]


# Opening it


@audited(What.FORM, only_refusals)
def new_form(services: Services, person: Person, channel: str) -> Draft:
    """An empty form. The card will stand in `channel`, for '' in the person's conversation with us."""
    check_member(person, services.team)
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
    return _changed(
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
    its fields of passwords empty, the `typed` passwords are kept. The verdict of a check under way is ignored.
    """
    before = own_form(services, person, draft_id)
    check_typed(services, person, typed)
    service_accounts.check_fields(services, person, change(before).fields)
    after = _changed(services, draft_id, lambda draft: _chosen(draft, change, typed))
    _drop_lost(services, before, after)
    drawn_anew = after.edition != before.edition or this.again
    if drawn_anew and after.state not in (DraftState.STARTED, DraftState.OVER):
        _keep(services, after, typed)
    return after


def _chosen(draft: Draft, change: Callable[[Draft], Draft], typed: Typed) -> Draft:
    if draft.state is DraftState.STARTED:
        return draft
    changed = change(draft)
    after = replace(with_accounts(replace(changed, fields=draft.fields), changed.fields), waits=Waits.NOTHING)
    if after.edition != draft.edition and after.state is not DraftState.OVER:    # fields of passwords come up empty
        after = _with(after, after.fields, typed)
    if after.state is DraftState.CHECKING:
        after = replace(after, state=DraftState.OPEN, generation=after.generation + 1)
    return after


# Sending and closing it


@audited(What.FORM, only_refusals)
def wait_for_passwords(
    services: Services, person: Person, draft_id: str, fields: Fields, typed: Typed, *, view_id: str, edition: int = 0,
    waits: Waits = Waits.NOTHING,
) -> Draft:
    """Keeps a form that was filled in, until its passwords are typed on the private page; then it does what it `waits`
    for. What is checked at the moment starts nothing. All else is as for `send_form`.
    """
    before = own_form(services, person, draft_id)
    check_typed(services, person, typed)
    service_accounts.check_fields(services, person, fields)
    if before.state is DraftState.STARTED:
        return before
    after = _changed(
        services, draft_id, lambda now: _waiting(_seen(now, fields, edition), fields, typed, view_id, waits)
    )
    _drop_lost(services, before, after)
    if after.state is DraftState.OPEN:
        _keep(services, after, typed)
    return after


def _waiting(draft: Draft, fields: Fields, typed: Typed, view_id: str, waits: Waits) -> Draft:
    if draft.state is DraftState.STARTED:
        return draft
    draft = _with(draft, fields, typed)
    return replace(
        draft, state=DraftState.OPEN, generation=draft.generation + 1, edition=draft.edition + 1, view_id=view_id,
        verdict=None, looks=False, waits=waits,
    )


def _with(draft: Draft, fields: Fields, typed: Typed) -> Draft:
    """The draft with what was typed into its form now."""
    draft = with_accounts(draft, fields)
    typed_for = MappingProxyType({side: was for side, was in draft.typed_for.items() if side not in typed})
    return replace(draft, kept=draft.kept | typed.keys(), typed_for=typed_for)


def _drop_lost(services: Services, before: Draft, after: Draft) -> None:
    """Drops the passwords that were typed for other accounts than the form names now."""
    for side in before.kept - after.kept:
        if after.state is not DraftState.STARTED:
            services.engine.vault.drop(after.id, side)


@audited(What.PASSWORD, only_refusals)
def keep_from_page(
    services: Services, person: Person, draft_id: str, accounts: Mapping[Side, Account], typed: Typed
) -> Draft | None:
    """Keeps passwords that were typed on the private page, for these accounts (kind, server, login) and no others.

    Returns the form; None: it names other accounts by now, or is not open any more, and nothing was kept.
    """
    own_form(services, person, draft_id)
    after = _changed(services, draft_id, lambda now: _from_page(now, accounts, typed, services.trail.address))
    if after.state not in TAKES or any(after.typed_for.get(side) != accounts[side] for side in typed):
        return None
    for side in after.kept - typed.keys():
        services.engine.vault.extend(draft_id, side, services.clock() + KEPT)
    _keep(services, after, typed)
    return after


def _from_page(draft: Draft, accounts: Mapping[Side, Account], typed: Typed, address: str) -> Draft:
    if draft.state not in TAKES or any(account_of(draft.fields, side) != accounts[side] for side in typed):
        return draft
    return replace(
        draft, kept=draft.kept | typed.keys(), typed_for=MappingProxyType({**draft.typed_for, **accounts}),
        page_from=address, page_until=None, edition=draft.edition + 1,
    )


def passwords_came(services: Services, person: Person, draft_id: str, waits: Waits) -> Draft:
    """Does with a form what it `waits` for, now that its passwords are kept. Returns it as it is then.

    One that is not open any more, or lacks a password, is left as it is. Called again, it is checked once.
    """
    draft = own_form(services, person, draft_id)
    if draft.state is not DraftState.OPEN or draft.lacks or waits is Waits.NOTHING:
        return draft
    do = check_first if waits is Waits.LOOK else send_form
    return do(services, person, draft_id, draft.fields, {}, view_id=draft.view_id, edition=draft.edition)


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
    step = service_accounts.step(services, person, draft_id, fields)
    if step is not Step.CHECK:
        return _held_back(services, person, draft_id, fields, typed, view_id=view_id, step=step)
    is_new = draft.fields != fields or _are_new(services, draft, typed)
    after = _changed(
        services, draft_id, lambda now: _checking(_seen(now, fields, edition), fields, typed, view_id, is_new=is_new)
    )
    _drop_lost(services, draft, after)
    if after.state is DraftState.CHECKING:
        _keep(services, after, typed)
        services.jobs.check(after.id, after.generation)
    return after


def _held_back(
    services: Services, person: Person, draft_id: str, fields: Fields, typed: Typed, *, view_id: str, step: Step
) -> Draft:
    """The form before anything signs in: its owner is asked to tick something, or another admin to approve it."""
    asks = service_accounts.somebody_elses(person, fields)

    def held(now: Draft) -> Draft:
        if now.state is DraftState.STARTED:
            return now
        ticks = step is Step.TICK
        return replace(
            _with(now, fields, typed), generation=now.generation + 1, edition=now.edition + 1, view_id=view_id,
            looks=False, waits=Waits.NOTHING, page_until=None, asked=(), asks_about=asks,
            state=DraftState.OPEN if ticks else DraftState.APPROVAL,
            verdict=service_accounts.TO_TICK if ticks else None,
        )

    before, after = services.drafts.load(draft_id), _changed(services, draft_id, held)
    _drop_lost(services, before or after, after)
    if after.state is DraftState.STARTED:
        return after
    _keep(services, after, typed)
    if after.state is DraftState.APPROVAL:
        for side in after.kept:     # what was typed before, too
            services.engine.vault.extend(draft_id, side, services.clock() + LASTS)
        service_accounts.ask(services, person, after)
    return after


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
    service_accounts.check_look(services, person, draft_id, fields)
    is_new = draft.fields != fields or _are_new(services, draft, typed)
    after = _changed(services, draft_id, lambda now: _checking(
        _seen(now, fields, edition), fields, typed, view_id, is_new=is_new, looks=True
    ))
    _drop_lost(services, draft, after)
    if after.state is DraftState.CHECKING and after.looks:
        _keep(services, after, typed)
        services.jobs.look(after.id, after.generation)
    return after


def _seen(draft: Draft, fields: Fields, edition: int) -> Draft:
    """The draft without questions that its owner has not seen, or that were about other accounts."""
    on_screen = draft.state is DraftState.CHECKING or edition == draft.edition
    return draft if on_screen and fields.accounts == draft.fields.accounts else replace(draft, asked=())


def _checking(
    draft: Draft, fields: Fields, typed: Typed, view_id: str, *, is_new: bool, looks: bool = False
) -> Draft:
    same = draft.looks == looks and not is_new
    if draft.state is DraftState.STARTED or (draft.state is DraftState.CHECKING and same):
        return draft
    draft = _with(draft, fields, typed)
    return replace(
        draft, state=DraftState.CHECKING, generation=draft.generation + 1, edition=draft.edition + 1, view_id=view_id,
        verdict=None, looks=looks, waits=Waits.NOTHING, page_until=None,
    )


def _are_new(services: Services, draft: Draft, typed: Typed) -> bool:
    return any(_kept(services, draft, side) != secret for side, secret in typed.items())


def _kept(services: Services, draft: Draft, side: Side) -> str | None:
    vault = services.engine.vault
    try:
        return vault.get(draft.id, side) if vault.has(draft.id, side) else None
    except FatalError:      # it ended between the two looks
        return None


def _keep(services: Services, draft: Draft, typed: Typed) -> None:
    """Keeps what was typed for as long as the draft; not if the form has been closed for good at this moment."""
    for side, secret in typed.items():
        services.engine.vault.put(draft.id, side, secret, expires=services.clock() + KEPT)
    now = services.drafts.load(draft.id) if typed else draft
    if now is None or now.state is DraftState.OVER:
        services.engine.vault.drop(draft.id)


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


def _changed(services: Services, draft_id: str, do: Callable[[Draft], Draft]) -> Draft:
    draft = services.drafts.change(draft_id, do)
    if draft is None:
        raise InputError(GONE)
    return draft
