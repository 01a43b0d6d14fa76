"""Slack: token, scopes, clock, signing secret, Socket Mode, sign-in, and whether Slack takes what we draw."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

import wiring
from bot.scopes import SCOPES
from bot.slack_errors import SLACK_FAILS, why
from engine.clock import utc_now
from engine.errors import InputError
from engine.words import number
from terminal.deployment.drawn import drawn
from terminal.deployment.line import Line, right, untried, warning, wrong
from web.sign_in import CALLBACK

SLACK, SCOPE, CLOCK, SECRET = "Slack's token", "Slack's scopes", "clock", "signing secret"
SOCKET, SIGN_IN, DRAWN = "Socket Mode", "Sign in with Slack", "messages and windows"
NEARLY, TOO_FAR = 60.0, 300.0       # seconds; docs.slack.dev/authentication/verifying-requests-from-slack: 5 minutes
SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
INSTALL = "Add it in the app's settings (OAuth & Permissions), and install the app anew."
PAUSE = 30.0                        # seconds at most, where Slack asks for one
ONE_ADDRESS = (
    "OMM takes your web server's address for that of each browser: the audit shows it, and all share one limit of "
    "tries."
)
MANY = 5                            # complaints of Slack's that are shown


@dataclass(frozen=True, slots=True)
class Asked:
    """How Slack is reached, with the token that it is for."""

    slack: wiring.SlackSettings

    @property
    def client(self) -> WebClient:
        """A client that repeats nothing by itself."""
        return wiring.slack_client(self.slack)


def reached(chosen: wiring.Settings) -> Asked | Line:
    """How to ask Slack; a line where the settings do not say."""
    try:
        return Asked(wiring.slack_settings(chosen.environ))
    except InputError as error:
        return wrong(SLACK, str(error))


def token(at: Asked) -> Iterator[Line]:
    """Whether Slack knows the token, what it may, and whether our clock fits."""
    try:
        answer = at.client.auth_test()
    except SLACK_FAILS as error:
        yield wrong(SLACK, f"Slack does not take SLACK_BOT_TOKEN: {why(error)}.",
                    "Copy the token again from Install App.")
        return
    yield right(SLACK, f"Slack knows it; it is for workspace {answer.get('team_id')}.")
    headers = {name.lower(): value for name, value in dict(answer.headers).items()}
    yield from scopes(headers)
    yield from clock(headers)


def scopes(headers: Mapping[str, str]) -> Iterator[Line]:
    """The scopes that the token has (X-OAuth-Scopes, docs.slack.dev/authentication/installing-with-oauth)."""
    given = headers.get("x-oauth-scopes")
    if given is None:
        yield untried(SCOPE, "Slack does not say which the token has.")
        return
    granted = {scope.strip() for scope in given.split(",")}
    lacking = [scope for scope in SCOPES if scope.name not in granted]
    for scope in lacking:
        words = f"{scope.name} is missing. {scope.missing}"
        yield warning(SCOPE, words, INSTALL) if scope.is_optional else wrong(SCOPE, words, INSTALL)
    if not lacking:
        yield right(SCOPE, "the token has all that OMM can use.")
    elif all(scope.is_optional for scope in lacking):
        yield right(SCOPE, "the token has all that OMM needs.")
    more = sorted(granted - {scope.name for scope in SCOPES} - {""})
    if more:
        yield warning(SCOPE, f"the token may more than OMM uses: {', '.join(more)}.", "Take these scopes away.")


def clock(headers: Mapping[str, str]) -> Iterator[Line]:
    """Our clock beside Slack's, by which requests are signed."""
    try:
        apart = abs((utc_now() - parsedate_to_datetime(headers["date"])).total_seconds())
    except (KeyError, ValueError, TypeError):
        yield untried(CLOCK, "Slack's answer has no time.")
        return
    words = f"this machine's is {apart:,.0f} seconds from Slack's"
    if apart > TOO_FAR:
        yield wrong(CLOCK, f"{words}: requests are refused from five minutes on.", "Set the clock (NTP).")
    elif apart > NEARLY:
        yield warning(CLOCK, f"{words}.", "Set the clock (NTP).")
    else:
        yield right(CLOCK, "this machine's agrees with Slack's.")


