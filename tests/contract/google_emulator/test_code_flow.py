"""Consent, code, token, refresh: by google-auth-oauthlib and google-auth, which are Google's own."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.auth import jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request

from emulators.google.clients import encoded
from emulators.google.scopes import EMAIL, MAIL, PROFILE
from tests.contract.google_emulator.app import CALENDAR, CLAIRE, CONTACTS, SCOPES, App, get, parameters, said

VERIFIER = "v" * 43
CHALLENGE = encoded(sha256(VERIFIER.encode()).digest())


def test_the_whole_way_by_googles_libraries(app: App) -> None:
    """Somebody consents; the app gets tokens, uses them, and renews them when they expire."""
    credentials = app.granted()

    assert credentials.token.startswith("ya29.")
    assert credentials.refresh_token.startswith("1//")
    assert set(credentials.granted_scopes) == set(SCOPES)
    assert app.api("gmail/v1/users/me/profile", credentials.token).json()["emailAddress"] == CLAIRE

    app.clock.now += 3600
    assert app.api("gmail/v1/users/me/profile", credentials.token).status_code == 401
    before = credentials.token
    credentials.refresh(Request())
    assert credentials.token != before
    assert app.api("gmail/v1/users/me/profile", credentials.token).status_code == 200


def test_what_comes_back_to_the_app(app: App) -> None:
    """The redirect has the state, the code, what was granted and who says so; the refusal has no code."""
    back = parameters(app.browser().back_from(app.url()))
    assert back.keys() == {"state", "code", "scope", "iss", "authuser", "prompt", "hd"}
    assert (back["state"], back["iss"], back["hd"]) == ("a state", "https://accounts.google.com", "example.org")
    assert set(back["scope"].split()) == {*SCOPES, "email"}

    cancelled = parameters(app.browser(does="cancel").back_from(app.url()))
    assert cancelled == {"state": "a state", "error": "access_denied", "iss": "https://accounts.google.com"}
    app.google.configure(names_issuer=False)
    assert "iss" not in parameters(app.browser().back_from(app.url()))


def test_a_token_answer_has_what_googles_has(app: App) -> None:
    """access_token, expires_in in seconds, scope, token_type, id_token with openid, refresh_token the first time."""
    first = app.redeem(app.code())
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-store"
    body = first.json()
    assert body.keys() == {"access_token", "expires_in", "token_type", "scope", "id_token", "refresh_token"}
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")

    renewed = app.refresh(body["refresh_token"]).json()
    assert renewed.keys() == {"access_token", "expires_in", "token_type", "scope", "id_token"}
    assert app.redeem(app.code(scope=MAIL)).json().keys() == body.keys() - {"id_token"}


def test_a_refresh_token_comes_with_an_asked_and_answered_offline_access_alone(app: App) -> None:
    """access_type=offline and a consent that was shown; who is sent on without a question gives no second one."""
    assert "refresh_token" not in app.redeem(app.code(access_type="online")).json()
    assert "refresh_token" in app.redeem(app.code(prompt=None)).json()      # the first time offline is asked

    second = parameters(app.browser().back_from(app.url(prompt=None)))
    assert second["prompt"] == "none"
    assert "refresh_token" not in app.redeem(second["code"]).json()
    assert "refresh_token" in app.redeem(app.code(prompt="consent")).json()
    app.google.revoke(CLAIRE)
    assert "refresh_token" not in app.redeem(app.code(access_type="online")).json()
    assert "refresh_token" in app.redeem(app.code(prompt=None)).json()


def test_an_id_token_is_signed_by_the_published_key(app: App) -> None:
    """google-auth accepts it for this client; it names the person, the nonce and the access token."""
    app.clock.now = time.time()
    body = app.redeem(app.code(scope=f"openid {EMAIL} profile", nonce="once")).json()
    key, = get(f"{app.google.url}oauth2/v3/certs").json()["keys"]
    numbers = [int.from_bytes(urlsafe_b64decode(key[part] + "==")) for part in ("e", "n")]
    pem = RSAPublicNumbers(*numbers).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    claims = jwt.decode(body["id_token"], {key["kid"]: pem}, audience=app.secrets["client_id"])

    assert claims["iss"] == "https://accounts.google.com"
    assert claims["at_hash"] == encoded(sha256(body["access_token"].encode()).digest()[:16])
    assert (claims["email"], claims["email_verified"], claims["hd"], claims["nonce"], claims["name"]) == (
        CLAIRE, True, "example.org", "once", "Claire Martin")
    with pytest.raises(ValueError, match="signature"):
        jwt.decode(body["id_token"][:-8] + "AAAAAAAA", {key["kid"]: pem})


@pytest.mark.parametrize(("challenge", "method"), [(CHALLENGE, "S256"), (VERIFIER, "plain"), (VERIFIER, None)])
def test_a_code_is_exchanged_with_its_verifier_alone(app: App, challenge: str, method: str | None) -> None:
    """RFC 7636: a wrong or missing verifier gets nothing, and the right one afterwards neither."""
    asked = {"code_challenge": challenge, "code_challenge_method": method}
    assert app.redeem(app.code(**asked), code_verifier=VERIFIER).status_code == 200
    for wrong in ("w" * 43, "v" * 42, CHALLENGE if method == "S256" else None):
        code = app.code(**asked)
        assert said(app.redeem(code, code_verifier=wrong)) == (400, "invalid_grant")
        assert said(app.redeem(code, code_verifier=VERIFIER)) == (400, "invalid_grant")
    unasked = app.redeem(app.code(), code_verifier=VERIFIER)
    assert said(unasked) == (400, "invalid_grant")
    assert "not needed" in unasked.json()["error_description"]


def test_a_verifier_is_long_enough(app: App) -> None:
    """RFC 7636, 4.1: from 43 characters on, though its digest would fit."""
    for verifier, status in (("v" * 42, 400), ("v" * 43, 200), ("v" * 128, 200), ("v" * 129, 400)):
        challenge = encoded(sha256(verifier.encode()).digest())
        code = app.code(code_challenge=challenge, code_challenge_method="S256")
        assert app.redeem(code, code_verifier=verifier).status_code == status


def test_a_code_that_comes_twice_ends_what_it_gave(app: App) -> None:
    """RFC 6749, 4.1.2: the second use is refused, and the tokens of the first are dead; others live."""
    other = app.redeem(app.code()).json()
    code = app.code()
    tokens = app.redeem(code).json()
    assert app.api("gmail/v1/users/me/profile", tokens["access_token"]).status_code == 200

    assert said(app.redeem(code)) == (400, "invalid_grant")

    assert app.api("gmail/v1/users/me/profile", tokens["access_token"]).status_code == 401
    assert said(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert app.refresh(other["refresh_token"]).status_code == 200


def test_a_code_is_of_one_client_one_address_and_ten_minutes(app: App) -> None:
    """Another client, another address to come back to, or a minute too late: no token."""
    code, mine = app.code(), app.secrets
    app.google.add_client("web", redirect_uris=[app.back])
    assert said(app.redeem(code)) == (400, "invalid_grant")
    fields = {"client_id": mine["client_id"], "client_secret": mine["client_secret"]}
    assert said(app.redeem(code, redirect_uri=f"{app.back}/", **fields)) == (400, "redirect_uri_mismatch")
    assert app.redeem(code, **fields).status_code == 200

    late = app.code()
    app.clock.now += 600
    assert said(app.redeem(late)) == (400, "invalid_grant")


def test_a_refresh_may_ask_for_less_and_never_for_more(app: App) -> None:
    """RFC 6749, 6: a narrower scope is given, one that was not granted is invalid_scope, to Google's library, too."""
    credentials = app.granted(ticks=[MAIL])
    narrow = app.refresh(credentials.refresh_token, scope=MAIL).json()
    assert narrow["scope"] == MAIL
    assert "id_token" not in narrow
    assert said(app.refresh(credentials.refresh_token, scope=f"{MAIL} {CALENDAR}")) == (400, "invalid_scope")
    assert app.google.introspect(narrow["access_token"])["scope"] == MAIL

    credentials._scopes = list(SCOPES)      # as they are after a callback that was given what was asked for
    with pytest.raises(RefreshError, match="invalid_scope"):
        credentials.refresh(Request())


