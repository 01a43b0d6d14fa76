"""The pages: before Google's, for what comes back from it, and for what came of it.

A GET of the first changes nothing, and nobody sees what a link is for before Slack has said who they are. What Google
sends back is answered with a redirect, so that no address keeps the code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from flask import Blueprint, Response, render_template_string, request

from bot.buttons import NoLongerError
from bot.consent import answers as consent_answers
from bot.consent import consents
from bot.consent import numbers as consent_numbers
from bot.consent.answers import Answer
from bot.consent.consents import ASKED_AGAIN_FOR, CALLBACK, RESULT, START, Sent
from bot.pages.links import PageRefusedError, Refusal
from bot.people import UnknownPersonError
from bot.permissions import NotAllowedError
from bot.services import Services, Try
from bot.stored.audit_entries import Surface
from bot.stored.consents import REMEMBERED, Consent, Status, id_of
from bot.stored.drafts import DraftState
from engine.contents import called
from engine.errors import FatalError, InputError, OmmError, UnreadableError
from engine.migration.content import Content
from engine.systems import System
from engine.words import listed
from oauth_callback import words
from web import visits
from web.pages import page, with_headers
from web.visits import TOKEN, Visit, is_from_the_page, said, sent_to
from web.who import SignedIn, SignIn

ANEW = "anew"               # in the address of who has just signed in for it
REFUSED = "/oauth/google/refused"
COOKIE = "omm-consent"
CONSENT_ID = re.compile(r"[0-9a-f]{64}")
CODES = re.compile(r"[\x21-\x7e]{1,2048}")      # RFC 6749, A.11: visible characters; A.7 the same for errors
RELOADS = 2                 # seconds
PLAIN = {"unknown": Refusal.UNKNOWN, "not_begun": Refusal.NOT_BEGUN}     # said to anybody


def blueprint(services: Callable[[], Services | None], sign_in: SignIn | None, *, proxies: int = 0) -> Blueprint:
    """The pages. `services` are None until Slack has said which workspace this is.

    Without `sign_in`, nobody proves who they are: everybody with the address of a page can open it. So a page shows a
    number, which has to be typed into Slack.
    `proxies` is how many reverse proxies stand before us, as for the private page.
    """
    pages = Blueprint("oauth_google", __name__)

    def visited(token: str, do: Callable[[Visit], Response]) -> Response:
        return _visited(services(), sign_in, token, visits.address(proxies), do)

    pages.add_url_rule(f"{START}/<token>", "start", lambda token: visited(token, _shown), methods=["GET"])
    pages.add_url_rule(f"{START}/<token>", "go", lambda token: visited(token, _gone), methods=["POST"])
    pages.add_url_rule(CALLBACK, "callback", lambda: _came_back(services(), sign_in, visits.address(proxies)),
                       methods=["GET"])
    pages.add_url_rule(f"{RESULT}/<token>", "result", lambda token: visited(token, _result), methods=["GET"])
    pages.add_url_rule(f"{RESULT}/<token>", "again", lambda token: visited(token, _again), methods=["POST"])
    pages.add_url_rule(f"{REFUSED}/<why>", "refused", _said_to_anybody, methods=["GET"])
    return pages


def _visited(
    services: Services | None, sign_in: SignIn | None, token: str, address: str, do: Callable[[Visit], Response]
) -> Response:
    """Who is before the page is found out first; whatever then is refused is said on a page."""
    if services is None:
        return _later()
    try:
        who = sign_in.who() if sign_in is not None else _whose(services, token)
        if who is None:
            return _asked_who(sign_in, token)
        visit = visits.visit(services.at(Surface.PAGE, Try(), address), who, token)
        if request.method == "POST":
            _count(visit, address)
        elif sign_in is not None and do is _shown and _asks_anew(visit):
            return with_headers(sign_in.begin(f"{START}/{token}?{ANEW}"))
        return visits.kept(visit, do(visit))
    except OmmError as error:
        return _instead(error)


def _whose(services: Services, token: str) -> SignedIn | None:
    """Whose page it is, who need not be whoever is before it."""
    owner = consents.owner_of(services, token) if TOKEN.fullmatch(token) or CONSENT_ID.fullmatch(token) else ""
    return SignedIn(services.team, owner) if owner else None


def _count(visit: Visit, address: str) -> None:
    services, person = visit.services, visit.person
    consents.count_try(services, person, visit.token, address)
    if not is_from_the_page(visit):
        consents.refuse(services, person, visit.token, Refusal.FORGED)


def _asked_who(sign_in: SignIn | None, token: str) -> Response:
    """The way to Slack, which says who it is; not from a form. Without it, the page is nobody's.

    Whoever comes straight from Google's page comes by a form, which its policy may let lead to no host but ours, not by
    a redirect either (Content Security Policy Level 3, 4.2.4 and 6.4.2); so a page of ours stands between.
    """
    if sign_in is None:
        return refused(Refusal.UNKNOWN)
    if request.method != "GET" or not (TOKEN.fullmatch(token) or CONSENT_ID.fullmatch(token)):
        return page("You are not signed in", said(words.SIGNED_OUT), 401)
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and CONSENT_ID.fullmatch(token):
        title, text = words.TO_SLACK
        return page(title, said(text), reloads=RELOADS)
    return with_headers(sign_in.begin(request.path))


def _asks_anew(visit: Visit) -> bool:
    """True: whoever is before the browser is to sign in anew, once, before anything is shown or refused.

    Their sign-in may end before the link does, or somebody else has signed in before with this browser.
    """
    if ANEW in request.args or not TOKEN.fullmatch(visit.token):
        return False
    return not consents.has_signed_in(visit.services, visit.person, visit.token, visit.who.until)


def _instead(error: OmmError) -> Response:
    """The page in the place of one that cannot be shown, or of what could not be done."""
    match error:
        case PageRefusedError():
            return refused(error.why)
        case NoLongerError():
            return refused(Refusal.GONE_ON)
        case UnknownPersonError():
            return page("Please try again", said(str(error)), 503)
        case NotAllowedError() | InputError():
            return page("Not possible", said(re.sub(r"<@[^>]*>", "its owner", str(error))), 403)
        case UnreadableError():
            return page("Not possible", said(str(error)), 503)
    return _later()


def _later(*, again: bool = False) -> Response:
    """`again`: True: the page is asked for again, so that what came from Google is not lost with its address."""
    title, text = words.COMES_AGAIN if again else ("Please wait", words.TRY_AGAIN)
    return page(title, said(text), 503, reloads=RELOADS if again else 0)


def refused(why: Refusal) -> Response:
    """The page that says why; to a stranger somebody else's link looks as one that never was."""
    title, text, status = words.REFUSED[Refusal.UNKNOWN if why is Refusal.ANOTHERS else why]
    return page(title, said(text), status)


