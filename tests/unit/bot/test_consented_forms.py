"""What a form keeps of a consent, and which of what is typed on the screen belongs to its kind of source."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from bot.form_passwords import with_typed
from bot.ids import Action, Block
from bot.stored.drafts import Draft, Fields, account_of, with_accounts
from bot.views import forms
from bot.views.values import Values
from bot.where_typed import Ways
from engine.errors import Side
from engine.store.vault import Secret

GMAIL = Fields(source_kind="google", source_login="ann@gmail.com", destination_login="ann@example.com")


def draft(fields: Fields = GMAIL, consented: str = "ann@gmail.com") -> Draft:
    """A form to which its owner has consented, and with the destination's password."""
    return Draft("7K2F-9QXD", "T1", "U1", "", datetime(2026, 11, 22, tzinfo=UTC), fields, kept=frozenset(Side),
                 consented=consented)


def screen(kind: str, **typed: str) -> Values:
    chosen = {Block.SOURCE_KIND.value: {Action.SOURCE_KIND.value: {"selected_option": {"value": kind}}}}
    return chosen | {f"{block}0": {"v": {"value": text}} for block, text in typed.items()}


@pytest.mark.parametrize(("change", "is_kept"), [
    ({"source_login": "bob@gmail.com"}, False),
    ({"source_login": "ann@example.org"}, False),
    ({"source_kind": "imap"}, False),
    ({"source_kind": "exchange", "source_login": "ann@gmail.com"}, False),
    ({"source_login": " A.nn@googlemail.com "}, True),
    ({"source_login": "<mailto:ann@gmail.com|ann@gmail.com>"}, True),
    ({"source_login": ""}, True),
    ({"source_server": "imap.example.org", "destination_login": "bob@example.com"}, True),
])
def test_a_consent_is_for_its_own_account(change: dict[str, str], is_kept: bool) -> None:
    """Whatever names another one loses it; the destination's password stays either way."""
    after = with_accounts(draft(), replace(GMAIL, **change))     # type: ignore[arg-type]  # all of them are texts

    assert (Side.SOURCE in after.kept, bool(after.authorised_as)) == (is_kept, is_kept)
    assert Side.DESTINATION in after.kept


@pytest.mark.parametrize(("before", "after"), [("imap", "google"), ("google", "pop3"), ("exchange", "google")])
def test_no_password_passes_for_what_was_consented_to(before: str, after: str) -> None:
    """Nor the other way round. Between kinds that take passwords it stays, as it did."""
    typed = draft(replace(GMAIL, source_kind=before), consented="")

    assert with_accounts(typed, replace(typed.fields, source_kind=after)).kept == {Side.DESTINATION}
    assert with_accounts(replace(typed, fields=Fields()), Fields(source_kind="pop3")).kept == set(Side)


def test_an_app_password_takes_the_place_of_a_consent() -> None:
    """What is kept for the source then is no grant any more, and the form does not say so."""
    after = with_typed(draft(), GMAIL, {Side.SOURCE: Secret("abcdefghijklmnop")})

    assert (after.authorised_as, Side.SOURCE in after.kept) == ("", True)


def test_a_page_that_named_the_login_otherwise_takes_no_consent_away() -> None:
    """Passwords of the private page are for what was typed; a consent is for the account behind it."""
    typed_for = MappingProxyType({side: account_of(GMAIL, side) for side in Side})
    known = replace(draft(), typed_for=typed_for)

    assert with_accounts(known, replace(GMAIL, source_login="ANN@gmail.com")).kept == set(Side)


def test_a_consent_that_was_refused_is_none() -> None:
    """A form whose grant is not kept any more is not authorised."""
    assert replace(draft(), kept=frozenset({Side.DESTINATION})).authorised_as == ""


@pytest.mark.parametrize(("kind", "kept"), [("google", "app"), ("imap", "plain"), ("exchange", "plain")])
def test_only_the_password_of_the_chosen_kind_counts(kind: str, kept: str) -> None:
    """Both fields may be on the screen, while the form is drawn anew after another kind was chosen."""
    typed = forms.typed_passwords(screen(kind, **{Block.SOURCE_PASSWORD: "plain", Block.APP_PASSWORD: "app"}))

    assert typed == {Side.SOURCE: kept}


@pytest.mark.parametrize(("ways", "by_consent", "typed"), [
    (Ways(consent=True), True, (Side.DESTINATION,)),
    (Ways(), True, tuple(Side)),
    (Ways(consent=True), False, tuple(Side)),
])
def test_no_password_is_typed_where_somebody_is_asked(
    ways: Ways, by_consent: bool, typed: tuple[Side, ...]
) -> None:
    """A page asks for the destination's alone, whether that is kept or not."""
    fields = GMAIL if by_consent else Fields()

    assert ways.typed(by_consent=by_consent) == typed
    assert ways.lacking(replace(draft(fields), kept=frozenset(Side))) == typed
    assert ways.lacking(replace(draft(fields), kept=frozenset({Side.DESTINATION}))) == (
        (Side.DESTINATION,) if ways.consent and by_consent else (Side.SOURCE,)
    )
