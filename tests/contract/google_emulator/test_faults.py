"""Faults that a test injects, and what the emulator tells tests of what was called."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import Request

from emulators.google import Fault
from tests.contract.google_emulator.app import CLAIRE, SCOPES, App, get, said


def test_the_next_calls_of_an_endpoint_fail(app: App) -> None:
    """As many as the fault says, after as many as it leaves alone, of that grant type; then all is well again."""
    body = app.google.consent(CLAIRE, SCOPES)
    app.google.add_fault(Fault(endpoint="token", grant_type="refresh_token", skip=1, times=2, action="status"))
    app.google.add_fault(Fault(endpoint="gmail", times=None, action="status", status=429, retry_after=7))
    assert app.redeem(app.code()).status_code == 200
    assert [app.refresh(body["refresh_token"]).status_code for _ in range(4)] == [200, 503, 503, 200]
    limited = app.api("gmail/v1/users/me/labels", body["access_token"])
    assert limited.headers["Retry-After"] == "7"
    assert limited.json()["error"]["errors"][0]["reason"] == "rateLimitExceeded"
    assert app.api("oauth2/v3/userinfo", body["access_token"]).status_code == 200
    app.google.clear_faults()
    assert app.api("gmail/v1/users/me/labels", body["access_token"]).status_code == 200
    with pytest.raises(ValueError, match="no endpoint"):
        app.google.add_fault(Fault(endpoint="tokens", action="drop"))


def test_what_can_be_answered(app: App) -> None:
    """An error of OAuth's or of an API's, bytes that are no JSON, a page of a proxy, of any status."""
    body = app.google.consent(CLAIRE, SCOPES)
    app.google.add_fault(Fault(endpoint="token", action="error", error="invalid_grant"))
    assert said(app.refresh(body["refresh_token"])) == (400, "invalid_grant")
    app.google.add_fault(Fault(endpoint="gmail", action="error", status=403, error="userRateLimitExceeded"))
    found = app.api("gmail/v1/users/me/labels", body["access_token"]).json()["error"]
    assert (found["code"], found["errors"][0]["reason"]) == (403, "userRateLimitExceeded")
    app.google.add_fault(Fault(endpoint="token", action="garbage", status=200))
    with pytest.raises(requests.exceptions.JSONDecodeError):
        app.refresh(body["refresh_token"]).json()
    app.google.add_fault(Fault(endpoint="token", action="html", status=200))
    assert app.refresh(body["refresh_token"]).headers["Content-Type"].startswith("text/html")
    app.google.add_fault(Fault(endpoint="auth", action="status", status=500))
    assert get(app.url()).status_code == 500


def test_googles_library_sees_them_as_it_would_see_googles(app: App) -> None:
    """A lost answer is a transport error; invalid_grant is final."""
    credentials = app.granted()
    app.google.add_fault(Fault(endpoint="token", times=None, action="drop"))
    with pytest.raises(TransportError):
        credentials.refresh(Request())
    app.google.clear_faults()
    app.google.add_fault(Fault(endpoint="token", action="error", error="invalid_grant"))
    with pytest.raises(RefreshError) as refused:
        credentials.refresh(Request())
    assert not refused.value.retryable


def test_a_lost_answer_is_lost_after_the_work(app: App) -> None:
    """The code was exchanged, and nobody has the tokens; the code is spent."""
    code = app.code()
    app.google.add_fault(Fault(endpoint="token", when="after", action="drop"))
    with pytest.raises(requests.ConnectionError):
        app.redeem(code)
    assert len(app.google.tokens(CLAIRE)["refresh"]) == 1
    assert said(app.redeem(code)) == (400, "invalid_grant")
    assert app.google.tokens(CLAIRE)["refresh"] == []
    assert [one.status for one in app.google.requests if one.endpoint == "token"] == [0, 400]


def test_a_call_is_held_until_the_test_lets_go(app: App) -> None:
    """A slow Google, which answers others meanwhile."""
    body = app.google.consent(CLAIRE, SCOPES)
    app.google.add_fault(Fault(endpoint="token", action="hold", name="slow"))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(app.refresh, body["refresh_token"])
        assert app.google.wait_held("slow", 60)
        assert app.api("oauth2/v3/userinfo", body["access_token"]).status_code == 200
        assert not waiting.done()
        app.google.release("slow")
        assert waiting.result(60).status_code == 200


def test_tests_read_what_was_called_and_logs_do_not(app: App) -> None:
    """Each call with its parameters and its header; none of it in a repr."""
    code = app.code()
    body = app.redeem(code).json()
    app.api("gmail/v1/users/me/profile", body["access_token"])

    token, profile = app.google.requests[-2:]
    assert (token.endpoint, token.verb, token.status, token.one("code")) == ("token", "POST", 200, code)
    assert (profile.path, profile.authorization) == ("/gmail/v1/users/me/profile", f"Bearer {body['access_token']}")
    state, codes = app.google._state, app.google._served.authorization.codes
    shown = repr([app.google.requests, *(list(one.values()) for one in (
        state.clients, state.ledger.access, state.ledger.refresh, codes))])
    for secret in (code, app.secrets["client_secret"], body["access_token"], body["refresh_token"], body["id_token"]):
        assert secret not in shown
