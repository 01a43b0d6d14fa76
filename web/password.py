"""The private page: where a password is typed into a field that hides it, by the person whose link it is.

A GET changes nothing, so that a scanner which follows the link uses nothing up. A POST is taken from the page alone,
once. Nobody sees what the link is for before Slack has said who they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from flask import Blueprint, Response, render_template_string, request

from bot.app_passwords import HINT, NOT_ONE, is_app_password
from bot.buttons import NoLongerError
from bot.pages import private_page
from bot.pages.asks import Page
from bot.pages.links import PageRefusedError, Refusal
from bot.pages.private_page import NotGoneOnError
from bot.people import UnknownPersonError
from bot.permissions import NotAllowedError
from bot.services import Services, Try
from bot.stored.audit_entries import Surface
from bot.stored.drafts import Draft, DraftState
from bot.stored.one_time import For, Link
from bot.views import held_up
from bot.views.asked_forms import address_of
from bot.views.ends import login_of
from engine.errors import FatalError, InputError, OmmError, Side, TakenError, UnreadableError
from engine.store.vault import Secret
from web import visits
from web.pages import page, readable, with_headers
from web.password_words import AFTERWARDS, BODY, IN_LINE, IN_SLACK, NEXT, NOT_SENT, RUNS, SAVE, START
from web.visits import TOKEN, Visit, is_from_the_page, said, sent_to
from web.who import SignIn

SIGNED_IN_ANEW = "anew"     # in the address of who has just signed in for it
FORM_CHANGED = "The form in Slack has changed since. Nothing was kept. This is what it asks for now."
TRY_AGAIN = "OMM cannot answer at the moment. Nothing was kept. Please try again in a minute."
BUSY = "Something else is being done with this migration at the moment."
SEND_AGAIN = "Please go back and try again in a minute: type it once more, and send it."
NOT_DONE = "OMM could not do that at the moment."
SAVED = "The passwords are saved, but OMM could not go on with the form."
ONCE_MENDED = "Once that is put right, press “I have typed them” in the form in Slack."
GO_ON = (
    "Wait a minute, then press “I have typed them” in the form in Slack. If you have closed the form, send this page "
    "once more instead."
)
ASK_AGAIN = "Press the button in Slack once more to get a new link."
REFUSED: Mapping[Refusal, tuple[str, str, int]] = MappingProxyType({
    Refusal.UNKNOWN: ("This link is not for you", f"It is somebody else's, or there is none. {ASK_AGAIN}", 404),
    Refusal.USED: ("This link was used", f"It works once. If something is still missing: {ASK_AGAIN}", 410),
    Refusal.EXPIRED: ("This link has expired", f"It works for ten minutes. {ASK_AGAIN}", 410),
    Refusal.REPLACED: ("There is a newer link", "You have asked for another one since. Use that one.", 410),
    Refusal.CHANGED: ("The form has changed", "Nothing was kept. Open the link again: it asks for other things.", 409),
    Refusal.GONE_ON: ("Nothing is needed any more", "What waited for passwords has gone on, or ended. Look at it in "
                      "Slack.", 409),
    Refusal.FORGED: ("This did not come from the page", "Nothing was kept. Open the link again, and type there.", 403),
    Refusal.TOO_OFTEN: ("Too many tries", "Please wait ten minutes. Nothing was kept.", 429),
})


def blueprint(services: Callable[[], Services | None], sign_in: SignIn, *, proxies: int = 0) -> Blueprint:
    """The page. `services` are None until Slack has said which workspace this is.

    `proxies` is how many reverse proxies stand before us: the address of a browser is what the outermost one has seen.
    """
    pages = Blueprint("password", __name__)

    def visited(token: str, do: Callable[[Visit], Response]) -> Response:
        return _visited(services(), sign_in, token, visits.address(proxies), do)

    pages.add_url_rule("/password/<token>", "ask", lambda token: visited(token, _shown), methods=["GET"])
    pages.add_url_rule("/password/<token>", "take", lambda token: visited(token, _taken), methods=["POST"])
    pages.add_url_rule("/password/<token>/done", "done", lambda token: visited(token, _done), methods=["GET"])
    return pages


def _visited(
    services: Services | None, sign_in: SignIn, token: str, address: str, do: Callable[[Visit], Response]
) -> Response:
    """Who is before the page is found out first; whatever then is refused is said on a page."""
    if services is None:
        return page("Please wait", said(TRY_AGAIN), 503)
    try:
        who = sign_in.who()
        if who is None:
            return _asked_who(sign_in, token)
        visit = visits.visit(services.at(Surface.PAGE, Try(), address), who, token)
        if request.method == "POST":
            private_page.count_try(visit.services, visit.person, token, address)
        elif do is _shown and _asks_anew(visit):
            return with_headers(sign_in.begin(f"/password/{token}?{SIGNED_IN_ANEW}"))
        return visits.kept(visit, do(visit))
    except OmmError as error:
        return _instead(error)


def _asked_who(sign_in: SignIn, token: str) -> Response:
    """The way to Slack, which says who it is; not from a form, whose passwords would have to be typed again."""
    if request.method != "GET" or not TOKEN.fullmatch(token):
        return _signed_out()
    return with_headers(sign_in.begin(f"/password/{token}"))


def _asks_anew(visit: Visit) -> bool:
    """True: whoever is before the browser is to sign in anew, once, before anything is shown or refused.

    Their sign-in may end before the link does, so that what they type is not taken. Or somebody else has signed in
    before with this browser: people share computers.
    """
    if SIGNED_IN_ANEW in request.args or not TOKEN.fullmatch(visit.token):
        return False
    return not private_page.has_signed_in(visit.services, visit.person, visit.token, visit.who.until)


def _instead(error: OmmError) -> Response:
    """The page in the place of one that cannot be shown, or of what could not be done."""
    if isinstance(error, PageRefusedError):
        return refused(error.why)
    if isinstance(error, NoLongerError):
        return refused(Refusal.GONE_ON)
    title, words, status = _told(error)
    return page(title, said(words), status)


def _told(error: OmmError) -> tuple[str, str, int]:
    """A title, words, and a status of HTTP for what is no refusal of the page's own."""
    match error:
        case UnknownPersonError():
            return "Please try again", str(error), 503
        case NotGoneOnError():
            return "The passwords are saved", _not_gone_on(error), 503
        case TakenError():
            return "Please wait", f"{BUSY} {SEND_AGAIN}", 503
        case NotAllowedError() | InputError():
            return "Not possible", _words(str(error)), 403
        case UnreadableError():
            return "Not possible", str(error), 503
    return "Please wait", TRY_AGAIN, 503


