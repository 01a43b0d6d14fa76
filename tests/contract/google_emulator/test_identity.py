"""Whose a token is: userinfo, tokeninfo, introspection; and how it is given back."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.google.scopes import EMAIL, MAIL
from tests.contract.google_emulator.app import BOB, CLAIRE, SCOPES, App, get, parameters, post, said

ALL = (*SCOPES, "profile")


def test_user_info(app: App) -> None:
    """The primary address, whether it is verified, an id that stays, and a name with `profile`; or an error."""
    whole = app.google.consent(CLAIRE, ALL)["access_token"]
    claims = app.api("oauth2/v3/userinfo", whole).json()
    assert claims.keys() == {"sub", "name", "given_name", "family_name", "email", "email_verified", "hd"}
    assert (claims["email"], claims["email_verified"]) == (CLAIRE, True)
    older = app.api("oauth2/v2/userinfo", whole).json()
    assert older == {"id": claims["sub"], "name": "Claire Martin", "given_name": "Claire", "family_name": "Martin",
                     "email": CLAIRE, "verified_email": True, "hd": "example.org"}
    assert app.api("oauth2/v3/userinfo", app.google.consent(BOB, ALL)["access_token"]).json()["sub"] != claims["sub"]

    mail = app.google.consent(CLAIRE, [MAIL])["access_token"]
    for token in (mail, "ya29.nothing", ""):
        assert said(app.api("oauth2/v3/userinfo", token)) == (401, "invalid_request")
    assert app.api("oauth2/v2/userinfo", mail).json()["error"]["status"] == "PERMISSION_DENIED"
    assert app.api("oauth2/v2/userinfo", "").json()["error"]["status"] == "UNAUTHENTICATED"


def test_token_info(app: App) -> None:
    """Whose client it is, its scopes, and its end as text."""
    token = app.google.consent(CLAIRE, SCOPES)["access_token"]
    found = get(f"{app.google.url}tokeninfo", {"access_token": token}).json()
    assert found.keys() == {"azp", "aud", "sub", "scope", "exp", "expires_in", "email", "email_verified", "access_type"}
    assert all(isinstance(value, str) for value in found.values())
    assert (found["aud"], found["expires_in"], found["access_type"]) == (app.secrets["client_id"], "3600", "offline")
    app.clock.now += 3600
    assert said(get(f"{app.google.url}tokeninfo", {"access_token": token})) == (400, "invalid_token")


def test_a_mail_server_is_told_whose_a_token_is(app: App) -> None:
    """RFC 7662 over HTTP and by the facade; a token that is dead, or no access token, is not active."""
    body = app.google.consent(CLAIRE, SCOPES)
    url = f"{app.google.url}introspect"
    seen = post(url, {"token": body["access_token"]}).json()
    assert seen == app.google.introspect(body["access_token"])
    by_dovecot = {"token": body["access_token"], "client_id": "", "client_secret": ""}
    assert post(url, by_dovecot).json() == seen
    assert (seen["active"], seen["email"], seen["exp"]) == (True, CLAIRE, app.clock.now + 3600)
    assert MAIL in seen["scope"].split()
    for token in (body["refresh_token"], "ya29.nothing"):
        assert post(url, {"token": token}).json() == {"active": False}
    app.google.expire(CLAIRE)
    assert post(url, {"token": body["access_token"]}).json() == {"active": False}
    assert app.refresh(body["refresh_token"]).status_code == 200
    app.google.expire(CLAIRE, refresh=True)
    assert said(app.refresh(body["refresh_token"])) == (400, "invalid_grant")


def revoked(app: App, token: str, **options: Any) -> int:
    """POST /revoke."""
    return post(f"{app.google.url}revoke", {"token": token}, **options).status_code


@pytest.mark.parametrize("half", ["access_token", "refresh_token"])
def test_a_grant_is_given_back_by_either_token(app: App, half: str) -> None:
    """All that the person granted ends, no other's does, and consent is asked anew; twice is invalid_token."""
    first, second = app.google.consent(CLAIRE, SCOPES), app.google.consent(CLAIRE, [EMAIL])
    other = app.google.consent(BOB, SCOPES)
    assert revoked(app, first[half]) == 200

    for body in (first, second):
        assert app.google.introspect(body["access_token"]) == {"active": False}
        assert said(app.refresh(body["refresh_token"])) == (400, "invalid_grant")
    assert app.refresh(other["refresh_token"]).status_code == 200
    assert get(app.url(prompt=None, login_hint=CLAIRE), follow=False).status_code == 200
    assert said(post(f"{app.google.url}revoke", {"token": first[half]})) == (400, "invalid_token")


def test_whether_other_grants_survive_is_a_setting(app: App) -> None:
    """Google's pages do not say it of its endpoint; by the setting, one token and its other half end alone."""
    app.google.configure(revoke_ends="token")
    first, second = app.google.consent(CLAIRE, SCOPES), app.google.consent(CLAIRE, SCOPES)
    assert revoked(app, first["access_token"]) == 200
    assert said(app.refresh(first["refresh_token"])) == (400, "invalid_grant")
    assert app.refresh(second["refresh_token"]).status_code == 200
    assert app.google.tokens(CLAIRE)["refresh"] == [second["refresh_token"]]
    assert revoked(app, second["refresh_token"]) == 200
    assert app.google.tokens(CLAIRE) == {"access": [], "refresh": []}


def test_how_revocation_is_asked(app: App) -> None:
    """The token in the body or the address, once, by POST alone."""
    url = f"{app.google.url}revoke"
    token = app.google.consent(CLAIRE, SCOPES)["access_token"]
    assert get(url, {"token": token}).status_code == 405
    assert said(post(url, {})) == (400, "invalid_request")
    assert said(post(url, [("token", token), ("token", token)])) == (400, "invalid_request")
    assert said(post(url, {"token": token, "token_type_hint": "access_token"})) == (400, "invalid_request")
    assert post(url, None, params={"token": token}).status_code == 200


def test_the_discovery_document_leads_to_all_of_it(app: App) -> None:
    """OpenID Connect Discovery, with the addresses of the emulator and Google's own issuer."""
    found = get(f"{app.google.url}.well-known/openid-configuration").json()
    assert found["issuer"] == "https://accounts.google.com"
    places = [found[name] for name in found if name.endswith(("_endpoint", "_uri"))]
    assert len(places) == 5
    assert all(place.startswith(app.google.url) and get(place, follow=False).status_code != 404 for place in places)
    assert parameters(app.browser().back_from(
        f"{found['authorization_endpoint']}?{app.query()}")).keys() >= {"code", "state"}
