"""The way to Google's consent page, as it stands in the form and in a window. Pure functions."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot import ids
from bot.app_passwords import HINT, LABEL
from bot.consent.consents import BUTTONS
from bot.drawn import NotDrawnError
from bot.ids import VALUE, Action, Block
from bot.stored.consents import Consent, Status
from bot.stored.drafts import Draft, DraftState
from bot.views import blocks, modals
from bot.views.blocks import Piece, bold, cleaned
from bot.where_typed import NO_CONSENT, Ways
from engine.errors import Cause, Side
from engine.migration.account import MAX_LOGIN
from engine.migration.record import Migration
from engine.words import listed

AUTHORISE, ANOTHER, OPEN = "Authorise access", "Authorise another account", "Continue in the browser"
MORE = "Allow more"
AUTHORISED, NEW_LINK = "I have authorised", "Get a new link"
NOT_YET = (
    "*Access*: not authorised yet. Google asks you in your browser what OMM may read, and OMM needs no password of the "
    "account."
)
WORKS = (
    "The link works once, for ten minutes, and only for you. Your browser asks you to sign in with Slack first, and "
    "leads you to Google then."
)
WORKS_BY_NUMBER = (
    "The link works once, for ten minutes. Your browser leads you to Google, and shows a number afterwards. Type it "
    "here, and press “I have authorised”. Give neither the link nor the number to anybody."
)
NUMBER, NUMBER_HINT = "Number in your browser", "Eight digits, which OMM's page shows after Google's."
TYPE_NUMBER = "Google's answer has come. Type the number that your browser shows, and press “I have authorised”."
ANOTHER_NUMBER = "Your browser shows another number. Type the one that stands there now."
GOES_ON = "OMM has the number, and asks Google now. {} by itself. You can close this window."
COMES_BACK = "Once you have agreed there, this window shows it by itself."
NOTHING_CAME = "Nothing has come from Google yet. Press “{}”, and go on in your browser."
OLD_NUMBER = (
    "That number does not count: nothing has come yet of what you have asked Google last. Go on in the browser from "
    "which you have asked last, or press “{}” to ask once more."
)
MISTYPED = "Other numbers were typed too often, so OMM keeps nothing of it. Press “{}” to ask once more."
AGAIN = "Google has given no access to this form. Your browser says why. Press “{}” to ask once more."
COMING = "Google's answer has come, and OMM looks at it now. Please press the button again in some seconds."
CAME: Mapping[Status, str] = MappingProxyType({
    Status.ASKED: NOTHING_CAME,
    Status.HELD: COMING,
    Status.TAKEN: COMING,
    Status.DENIED: "You have refused access on Google's page. Press “{}” to ask once more.",
    Status.OTHER_ACCOUNT: (
        "You have given access to another account than the one in this form, and OMM gives it back. Change the account "
        "here, or authorise this one."
    ),
    Status.LATE: "That took longer than ten minutes, so OMM keeps nothing of it. Press “{}” to ask Google again.",
    Status.NOTHING: "On Google's page, nothing was ticked. Press “{}”, and tick it there.",
})      # any other one: AGAIN
OFF = (
    "Not allowed on Google's page, and therefore not ticked below: {}. You can go on without it. Or press “Allow "
    "more”, and allow it there."
)
INSTEAD = "You can type an app password instead."
GIVEN_BACK = "OMM keeps access to a Google account only as long as it is needed. Please authorise it once more."
APP_SAVED = "The source is signed in with an app password, which is saved."


@dataclass(frozen=True, slots=True)
class Way:
    """The way from a form to Google's page.

    `url` is the address of the page that leads there, where it was made just now; `said` is what came of it so far,
    where somebody has asked for that. `number`: True: their browser shows a number, whatever is set up now.
    """

    url: str = ""
    said: str = ""
    number: bool = False


NO_WAY = Way()


def login_field(draft: Draft, ways: Ways, hint: str, example: str) -> Piece:
    """The account's field. It comes up filled in when its owner has consented."""
    known = draft.authorised_as
    block_id = f"{Block.SOURCE_LOGIN}_{zlib.crc32(known.encode('utf-8', 'replace'))}" if known else Block.SOURCE_LOGIN
    return modals.text_field(
        block_id, "Google account", draft.fields.source_login or known, most=MAX_LOGIN, example=example,
        hint=hint if ways.consent and not known else "", optional=ways.consent,
    )


def in_form(draft: Draft, ways: Ways, way: Way = NO_WAY) -> list[Piece]:
    """What stands below the account's field: whether it is authorised, and the buttons; or what there is instead."""
    if not ways.consent:
        return [blocks.context("consent_why", f"{NO_CONSENT} {INSTEAD}"), *_app_password(draft, ways)]
    said = [blocks.alert("consent_said", "warning", way.said)] if way.said else []
    by_number = ways.number or way.number
    if way.url and not by_number:
        buttons = [_link(way.url, draft.id), _authorised(draft), _ask(draft, NEW_LINK)]
        return [*_stands(draft, COMES_BACK), *said, *_buttons(draft, *buttons), blocks.context("consent_works", WORKS)]
    if way.url:
        buttons = [_link(way.url, draft.id), _ask(draft, NEW_LINK)]
        works = [blocks.context("consent_works", WORKS_BY_NUMBER)]
        return [*_stands(draft), *said, *_buttons(draft, *buttons), *works, *_typed(draft)]
    if draft.authorised_as:
        buttons = [_ask(draft, asks_by(draft)), *([_authorised(draft)] if said and not way.number else [])]
        return [*_stands(draft), *said, *_buttons(draft, *buttons), *(_typed(draft) if way.number else [])]
    words = APP_SAVED if Side.SOURCE in draft.kept else NOT_YET
    buttons = [_ask(draft, AUTHORISE, style="primary"), _authorised(draft)]
    if by_number:
        return [blocks.section("consent", words), *said, *_buttons(draft, buttons[0]), *_typed(draft)]
    return [blocks.section("consent", words), *said, *_buttons(draft, *buttons)]