def refused(why: Refusal) -> Response:
    """The page that says why; to a stranger somebody else's link looks as one that never was."""
    title, words, status = REFUSED[Refusal.UNKNOWN if why is Refusal.ANOTHERS else why]
    return page(title, said(words), status)


def _signed_out() -> Response:
    return page("You are not signed in", said("Nothing was kept. Open the link again, and sign in with Slack."), 401)


def _words(text: str) -> str:
    """Our own words without Slack's marks."""
    return re.sub(r"<@[^>]*>", "its owner", re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text))


def _not_gone_on(error: NotGoneOnError) -> str:
    """What is told to somebody whose passwords are saved, and how the form goes on."""
    if isinstance(error.__cause__, UnreadableError):
        return f"{SAVED} {error} {ONCE_MENDED}"
    return f"{SAVED} {GO_ON}"


# Showing it


def _shown(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    asked = private_page.look(visit.services, visit.person, visit.token)
    next_, first = NEXT.get(asked.then, (NOT_SENT, START))
    if asked.then in RUNS and visit.services.policies.hold(visit.services.team):
        next_ = f"{next_} {held_up.WAITS}"
    body = render_template_string(
        BODY, name=visit.person.name or "You there", what="form" if asked.purpose is For.FORM else "migration",
        asked=asked, wrong=wrong, csrf=visit.csrf, next=next_, first=first, longest=private_page.LONGEST,
        second=None if asked.then else SAVE, hint=HINT,
    )
    return page("Type the passwords here" if len(asked.mailboxes) > 1 else "Type the password here", body, status)


# Taking it


def _taken(visit: Visit) -> Response:
    services, person, token = visit.services, visit.person, visit.token
    if not is_from_the_page(visit):
        private_page.refuse(services, person, token, Refusal.FORGED)
    try:
        asked = private_page.look(services, person, token)
        if asked.shown != request.form.get("shown", ""):
            private_page.refuse(services, person, token, Refusal.CHANGED)
    except PageRefusedError as error:
        return _not_taken(visit, error)
    typed = {one.side: Secret(request.form.get(one.side.value, "")) for one in asked.mailboxes}
    if wrong := _wrong(typed, asked):
        return _shown(visit, wrong, 400)
    do = request.form.get("do")
    try:
        private_page.use(
            services, person, token, typed, asked.shown, starts=do == "start", login=_login(asked),
            mailbox=_mailbox(asked),
        )
    except FatalError:      # a part of it may be done
        return page("Please wait", said(f"{NOT_DONE} {SEND_AGAIN}"), 503)
    return sent_to(f"/password/{token}/done")


def _not_taken(visit: Visit, error: PageRefusedError) -> Response:
    """The page after one that was not taken. One that was sent again, perhaps as the answer was lost, goes on."""
    if error.why is Refusal.CHANGED:
        return _shown(visit, FORM_CHANGED, 409)
    if error.why is not Refusal.USED:
        raise error
    private_page.go_on_again(visit.services, visit.person, visit.token)
    link, draft = private_page.came_of(visit.services, visit.person, visit.token)
    title, words, status = REFUSED[Refusal.USED]
    is_kept = draft is not None and not draft.lacks
    return page(title, said(f"{_next(visit, link, draft)} {words}" if is_kept else words), status)


def _wrong(typed: Mapping[Side, Secret], asked: Page) -> str:
    """What is wrong with what was typed; '' where nothing is."""
    of_apps = {one.side for one in asked.mailboxes if one.is_app}
    for side, secret in typed.items():
        if not secret:
            return f"Type the password of the {side} account."
        if len(secret) > private_page.LONGEST:
            return f"The password of the {side} account is too long."
        if side in of_apps and not is_app_password(secret):
            return NOT_ONE
    return ""


def _login(asked: Page) -> str:
    """The destination's login, if it is another one now. Raises InputError."""
    if not asked.asks_login:
        return ""
    was = next(one.login for one in asked.mailboxes if one.side is Side.DESTINATION)
    if request.form.get("login", "") == readable(was):
        return ""
    login = login_of(request.form.get("login", "") or was)
    return "" if login == was else login


def _mailbox(asked: Page) -> str:
    """The address of the mailbox that a service account opens, if it is another one now. Raises InputError."""
    was = next((one.opens for one in asked.mailboxes if one.side is Side.DESTINATION), "")
    typed = request.form.get("mailbox", "")
    return address_of(typed) if asked.asks_login and was and typed not in ("", was, readable(was)) else ""


# Afterwards


def _done(visit: Visit) -> Response:
    link, draft = private_page.came_of(visit.services, visit.person, visit.token)
    return page("Thank you", said(f"{_next(visit, link, draft)} {IN_SLACK}"))


def _next(visit: Visit, link: Link, draft: Draft | None) -> str:
    """What happens now."""
    is_held = visit.services.policies.hold(visit.services.team) is not None
    if link.purpose is For.TASK:
        return IN_LINE if is_held and link.then in RUNS else NEXT[link.then][0].replace(" then", "")
    if draft is None:
        return "The form does not exist any more."
    if draft.state is DraftState.CHECKING:
        what = "looks at" if draft.looks else "signs in to"
        return f"OMM {what} both mailboxes now. The form in Slack says what comes of it."
    if is_held and draft.state is DraftState.STARTED:
        return IN_LINE
    return AFTERWARDS.get(draft.state, "The passwords are saved. Go on in the form in Slack.")
