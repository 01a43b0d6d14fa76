"""Sign in with Slack: who is before a page of ours (docs.slack.dev/authentication/sign-in-with-slack).

A sign-in begins with a cookie in the browser and a state in Slack's address; only both together finish it, once, within
ten minutes. Slack is asked for nothing but `openid`, that is for two IDs, and its tokens are not kept.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urljoin

from flask import Blueprint, Response, redirect, request
from markupsafe import escape
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.auditing import Outcome, came_of
from bot.services import Services
from bot.slack_errors import SLACK_FAILS, why
from bot.stored.audit_entries import Result, Surface, What
from bot.stored.web_sessions import LASTS, MOST_REFUSALS, back_of, cookie_name, nonce_of
from engine.errors import FatalError, OmmError, UnreadableError
from web import id_tokens, refusals
from web.id_tokens import NotForUsError
from web.pages import page, with_headers
from web.refusals import RefusedError
from web.who import SignedIn

CALLBACK = "/slack/sign-in/callback"
SLACK = "https://slack.com/api/"
PERSON = "omm-person"       # the cookie of whoever has signed in
# A path of ours: no second slash or backslash, which browsers take for another host (WHATWG URL, 4.4).
OURS = re.compile(r"/(?![/\\])[A-Za-z0-9._~%!$&'()*+,;=:@/?-]{0,1000}")
CODES = re.compile(r"[a-z_]{1,60}")
# What Slack answers where our own settings are wrong (docs.slack.dev/reference/methods/openid.connect.token).
OPERATORS = {
    "bad_client_secret": "SLACK_CLIENT_SECRET is wrong", "invalid_client_id": "SLACK_CLIENT_ID is wrong",
    "bad_redirect_uri": "the app in Slack has another redirect URL",
}
log = logging.getLogger(__name__)


class SlackSignIn:
    """What tells who is before a page, by asking Slack. `web/who.py` says what it promises to other pages."""

    def __init__(
        self, services: Callable[[], Services | None], slack: WebClient, *, client_id: str, client_secret: str,
        public_url: str,
    ) -> None:
        """`services` gives None while Slack has not said which workspace this is."""
        self._services, self._slack = services, slack
        self._client_id, self._client_secret, self._public_url = client_id, client_secret, public_url
        self._is_secure = public_url.startswith("https://")

    @property
    def blueprint(self) -> Blueprint:
        """The page that Slack sends browsers back to."""
        pages = Blueprint("sign_in", __name__)
        pages.add_url_rule(CALLBACK, "callback", self._callback)
        pages.register_error_handler(FatalError, _store_is_away)
        pages.register_error_handler(UnreadableError, _store_is_away)
        return pages

    def who(self) -> SignedIn | None:
        """Whoever this request's browser has signed in as, in this workspace. Raises FatalError(cause STORE)."""
        services = self._services()
        if services is None:
            return None
        session = services.web_sessions.session(request.cookies.get(self._named(PERSON), ""))
        return SignedIn(session.team, session.user) if session is not None and session.team == services.team else None

    def begin(self, back: str) -> Response:
        """Sends the browser to Slack, to sign in and come back to `back`. It answers a GET: no form may lead elsewhere.

        Raises ValueError for anything but a path of ours, and FatalError(cause STORE).
        """
        if not OURS.fullmatch(back):
            raise ValueError("a sign-in leads back to a path of ours alone")
        services = self._services()
        if services is None:
            return _not_yet()
        beginning = services.web_sessions.begin(services.team, back)
        answer = _sent_to(urljoin(self._slack.base_url or SLACK, "../openid/connect/authorize") + "?" + urlencode({
            "response_type": "code", "scope": "openid", "client_id": self._client_id, "state": beginning.state,
            "nonce": beginning.nonce, "team": services.team, "redirect_uri": self._public_url + CALLBACK,
        }))
        self._set_cookie(answer, cookie_name(beginning.state), beginning.cookie)
        return answer

    def _callback(self) -> Response:
        """What Slack sends the browser back to. From here it goes on at once, so that no address keeps the code."""
        services = self._services()
        if services is None:
            return _not_yet()
        try:
            cookie = self._begun(services)
            signed_in = self._said_by_slack(services, cookie)
        except RefusedError as error:
            return self._refused(services, error)
        answer = _sent_to(back_of(cookie))
        self._set_cookie(answer, PERSON, services.web_sessions.open(signed_in.team, signed_in.user))
        return self._without_cookie(answer)

    def _begun(self, services: Services) -> str:
        """The cookie of the sign-in that comes back, which is used up by it. Raises RefusedError."""
        state, sessions = _only("state"), services.web_sessions
        begun = sessions.find(state)
        if begun is None or begun.team != services.team:
            raise RefusedError(refusals.UNKNOWN)
        cookie = request.cookies.get(self._named(cookie_name(state)), "")
        if begun.used:
            raise RefusedError(refusals.USED)
        if not sessions.is_by(begun, cookie):
            raise RefusedError(refusals.ELSEWHERE)
        if services.clock() >= begun.until:
            raise RefusedError(refusals.LATE, back=back_of(cookie))
        if not sessions.use(state):
            raise RefusedError(refusals.USED)
        return cookie

    def _said_by_slack(self, services: Services, cookie: str) -> SignedIn:
        """Who it is. Raises RefusedError."""
        back, error = back_of(cookie), _only("error")
        if error == "access_denied":
            raise RefusedError(refusals.CANCELLED, back=back)
        if error or not _only("code"):
            raise RefusedError(refusals.SLACK_SAYS_NO, back=back, more=_code(error))
        try:
            signed_in = id_tokens.read(
                self._exchanged(back), client_id=self._client_id, nonce=nonce_of(cookie), now=services.clock()
            )
        except NotForUsError as wrong:
            raise RefusedError(refusals.NOT_ACCEPTED, back=back, more=str(wrong)) from None
        if signed_in.team != services.team:
            raise RefusedError(refusals.OTHER_TEAM, back=back)
        return signed_in

    def _exchanged(self, back: str) -> Any:
        """The ID token for the code that came. Raises RefusedError."""
        try:
            return self._slack.openid_connect_token(
                client_id=self._client_id, client_secret=self._client_secret, code=_only("code"),
                redirect_uri=self._public_url + CALLBACK, grant_type="authorization_code",
            ).get("id_token")
        except SlackApiError as error:
            code = _code(why(error))
            if error.response.status_code != 200 or code == "ratelimited":
                raise RefusedError(refusals.AWAY, back=back, more=code) from None
            raise RefusedError(refusals.SLACK_SAYS_NO, back=back, more=OPERATORS.get(code, code)) from None
        except (*SLACK_FAILS, ValueError) as error:
            raise RefusedError(refusals.AWAY, back=back, more=type(error).__name__) from None

    def _refused(self, services: Services, error: RefusedError) -> Response:
        """The page that says so. The log and the audit do, too, unless somebody fills them with it."""
        refusal = error.refusal
        if refusal.result is not None:
            _write_down(services, error, refusal.result)
        again = f'<p><a href="{escape(error.back)}">Try again</a></p>' if error.back else ""
        return self._without_cookie(page(refusal.title, f"<p>{escape(refusal.words)}</p>{again}", refusal.status))

    # Cookies

    def _named(self, name: str) -> str:
        """With a prefix by which a browser takes it from this host alone, over TLS (RFC 6265bis, 4.1.3.2)."""
        return f"__Host-{name}" if self._is_secure else name

    def _set_cookie(self, answer: Response, name: str, value: str) -> None:
        answer.set_cookie(
            self._named(name), value, max_age=LASTS, path="/", secure=self._is_secure, httponly=True, samesite="Lax"
        )

    def _without_cookie(self, answer: Response) -> Response:
        """The same answer; the browser forgets the cookie of the sign-in that is over."""
        if state := _only("state"):
            answer.delete_cookie(
                self._named(cookie_name(state)), path="/", secure=self._is_secure, httponly=True, samesite="Lax"
            )
        return answer


def _write_down(services: Services, error: RefusedError, result: Result) -> None:
    count = services.web_sessions.count_refusal(services.team)
    if count > MOST_REFUSALS:
        return
    words = error.why if count < MOST_REFUSALS else f"{error.why}. Further ones are not written down for ten minutes"
    log.warning("A sign-in with Slack was refused: %s", words)
    came_of(services, error.user, What.SIGN_IN, "", Outcome(result, words), Surface.PAGE)


def _only(name: str) -> str:
    """A parameter of the address; '' where it is not there, or more than once (RFC 6749, 3.1)."""
    values = request.args.getlist(name)
    return values[0] if len(values) == 1 else ""


def _code(word: str) -> str:
    """A word of Slack's as it can stand in a log."""
    return word if CODES.fullmatch(word) else "no word of Slack's"


def _sent_to(address: str) -> Response:
    answer: Any = redirect(address, 303)
    return with_headers(answer)


def _not_yet() -> Response:
    return page("OMM has only just started", "<p>Try again in a minute.</p>", 503)


def _store_is_away(error: OmmError) -> Response:
    log.warning("%s", error)
    return page("OMM cannot do this now", "<p>Nothing was done. Try again in a minute.</p>", 503)