def ways_in(at: Asked) -> Iterator[Line]:
    """How Slack reaches the web program: signed requests, or Socket Mode. Opens no connection."""
    if not at.slack.signing_secret:
        yield untried(SECRET, "not set; with Socket Mode none is needed.")
    elif SIGNING_SECRET.fullmatch(at.slack.signing_secret):
        yield right(SECRET, "it looks like one. Only a request of Slack's shows that it is the app's.")
    else:
        yield warning(SECRET, "it does not look like one: Slack's have 32 digits from 0 to f.",
                      "Copy it again from Basic Information.")
    if not at.slack.app_token:
        yield untried(SOCKET, "SLACK_APP_TOKEN is not set; Slack sends requests to the web program.")
        return
    try:
        at.client.apps_connections_open(app_token=at.slack.app_token)
    except SLACK_FAILS as error:
        yield wrong(SOCKET, f"Slack does not take SLACK_APP_TOKEN: {why(error)}.",
                    "It needs the scope connections:write, and Socket Mode turned on in the app's settings.")
    else:
        yield right(SOCKET, "Slack gives a connection.")


BY_NUMBER = (
    "not set, so there are no pages for passwords; whoever consents at Google types a number into Slack afterwards."
)


def sign_in(at: Asked) -> Iterator[Line]:
    """Whether a page of ours can find out who is before it: all three settings, or none."""
    lacking = at.slack.lacks_for_pages
    if at.slack.signs_in:
        yield right(SIGN_IN, f"set. The app's settings must name this redirect URL: {at.slack.public_url}{CALLBACK}")
        if at.slack.public_url.startswith("https:") and not at.slack.trusted_proxies:    # ours speaks no TLS itself
            yield warning(SIGN_IN, ONE_ADDRESS, "Set OMM_TRUSTED_PROXIES=1, or as many as there are.")
    elif not lacking:
        yield untried(SIGN_IN, "not set, so there are no pages for passwords.")
    elif at.slack.public_url and not (at.slack.client_id or at.slack.client_secret):
        yield untried(SIGN_IN, BY_NUMBER)
    else:
        yield wrong(SIGN_IN, f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not set, so there are no "
                             "pages for passwords.", "Set all three, or none.")


def taken(
    at: Asked, pieces: Iterable[tuple[str, str, Mapping[str, Any]]] = (), wait: Callable[[float], object] = time.sleep
) -> Iterator[Line]:
    """Whether Slack takes one of each kind of message and window that OMM sends. Nothing is sent to anybody.

    docs.slack.dev/reference/methods/blocks.validate, which needs no scope. Its page gives no figure for its rate limit,
    so where Slack asks for a pause, one is made (`wait`, in seconds).
    """
    count = 0
    for name, kind, payload in pieces or drawn():
        complaint = _complaint(at.client, kind, payload)
        if isinstance(complaint, float):
            wait(complaint)
            complaint = _complaint(at.client, kind, payload)
        if complaint is None:
            count += 1
        elif isinstance(complaint, Line | float):
            yield complaint if isinstance(complaint, Line) else untried(DRAWN, "Slack asks for more pauses than one.")
            break
        else:
            yield wrong(DRAWN, f"{name}: {'; '.join(complaint)}", "Please report this as a fault of OMM's.")
    if count:
        yield right(DRAWN, f"Slack takes {number(count, 'kind')} of them.")


def _complaint(client: WebClient, kind: str, payload: Mapping[str, Any]) -> Sequence[str] | Line | float | None:
    """What Slack says against it; None for nothing, seconds to wait first, a line where it cannot be asked."""
    try:
        client.api_call("blocks.validate", params={kind: json.dumps(payload)})
    except SlackApiError as error:
        answer: Any = error.response
        if answer.status_code == 429:       # docs.slack.dev/apis/web-api/rate-limits
            return min(float(answer.headers.get("Retry-After") or PAUSE), PAUSE)
        if answer.get("error") == f"invalid_{kind}":
            found = answer.get("errors") or [{}]
            return [f"{one.get('pointer', '')} {one.get('message', '')}".strip() for one in found[:MANY]]
        return untried(DRAWN, f"Slack does not look at them now ({answer.get('error')}).")
    except SLACK_FAILS as error:
        return untried(DRAWN, f"Slack does not look at them now ({why(error)}).")
    return None
