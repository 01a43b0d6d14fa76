"""What the token endpoint refuses, with the code of RFC 6749 or of Google's pages."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
import requests

from emulators.google.scopes import MAIL
from tests.contract.google_emulator.app import CLAIRE, SCOPES, App, post, said

TESTING = {"publishing": "testing", "audience": "external"}
DAY = 86400.0


def refresh_token(app: App, **asked: str) -> str:
    """One that somebody's consent has just given."""
    found: str = app.redeem(app.code(**asked)).json()["refresh_token"]
    return found


@pytest.mark.parametrize(("given", "status", "error"), [
    ({"grant_type": None}, 400, "invalid_request"),
    ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"code": ""}, 400, "invalid_request"),
    ({"code": "4/0Anothing"}, 400, "invalid_grant"),
    ({"client_secret": None}, 400, "invalid_request"),
    ({"client_secret": "GOCSPX-wrong"}, 401, "invalid_client"),
    ({"client_id": "nobody.apps.googleusercontent.com"}, 401, "invalid_client"),
    ({"scope": MAIL}, 400, "invalid_request"),
    ({"resource": "x"}, 400, "invalid_request"),
])
def test_a_code_is_not_exchanged(app: App, given: dict[str, str | None], status: int, error: str) -> None:
    """Each wrong parameter is refused, and the same code is good afterwards."""
    code = app.code()
    assert said(app.redeem(code, **given)) == (status, error)
    assert app.redeem(code).status_code == 200


def test_parameters_come_once_in_a_form_in_the_body(app: App) -> None:
    """Repeated, in the address, as JSON, with two kinds of credentials: refused. As HTTP Basic: taken."""
    secrets = app.secrets
    whole = {"grant_type": "authorization_code", "code": app.code(), "redirect_uri": app.back,
             "client_id": secrets["client_id"], "client_secret": secrets["client_secret"]}
    url, basic = secrets["token_uri"], (secrets["client_id"], secrets["client_secret"])
    assert said(post(url, [*whole.items(), ("code", whole["code"])])) == (400, "invalid_request")
    assert said(post(url, whole, params={"code": whole["code"]})) == (400, "invalid_request")
    assert said(requests.post(url, json=whole, timeout=60)) == (400, "invalid_request")
    assert said(post(url, urlencode(whole), headers={"Content-Type": "text/plain"})) == (400, "invalid_request")
    assert said(post(url, whole, auth=basic)) == (400, "invalid_request")
    assert requests.get(url, whole, timeout=60).status_code == 405
    bare = {name: value for name, value in whole.items() if name not in ("client_id", "client_secret")}
    assert post(url, bare, auth=basic).status_code == 200


def test_a_refresh_token_is_of_one_client(app: App) -> None:
    """Another client gets nothing for it, and its owner does."""
    token, mine = refresh_token(app), app.secrets
    app.google.add_client("web", redirect_uris=[app.back])
    assert said(app.refresh(token)) == (401, "unauthorized_client")
    assert app.refresh(token, client_id=mine["client_id"], client_secret=mine["client_secret"]).status_code == 200
    assert said(app.refresh("1//0nothing")) == (400, "invalid_grant")
    assert said(app.refresh("")) == (400, "invalid_request")


def test_a_disabled_client_gets_nothing(app: App) -> None:
    """disabled_client at the token endpoint, and on Google's page."""
    token = refresh_token(app)
    app.google.change_client("web", disabled=True)
    assert said(app.refresh(token)) == (401, "disabled_client")
    assert "disabled_client" in app.browser().open(app.url()).text


def test_what_a_refresh_token_dies_of(app: App) -> None:
    """Access removed, password changed, half a year idle: invalid_grant; with the first two die access tokens, too."""
    for death in (app.google.revoke, app.google.change_password):
        body = app.redeem(app.code()).json()
        death(CLAIRE)
        assert said(app.refresh(body["refresh_token"])) == (400, "invalid_grant")
        assert app.google.introspect(body["access_token"]) == {"active": False}
    idle, used = refresh_token(app), refresh_token(app)
    app.clock.now += 100 * DAY
    assert app.refresh(used).status_code == 200
    app.clock.now += 100 * DAY
    assert said(app.refresh(idle)) == (400, "invalid_grant")
    assert app.refresh(used).status_code == 200


def test_a_password_ends_grants_of_gmail_alone(app: App) -> None:
    """A token for calendars outlives it."""
    calendar = refresh_token(app, scope=SCOPES[1])
    app.google.change_password(CLAIRE)
    assert app.refresh(calendar).status_code == 200


def test_a_project_in_testing_gives_seven_days(app: App) -> None:
    """But for what is asked to sign in; the answer says the seconds that remain; publishing it later helps nothing."""
    app.google.configure(**TESTING)
    app.google.change_person(CLAIRE, test_user=True)
    body = app.redeem(app.code()).json()
    assert body["refresh_token_expires_in"] == 7 * DAY
    sign_in = refresh_token(app, scope="openid email")
    app.google.configure(publishing="production")
    app.clock.now += 7 * DAY - 1
    assert app.refresh(body["refresh_token"]).status_code == 200
    app.clock.now += 1
    assert said(app.refresh(body["refresh_token"])) == (400, "invalid_grant")
    assert app.refresh(sign_in).status_code == 200


def test_access_may_be_granted_for_a_time(app: App) -> None:
    """Half a year, say, and the answer has the seconds that remain; an unlimited grant has none."""
    assert "refresh_token_expires_in" not in app.redeem(app.code()).json()
    app.google.configure(granted_seconds=180 * DAY, idle_seconds=1000 * DAY)
    body = app.redeem(app.code()).json()
    assert body["refresh_token_expires_in"] == 180 * DAY
    app.clock.now += 180 * DAY
    assert said(app.refresh(body["refresh_token"])) == (400, "invalid_grant")


def test_an_internal_project_has_no_such_end(app: App) -> None:
    """Seven days are for external ones."""
    app.google.configure(publishing="testing", audience="internal")
    token = refresh_token(app)
    app.clock.now += 8 * DAY
    assert app.refresh(token).status_code == 200


def test_the_oldest_of_too_many_dies(app: App) -> None:
    """50 of one person and client; the next one ends the first without a word."""
    app.google.configure(refresh_tokens=3)
    first, second = refresh_token(app), refresh_token(app)
    refresh_token(app)
    assert app.refresh(first).status_code == 200
    refresh_token(app)
    assert said(app.refresh(first)) == (400, "invalid_grant")
    assert app.refresh(second).status_code == 200
    assert app.google.settings.refresh_tokens == 3


def test_what_an_administrator_does_to_it(app: App) -> None:
    """Session control asks people in again, with Google's own words for it; a blocked app is told the policy."""
    token = refresh_token(app)
    app.google.change_person(CLAIRE, session_seconds=16 * 3600.0)
    assert app.refresh(token).status_code == 200
    app.clock.now += 16 * 3600
    answer = app.refresh(token)
    assert said(answer) == (400, "invalid_grant")
    assert answer.json()["error_subtype"] == "invalid_rapt"
    again = refresh_token(app)
    assert app.refresh(again).status_code == 200
    app.google.change_person(CLAIRE, admin_blocks=True)
    assert said(app.refresh(again)) == (400, "admin_policy_enforced")
