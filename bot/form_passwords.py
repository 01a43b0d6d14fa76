"""Passwords of a form, before its migration exists: kept in the vault under its id, and dropped again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.services import Services
from bot.stored.drafts import KEPT, Draft, DraftState, Fields, with_accounts
from engine.errors import FatalError, Side
from engine.migration.access import no_consent_kept
from engine.store.vault import Secret

Typed = Mapping[Side, Secret]


def with_typed(draft: Draft, fields: Fields, typed: Typed) -> Draft:
    """The draft with what was typed into its form now."""
    draft = with_accounts(draft, fields)
    typed_for = MappingProxyType({side: was for side, was in draft.typed_for.items() if side not in typed})
    consented = "" if Side.SOURCE in typed else draft.consented
    return replace(draft, kept=draft.kept | typed.keys(), typed_for=typed_for, consented=consented)


def drop_lost(services: Services, before: Draft, after: Draft) -> None:
    """Drops the passwords that were typed for other accounts than the form names now."""
    for side in before.kept - after.kept:
        if after.state is not DraftState.STARTED:
            services.engine.vault.drop(after.id, side)


def kept(services: Services, draft: Draft, side: Side) -> Secret:
    """What is kept for that side. Raises FatalError (NOT_KEPT; CONSENT for a grant; STORE)."""
    if side is Side.SOURCE and draft.consented and not services.engine.vault.has(draft.id, side):
        raise no_consent_kept(side)
    return services.engine.vault.get(draft.id, side)


def are_new(services: Services, draft: Draft, typed: Typed) -> bool:
    return any(_kept(services, draft, side) != secret for side, secret in typed.items())


def _kept(services: Services, draft: Draft, side: Side) -> str | None:
    vault = services.engine.vault
    try:
        return vault.get(draft.id, side) if vault.has(draft.id, side) else None
    except FatalError:      # it ended between the two looks
        return None


def keep(services: Services, draft: Draft, typed: Typed) -> None:
    """Keeps what was typed for as long as the draft; not if the form has been closed for good at this moment."""
    for side, secret in typed.items():
        services.engine.vault.put(draft.id, side, secret, expires=services.clock() + KEPT)
    now = services.drafts.load(draft.id) if typed else draft
    if now is None or now.state is DraftState.OVER:
        services.engine.vault.drop(draft.id)