def test_scopes_of_consents_add_up_when_the_app_says_so(app: App) -> None:
    """include_granted_scopes=true: a token for everything that somebody has granted, in however many questions."""
    app.redeem(app.code(scope=f"openid {EMAIL} {CONTACTS}"))
    assert set(app.redeem(app.code(scope=MAIL)).json()["scope"].split()) == {MAIL}

    both = app.redeem(app.code(scope=CALENDAR, include_granted_scopes="true")).json()

    assert set(both["scope"].split()) == {"openid", EMAIL, CONTACTS, MAIL, CALENDAR}
    assert set(app.refresh(both["refresh_token"]).json()["scope"].split()) == set(both["scope"].split())
    app.google.revoke(CLAIRE)
    again = app.redeem(app.code(scope=CALENDAR, include_granted_scopes="true")).json()
    assert again["scope"] == CALENDAR


def test_short_names_of_scopes_are_written_out(app: App) -> None:
    """`email` and `profile` come back as addresses, and with openid."""
    found = app.redeem(app.code(scope="email profile")).json()["scope"]
    assert set(found.split()) == {"openid", EMAIL, PROFILE}
    assert set(app.redeem(app.code(scope=f"{MAIL} {EMAIL}")).json()["scope"].split()) == {MAIL, EMAIL, "openid"}


def test_a_desktop_client_comes_back_on_the_loopback_at_any_port(app: App) -> None:
    """By Google's library, with an address that is registered nowhere."""
    app.google.add_client("installed")
    desktop = App(app.google, app.clock, "installed", "http://127.0.0.1:41234/")
    assert desktop.google.client_secrets("installed")["installed"]["redirect_uris"] == ["http://localhost"]
    assert desktop.granted().refresh_token

    for back in ("http://localhost:8080/", "http://[::1]:7/", "http://127.0.0.1:1"):
        assert "code=" in desktop.browser().back_from(desktop.url(redirect_uri=back))
    for back in ("http://127.0.0.1:1/callback", "https://127.0.0.1:1/", "http://127.0.0.1/", "http://example.org:80/",
                 "http://127.0.0.1:1/?a=b", "http://127.0.0.1.example.org:1/", "http://u@127.0.0.1:1/"):
        assert "redirect_uri_mismatch" in get(desktop.url(redirect_uri=back)).text
    app.google.configure(loopback_paths=True)
    assert "code=" in desktop.browser().back_from(desktop.url(redirect_uri="http://127.0.0.1:1/callback"))