def _stands(draft: Draft, goes_on: str = "") -> list[Piece]:
    """Whether there is access to an account, which stays as it is while more is asked for; `goes_on` are more words."""
    more = f" {goes_on}" if goes_on else ""
    if not draft.authorised_as:
        return [blocks.section("consent", NOT_YET + more)]
    known = [bold("Access"), blocks.words(": Authorised as "), bold(cleaned(draft.authorised_as, 254))]
    off = [each.value for each in draft.off if each not in draft.fields.contents]
    return [
        blocks.rich("consent", [*known, *([blocks.words(f".{more}")] if more else [])]),
        *([blocks.context("consent_off", OFF.format(listed(off)))] if off else []),
    ]


def asks_by(draft: Draft) -> str:
    """What the button says that leads to Google's page."""
    if not draft.authorised_as:
        return AUTHORISE
    return MORE if draft.off else ANOTHER


def _typed(draft: Draft) -> list[Piece]:
    """Where the number is typed; nowhere while the form is checked or waits for an approval."""
    is_open = draft.state is DraftState.OPEN
    return [number_field(), blocks.actions("consent_typed", _authorised(draft))] if is_open else []


def number_field() -> Piece:
    """The field for the number that a browser shows, where Slack does not say whose browser it is."""
    return modals.text_field(
        Block.CONSENT_NUMBER, NUMBER, "", most=20, example="1234 5678", hint=NUMBER_HINT, optional=True
    )


def so_far(last: Consent | None, number: str, draft: Draft) -> Way:
    """What is known of the last time that the form's owner was sent to Google's page. `number` is what was typed."""
    if draft.authorised_as and (last is None or last.status is Status.GRANTED):
        return NO_WAY
    said = what_came(last, number, asks_by(draft))
    return Way(said=said, number=last is not None and last.by_number and last.status is Status.HELD)


def what_came(last: Consent | None, number: str = "", button: str = AUTHORISE) -> str:
    """What is known of the last time that somebody was sent to Google's page. None: they were not.

    `number` is what they have typed of it, and `button` what leads there.
    """
    if last is None:
        words = NOTHING_CAME
    elif last.by_number and last.status is Status.HELD:
        words = ANOTHER_NUMBER if number else TYPE_NUMBER
    elif last.by_number and last.status is Status.ASKED and number:
        words = OLD_NUMBER
    elif last.status is Status.FOREIGN and last.why:
        words = MISTYPED
    else:
        words = CAME.get(last.status, AGAIN)
    return words.format(button)


def _ask(draft: Draft, words: str, *, style: str = "") -> Piece:
    return blocks.button(Action.AUTHORISE_FORM, words, draft.id, style=style)


def _authorised(draft: Draft) -> Piece:
    return blocks.button(Action.AUTHORISED, AUTHORISED, draft.id)


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


def window(migration: Migration, then: str, url: str, *, number: bool = False) -> modals.View:
    """The way to Google for a migration that needs consent again. `then`: "resume" or "retry", which follows by itself.

    `url` is the address of the page that leads there, made just now. `number`: True: what the browser shows afterwards
    is typed here.
    """
    source, goes_on = migration.request.source, "runs again" if then == "retry" else "resumes"
    stopped = migration.attention if then == "resume" else None
    why = stopped.words if stopped is not None and stopped.cause == Cause.CONSENT else GIVEN_BACK
    task = migration.task_id
    body = [
        blocks.rich("why", [blocks.words(cleaned(why, 1000))]),
        blocks.rich("account", [bold(cleaned(source.login, 254)), blocks.words(" on "), blocks.words(source.host)]),
        blocks.actions("consent_buttons", _link(url, task)),
    ]
    if number:
        body += [blocks.context("consent_works", WORKS_BY_NUMBER), number_field()]
        return modals.modal(AUTHORISE, body, ids.View.CONSENT, f"{task} {then}", submit=AUTHORISED)
    body += [
        blocks.context("consent_works", WORKS),
        blocks.section("then", f"Once you have agreed there, migration *{task}* {goes_on} by itself. You can close "
                               "this window."),
    ]
    return modals.modal(AUTHORISE, body, ids.View.WORDS)


def goes_on(migration: Migration, then: str) -> modals.View:
    """Words for who has typed the number."""
    what = f"Migration *{migration.task_id}* {'runs again' if then == 'retry' else 'resumes'}"
    return modals.modal(AUTHORISE, [blocks.section("then", GOES_ON.format(what))], ids.View.WORDS)


def waiting(metadata: str) -> tuple[str, str]:
    """The task ID of that window, and what waits: "resume" or "retry". Raises NotDrawnError."""
    task_id, _, then = metadata.partition(" ")
    if then not in BUTTONS:
        raise NotDrawnError
    return task_id, then
