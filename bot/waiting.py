"""Waiting: a form whose passwords are typed on the private page, and what it does when they have come.

All raise as the functions of `starting` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from bot import service_accounts
from bot.audit.auditing import audited, only_refusals
from bot.form_passwords import Typed, drop_lost, keep, with_typed
from bot.people import Person
from bot.services import Services
from bot.starting import changed, check_first, check_policy, own_form, seen, send_form
from bot.stored.audit_entries import What
from bot.stored.drafts import KEPT, Draft, DraftState, Fields, Waits, account_of
from bot.stored.one_time import For
from bot.where_typed import check_typed
from engine.errors import Side

TAKES = (DraftState.OPEN, DraftState.CLOSED)        # passwords of the private page
Account = tuple[str, str, str]


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
    if before.state is DraftState.STARTED:
        return before
    check_policy(services, person, fields)
    service_accounts.check_fields(services, person, fields)
    after = changed(
        services, draft_id, lambda now: _waiting(seen(now, fields, edition), fields, typed, view_id, waits)
    )
    drop_lost(services, before, after)
    if after.state is DraftState.OPEN:
        keep(services, after, typed)
    return after


def _waiting(draft: Draft, fields: Fields, typed: Typed, view_id: str, waits: Waits) -> Draft:
    if draft.state is DraftState.STARTED:
        return draft
    draft = with_typed(draft, fields, typed)
    return replace(
        draft, state=DraftState.OPEN, generation=draft.generation + 1, edition=draft.edition + 1, view_id=view_id,
        verdict=None, looks=False, waits=waits,
    )


@audited(What.PASSWORD, only_refusals)
def keep_from_page(
    services: Services, person: Person, draft_id: str, accounts: Mapping[Side, Account], typed: Typed
) -> Draft | None:
    """Keeps passwords that were typed on the private page, for these accounts (kind, server, login) and no others.

    Returns the form; None: it names other accounts by now, or is not open any more, and nothing was kept.
    """
    before = own_form(services, person, draft_id)
    until = _at_google(services, person, before)
    after = changed(services, draft_id, lambda now: _from_page(now, accounts, typed, services.trail.address, until))
    if after.state not in TAKES or any(after.typed_for.get(side) != accounts[side] for side in typed):
        return None
    for side in after.kept - typed.keys():
        services.engine.vault.extend(draft_id, side, services.clock() + KEPT)
    keep(services, after, typed)
    return after


def _at_google(services: Services, person: Person, draft: Draft) -> datetime | None:
    """Until when its owner may come back from Google; None: they are not on their way there."""
    last = services.consents.newest(draft.id, person.id)
    is_asked = last is not None and last.is_open
    return draft.page_until if is_asked or services.one_time.is_open(For.CONSENT, draft.id, person.id) else None


def _from_page(
    draft: Draft, accounts: Mapping[Side, Account], typed: Typed, address: str, until: datetime | None
) -> Draft:
    if draft.state not in TAKES or any(account_of(draft.fields, side) != accounts[side] for side in typed):
        return draft
    return replace(
        draft, kept=draft.kept | typed.keys(), typed_for=MappingProxyType({**draft.typed_for, **accounts}),
        consented="" if Side.SOURCE in typed else draft.consented, page_from=address, page_until=until,
        edition=draft.edition + 1,
    )


def passwords_came(services: Services, person: Person, draft_id: str, waits: Waits) -> Draft:
    """Does with a form what it `waits` for, now that its passwords are kept. Returns it as it is then.

    One that is not open any more, or lacks a password, is left as it is. Called again, it is checked once: the check
    is ordered again, in case that whoever was to order it has died.
    """
    draft = own_form(services, person, draft_id)
    if draft.state is DraftState.CHECKING:
        order = services.jobs.look if draft.looks else services.jobs.check
        order(draft.id, draft.generation)
    if draft.state is not DraftState.OPEN or draft.lacks or waits is Waits.NOTHING:
        return draft
    do = check_first if waits is Waits.LOOK else send_form
    return do(services, person, draft_id, draft.fields, {}, view_id=draft.view_id, edition=draft.edition)
