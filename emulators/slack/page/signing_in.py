"""The page on which somebody allows an app to know who they are, or cancels.

Who is signed in to Slack in a browser, a cookie says; without one, the page asks.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask, Response, jsonify, redirect, render_template, request

from emulators.slack.openid import Asked, OpenId, keys
from emulators.slack.triggers import RefusedError
from emulators.slack.workspace import User

COOKIE = "slack-emulator-person"


def add_signing_in(app: Flask, openid: Callable[[], OpenId]) -> None:
    """Put its addresses into an application; `openid` is that of the request at hand."""
    app.add_url_rule("/openid/connect/authorize", "authorize", lambda: _authorize(openid()))
    app.add_url_rule("/openid/connect/authorize", "decide", lambda: _decide(openid()), methods=["POST"])
    app.add_url_rule("/openid/connect/keys", "keys", lambda: jsonify(keys()))
    app.add_url_rule("/.well-known/openid-configuration", "configuration",
                     lambda: jsonify(openid().configuration()))


def _authorize(openid: OpenId) -> Response:
    """The question; whoever has answered it before is sent on at once."""
    asked = _asked(openid, request.args.to_dict(flat=False))
    if isinstance(asked, Response):
        return asked
    user = openid.person(request.cookies.get(COOKIE, ""))
    if user is not None and not openid.asks(user, asked):
        return _sent_back(asked, code=openid.allow(user, asked))
    page = render_template("sign_in.html", me=user, people=openid.people(), query=request.query_string.decode())
    return Response(page, headers={"Content-Security-Policy": _policy(asked)})


def _policy(asked: Asked) -> str:
    """As of any page, but that what comes of its form is at the app (Content Security Policy Level 3, form-action)."""
    back = urlsplit(asked.redirect_uri)
    forms = f"'self' {back.scheme}://{back.netloc}"
    return f"default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action {forms}"


def _decide(openid: OpenId) -> Response:
    """What somebody presses. The form's address has what was asked."""
    asked = _asked(openid, parse_qs(request.form.get("query", ""), keep_blank_values=True))
    if isinstance(asked, Response):
        return asked
    user = openid.person(request.form.get("user", ""))
    if user is None:
        return _error("user_not_found")
    answer = _decided(openid, user, asked)
    answer.set_cookie(COOKIE, user.id, httponly=True, samesite="Lax")
    return answer


def _decided(openid: OpenId, user: User, asked: Asked) -> Response:
    if request.form.get("do") != "allow":
        return _sent_back(asked, error="access_denied")     # RFC 6749, 4.1.2.1
    return _sent_back(asked, code=openid.allow(user, asked))


def _asked(openid: OpenId, given: Mapping[str, list[str]]) -> Asked | Response:
    try:
        return openid.asked(given)
    except RefusedError as error:
        return _error(error.code)


def _sent_back(asked: Asked, **said: str) -> Response:
    answer: Any = redirect(f"{asked.redirect_uri}?{urlencode({**said, 'state': asked.state})}", 302)
    return answer  # type: ignore[no-any-return]  # a Response


def _error(code: str) -> Response:
    """Nobody is sent to an address that may be anybody's."""
    return Response(json.dumps({"ok": False, "error": code}), 400, mimetype="application/json")
