"""The way to Google's consent page, as it stands in the form and in a window. Pure functions."""

from __future__ import annotations

import zlib

from bot import ids
from bot.app_passwords import HINT, LABEL
from bot.ids import VALUE, Action, Block
from bot.stored.drafts import Draft, DraftState
from bot.views import blocks, modals
from bot.views.blocks import Piece, bold, cleaned
from bot.where_typed import NO_CONSENT, Ways
from engine.errors import Cause, Side
from engine.migration.account import MAX_LOGIN
from engine.migration.record import Migration

AUTHORISE, ANOTHER, OPEN = "Authorise access", "Authorise another account", "Continue in the browser"
AUTHORISED = "I have authorised"
NOT_YET = (
    "*Access*: not authorised yet. Google asks you in your browser what OMM may read, and OMM needs no password of the "
    "account."
)
WORKS = (
    "The link works once, for ten minutes, and only for you. Your browser asks you to sign in with Slack first, and "
    "leads you to Google then."
)
COMES_BACK = "Once you have agreed there, this window shows it by itself."
INSTEAD = "You can type an app password instead."
GIVEN_BACK = "OMM keeps access to a Google account only as long as it is needed. Please authorise it once more."
APP_SAVED = "The source is signed in with an app password, which is saved."


def login_field(draft: Draft, ways: Ways, hint: str, example: str) -> Piece:
    """The account's field. It comes up filled in when its owner has consented."""
    known = draft.authorised_as
    block_id = f"{Block.SOURCE_LOGIN}_{zlib.crc32(known.encode('utf-8', 'replace'))}" if known else Block.SOURCE_LOGIN
    return modals.text_field(
        block_id, "Google account", draft.fields.source_login or known, most=MAX_LOGIN, example=example,
        hint=hint if ways.consent else "", optional=ways.consent,
    )


def in_form(draft: Draft, ways: Ways, url: str = "") -> list[Piece]:
    """What stands below the account's field: whether it is authorised, and the buttons; or what there is instead.

    `url` is the address of the page that leads to Google, where it was made just now.
    """
    if not ways.consent:
        return [blocks.context("consent_why", f"{NO_CONSENT} {INSTEAD}"), *_app_password(draft, ways)]
    if draft.authorised_as and not url:
        said = blocks.rich(
            "consent", [bold("Access"), blocks.words(": Authorised as "), bold(cleaned(draft.authorised_as, 254))]
        )
        return [said, *_buttons(draft, blocks.button(Action.AUTHORISE_FORM, ANOTHER, draft.id))]
    if url:
        return [
            blocks.section("consent", f"{NOT_YET} {COMES_BACK}"),
            blocks.actions(
                "consent_buttons", _link(url, draft.id), blocks.button(Action.AUTHORISED, AUTHORISED, draft.id)
            ),
            blocks.context("consent_works", WORKS),
        ]
    said = blocks.section("consent", APP_SAVED if Side.SOURCE in draft.kept else NOT_YET)
    return [said, *_buttons(
        draft, blocks.button(Action.AUTHORISE_FORM, AUTHORISE, draft.id, style="primary"),
        blocks.button(Action.AUTHORISED, AUTHORISED, draft.id),
    )]


def _buttons(draft: Draft, *buttons: Piece) -> list[Piece]:
    """The buttons; none while the form is checked or waits for an approval."""
    return [blocks.actions("consent_buttons", *buttons)] if draft.state is DraftState.OPEN else []


def _link(url: str, about: str) -> Piece:
    return blocks.button(Action.AUTHORISE_OPEN, OPEN, about, style="primary") | {"url": url}


def _app_password(draft: Draft, ways: Ways) -> list[Piece]:
    """The field of an app password; none where passwords are typed on the private page alone."""
    if not ways.form:
        return [blocks.context("app_password", f"{LABEL}: {HINT}")]
    return [app_password_field(draft.edition, kept=Side.SOURCE in draft.kept, optional=ways.page)]


def app_password_field(edition: int, *, kept: bool = False, optional: bool = False) -> Piece:
    """A field as `modals.password_field`, for an app password of the source."""
    element: Piece = {"type": "plain_text_input", "action_id": VALUE}
    label = LABEL + (f" — {modals.SAVED}" if kept else "")
    return modals.field(f"{Block.APP_PASSWORD}{edition}", label, element, hint=HINT, optional=kept or optional)


def window(migration: Migration, then: str, url: str) -> modals.View:
    """The way to Google for a migration that needs consent again. `then`: "resume" or "retry", which follows by itself.

    `url` is the address of the page that leads there, made just now.
    """
    source, goes_on = migration.request.source, "runs again" if then == "retry" else "resumes"
    stopped = migration.attention if then == "resume" else None
    why = stopped.words if stopped is not None and stopped.cause == Cause.CONSENT else GIVEN_BACK
    return modals.modal(AUTHORISE, [
        blocks.rich("why", [blocks.words(cleaned(why, 1000))]),
        blocks.rich("account", [bold(cleaned(source.login, 254)), blocks.words(" on "), blocks.words(source.host)]),
        blocks.actions("consent_buttons", _link(url, migration.task_id)), blocks.context("consent_works", WORKS),
        blocks.section("then", f"Once you have agreed there, migration *{migration.task_id}* {goes_on} by itself. You "
                               "can close this window."),
    ], ids.View.WORDS)
