"""Sign in with Slack: who is before a page of ours (docs.slack.dev/authentication/sign-in-with-slack).

A sign-in begins with a cookie in the browser and a state in Slack's address (`beginnings.py`); only both together
finish it, once, within ten minutes. Slack is asked for nothing but `openid`, that is for two IDs. Its tokens are not
kept.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode, urljoin

from flask import Blueprint, Response, redirect, request
from markupsafe import escape
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.audit.auditing import Outcome, came_of
from bot.services import Services
from bot.slack_errors import SLACK_FAILS, why
from bot.stored.audit_entries import Result, Surface, What
from bot.stored.web_sessions import LASTS, MOST_REFUSALS
from engine.errors import FatalError
from web import id_tokens, refusals
from web.beginnings import Beginning, begun, found, name_of
from web.id_tokens import NotForUsError
from web.pages import page, with_headers
from web.refusals import RefusedError
from web.who import SignedIn

CALLBACK = "/slack/sign-in/callback"
PERSON = "omm-person"       # the cookie of whoever has signed in
AT_ONCE = 4         # that Slack is asked about; the web program's other threads are for what Slack sends
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
        self._asking = BoundedSemaphore(AT_ONCE)

    @property
    def blueprint(self) -> Blueprint:
        """The page that Slack sends browsers back to."""
        pages = Blueprint("sign_in", __name__)
        pages.add_url_rule(CALLBACK, "callback", self._callback)
        pages.register_error_handler(FatalError, _store_is_away)
        return pages

    def who(self) -> SignedIn | None:
        """Whoever this request's browser has signed in as, in this workspace. Raises FatalError(cause STORE)."""
        services = self._services()
        if services is None:
            return None
        session = services.web_sessions.session(request.cookies.get(self._named(PERSON), ""))
        if session is None or session.team != services.team:
            return None
        return SignedIn(session.team, session.user, session.until)

    def begin(self, back: str) -> Response:
        """Sends the browser to Slack, to sign in and come back to `back`. It answers a GET: no form may lead elsewhere.

        Nothing is stored by it. Raises ValueError for anything but a path of ours.
        """
        services = self._services()
        if services is None:
            return _not_yet()
        beginning = begun(back, services.clock())
        answer = _sent_to(urljoin(self._slack.base_url, "../openid/connect/authorize") + "?" + urlencode({
            "response_type": "code", "scope": "openid", "client_id": self._client_id, "state": beginning.state,
            "nonce": beginning.nonce, "team": services.team, "redirect_uri": self._public_url + CALLBACK,
        }))
        self._set_cookie(answer, beginning.name, beginning.cookie)
        return answer

    def _callback(self) -> Response:
        """What Slack sends the browser back to. From here it goes on at once, so that no address keeps the code."""
        services = self._services()
        if services is None:
            return _not_yet()
        try:
            beginning = self._beginning(services)
            signed_in = self._said_by_slack(services, beginning)
        except RefusedError as error:
            return _refused(services, error)
        answer = _sent_to(beginning.back)
        self._set_cookie(answer, PERSON, services.web_sessions.open(signed_in.team, signed_in.user))
        answer.delete_cookie(
            self._named(beginning.name), path="/", secure=self._is_secure, httponly=True, samesite="Lax"
        )
        return answer

    def _beginning(self, services: Services) -> Beginning:
        """The sign-in that comes back to the browser that began it. Raises RefusedError."""
        state = _only("state")
        if services.web_sessions.was_used(state):
            raise RefusedError(refusals.USED)
        beginning = found(request.cookies.get(self._named(name_of(state)), ""), state)
        if beginning is None:
            raise RefusedError(refusals.NOT_BEGUN)
        if services.clock() >= beginning.until:
            raise RefusedError(refusals.LATE, back=beginning.back)
        return beginning

    def _said_by_slack(self, services: Services, beginning: Beginning) -> SignedIn:
        """Who it is. Raises RefusedError."""
        back, error = beginning.back, _only("error")
        if error == "access_denied":
            raise RefusedError(refusals.CANCELLED, back=back)
        if error or not _only("code"):
            raise RefusedError(refusals.SLACK_SAYS_NO, back=back, more=_code(error))
        token = self._exchanged(services, beginning)
        try:
            signed_in = id_tokens.read(
                token, client_id=self._client_id, nonce=beginning.nonce, now=services.clock()
            )
        except NotForUsError as wrong:
            raise RefusedError(refusals.NOT_ACCEPTED, back=back, more=str(wrong)) from None
        if signed_in.team != services.team:
            raise RefusedError(refusals.OTHER_TEAM, back=back)
        return signed_in

    def _exchanged(self, services: Services, beginning: Beginning) -> Any:
        """The ID token for the code that came, which uses the sign-in up. Raises RefusedError."""
        if not self._asking.acquire(blocking=False):
            raise RefusedError(refusals.BUSY, back=beginning.back)
        try:
            if not services.web_sessions.use(beginning.state):
                raise RefusedError(refusals.USED)
            return self._asked(beginning.back)
        finally:
            self._asking.release()

    def _asked(self, back: str) -> Any:
        """What Slack answers. Raises RefusedError."""
        try:
            return self._slack.openid_connect_token(
                client_id=self._client_id, client_secret=self._client_secret, code=_only("code"),
                redirect_uri=self._public_url + CALLBACK, grant_type="authorization_code",
            ).get("id_token")
        except SlackApiError as error:
            code = _code(why(error))
            if error.response.status_code != 200:
                raise RefusedError(refusals.AWAY, back=back, more=code) from None
            raise RefusedError(refusals.SLACK_SAYS_NO, back=back, more=OPERATORS.get(code, code)) from None
        except (*SLACK_FAILS, ValueError) as error:
            raise RefusedError(refusals.AWAY, back=back, more=type(error).__name__) from None

    # Cookies

    def _named(self, name: str) -> str:
        """With a prefix by which a browser takes it from this host alone, over TLS (RFC 6265bis, 4.1.3.2)."""
        return f"__Host-{name}" if self._is_secure else name

    def _set_cookie(self, answer: Response, name: str, value: str) -> None:
        answer.set_cookie(
            self._named(name), value, max_age=LASTS, path="/", secure=self._is_secure, httponly=True, samesite="Lax"
        )


def _refused(services: Services, error: RefusedError) -> Response:
    """The page that says so, and a line in the log and in the audit."""
    refusal = error.refusal
    if refusal.result is not None:
        _write_down(services, error, refusal.result)
    again = f'<p><a href="{escape(error.back)}">Try again</a></p>' if error.back else ""
    return page(refusal.title, f"<p>{escape(refusal.words)}</p>{again}", refusal.status)


def _write_down(services: Services, error: RefusedError, result: Result) -> None:
    """Unless somebody fills the log and the audit with it."""
    count = services.web_sessions.count_refusal(services.team)
    if count > MOST_REFUSALS:
        return
    words = error.why if count < MOST_REFUSALS else f"{error.why}. Further ones are not written down for ten minutes"
    log.warning("A sign-in with Slack was refused: %s", words)
    came_of(services, "", What.SIGN_IN, "", Outcome(result, words), Surface.PAGE)


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


def _store_is_away(error: FatalError) -> Response:
    log.warning("%s", error)
    return page("OMM cannot do this now", "<p>Nothing was done. Try again in a minute.</p>", 503)