def _said_to_anybody(why: str) -> Response:
    return refused(PLAIN.get(why, Refusal.UNKNOWN))


# Before Google's page


def _shown(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    services = visit.services
    try:
        asked = consents.look(services, visit.person, visit.token)
    except PageRefusedError as error:
        return _used(visit, error)
    body = render_template_string(
        words.BEFORE, name=visit.person.name or "You there", what="migration" if asked.then else "form", asked=asked,
        wrong=wrong, csrf=visit.csrf, next=(words.NUMBER_NEXT if services.by_number else words.NEXT)[asked.then],
        workspace=services.links.home() or services.team, by_number=services.by_number,
        ticks=words.ticks(asked.contents),
    )
    return page("Access to a Google account", body, status, leads_to=consents.asks_at(services))


def _used(visit: Visit, error: PageRefusedError) -> Response:
    """Whoever comes back to a link that they have used is shown what came of it."""
    consent = consents.of_link(visit.services, visit.person, visit.token) if error.why is Refusal.USED else None
    if consent is None:
        raise error
    return sent_to(f"{RESULT}/{consent.id}")


def _gone(visit: Visit) -> Response:
    try:
        sent = consents.ask(visit.services, visit.person, visit.token, request.form.get("shown", ""))
    except PageRefusedError as error:
        if error.why is Refusal.CHANGED:
            return _shown(visit, words.FORM_CHANGED, 409)
        return _used(visit, error)
    return _to_google(visit, sent)


def _to_google(visit: Visit, sent: Sent) -> Response:
    answer = sent_to(sent.url)
    seconds = int(REMEMBERED.total_seconds())       # whoever comes back late is told so
    visits.set_cookie(visit.services, answer, _cookie(sent.consent.id), sent.cookie, seconds)
    return answer


def _cookie(consent_id: str) -> str:
    """What the cookie of a consent is called: a browser may have asked several times."""
    return f"{COOKIE}-{consent_id[:16]}"


def _held(services: Services, consent_id: str) -> str:
    return request.cookies.get(visits.named(services, _cookie(consent_id)), "")


# What comes back


def _came_back(services: Services | None, sign_in: SignIn | None, address: str) -> Response:
    """Sends the browser on at once, whatever comes, so that neither it nor a later page has the code in its address."""
    if services is None:
        return _later(again=True)
    try:
        at, state = services.at(Surface.PAGE, Try(), address), _only("state")
        answer = Answer(state, _only("code"), _only("error"), _held(services, id_of(state)))
        user = "" if sign_in is None else _user(services, sign_in.who())
        consent = consent_answers.came_back(at, user, answer)
    except PageRefusedError as error:
        return sent_to(f"{REFUSED}/{error.why.name.lower()}")
    except FatalError:      # the store is away
        return _later(again=True)
    except OmmError as error:
        return _instead(error)
    return sent_to(f"{RESULT}/{consent.id}")


def _user(services: Services, who: SignedIn | None) -> str:
    return who.user if who is not None and who.team == services.team else ""


def _only(name: str) -> str:
    """A parameter of the address; '' where it is not there, more than once (RFC 6749, 3.1), or no word of Google's."""
    values = request.args.getlist(name)
    return values[0] if len(values) == 1 and CODES.fullmatch(values[0]) else ""


# What came of it


def _result(visit: Visit) -> Response:
    services, person = visit.services, visit.person
    cookie = _own_cookie(visit)
    consent = consent_answers.confirm(services, person, visit.token, cookie)
    if consent.by_number and consent.status is Status.HELD:
        return _number(consent_answers.number_of(services, consent, cookie))
    if consent.status in (Status.HELD, Status.TAKEN):
        title, text = words.WAIT
        return page(title, said(text), reloads=RELOADS)
    title, text = _granted(services, consent) if consent.status is Status.GRANTED else _not_granted(consent)
    label = _label(services, consent)
    again = render_template_string(words.AGAIN, csrf=visit.csrf, label=label) if label else said(words.IN_SLACK)
    return page(title, said(text) + again, leads_to=consents.asks_at(services) if label else "")


def _own_cookie(visit: Visit) -> str:
    """The cookie of a consent. Raises PageRefusedError in another browser, where nothing else says who is before it."""
    services, consent_id = visit.services, visit.token
    cookie = _held(services, consent_id)
    consent = services.consents.find(consent_id) if services.by_number else None
    if consent is not None and not consent.is_of_browser(cookie):
        raise PageRefusedError(Refusal.NOT_BEGUN)
    return cookie


def _number(number: str) -> Response:
    if not number:
        return refused(Refusal.NOT_BEGUN)
    body = render_template_string(words.NUMBER, number=consent_numbers.shown(number))
    return page("One thing more", body, reloads=RELOADS)


def _label(services: Services, consent: Consent) -> str:
    """What the button says that asks once more; '' where there is none."""
    is_whole = consent.status is Status.GRANTED and (bool(consent.then) or not consent.missing)
    if is_whole or services.clock() >= consent.until + ASKED_AGAIN_FOR or consents.available(services):
        return ""
    return words.ASKS_AGAIN.get(consent.status, "")


def _not_granted(consent: Consent) -> tuple[str, str]:
    came = {**words.CAME, **(words.WHY if consent.why else {})}
    title, text = came[consent.status]
    off = _called(consent.contents)
    return title, text.format(address=consent.address, login=consent.login or "another one", off=off, why=consent.why)


def _granted(services: Services, consent: Consent) -> tuple[str, str]:
    draft = consents.form_of(services, consent)
    if draft is not None and not consents.is_kept(services, draft):
        return words.GONE
    address = draft.consented if draft is not None and draft.consented else consent.login or consent.address
    parts = [words.GRANTED.format(address=address)]
    parts += _off(services, consent)
    state = DraftState.STARTED if draft is None else draft.state
    held = services.policies.hold(services.team) is not None
    of_task = words.IN_LINE if held else words.OF_TASK.get(consent.then, "")
    parts.append(of_task if consent.then else words.GONE_ON[state])
    return "Thank you", " ".join(parts)


def _off(services: Services, consent: Consent) -> Iterator[str]:
    """What was not allowed, and what becomes of it: a form asks for it again, a migration leaves it off if it can."""
    if not consent.then and consent.missing:
        yield f"{words.OFF.format(off=_called(consent.missing))} {words.MORE}"
    if not consent.then or not consent.missing:
        return
    migration = services.engine.store.load(consent.about)
    moved = [each for each in consent.missing if each in migration.request.contents]
    off = [each for each in consent.missing if each not in moved]
    if off:
        yield words.OFF.format(off=_called(off))
    if stops := [each for each in moved if not migration.is_done(each)]:
        yield words.STOPS.format(off=_called(stops))


def _called(contents: Iterable[Content]) -> str:
    return listed([called(content, System.GOOGLE, System.EXCHANGE) for content in contents])


def _again(visit: Visit) -> Response:
    _own_cookie(visit)
    return _to_google(visit, consents.ask_again(visit.services, visit.person, visit.token))
