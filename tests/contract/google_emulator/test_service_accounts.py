"""A service account with domain-wide delegation, by google-auth; and assertions that are signed by hand."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from emulators.google.scopes import IMAP_ADMIN, MAIL
from emulators.google.service_accounts import JWT_BEARER
from tests.contract.google_emulator.app import CALENDAR, CLAIRE, App, post, said

NOW = 1_800_000_000
SHARING = "https://www.googleapis.com/auth/gmail.settings.sharing"
ZOE = "zoe@gmail.com"


@pytest.fixture
def mover(app: App) -> App:
    """example.org has granted mail to the service account."""
    app.google.add_service_account("mover")
    app.google.delegate("example.org", [MAIL, IMAP_ADMIN])
    app.google.add_person(ZOE)
    return app


def acting(app: App, subject: str | None, *scopes: str) -> service_account.Credentials:
    """google-auth's credentials for somebody."""
    made = service_account.Credentials.from_service_account_info(app.google.service_account_file(), scopes=scopes)
    return made if subject is None else made.with_subject(subject)


def asserted(app: App, header: dict[str, str] | None = None, key: Any = None, kid: str = "",
             **changes: Any) -> requests.Response:
    """POST /token with an assertion; a claim that is None is left out."""
    file = app.google.service_account_file()
    claims = {"iss": file["client_email"], "sub": CLAIRE, "scope": MAIL, "aud": "https://oauth2.googleapis.com/token",
              "iat": NOW, "exp": NOW + 3600} | changes
    number = kid or file["private_key_id"]
    signer = crypt.RSASigner.from_string(file["private_key"], number) if key is None else crypt.RSASigner(key, number)
    kept = {name: value for name, value in claims.items() if value is not None}
    return post(file["token_uri"], {"grant_type": JWT_BEARER, "assertion": jwt.encode(signer, kept, header).decode()})


def test_it_acts_for_people_of_the_domain(mover: App) -> None:
    """google-auth gets a token for a person, which is that person's for mail and API."""
    mover.clock.now = time.time()
    mover.google.configure(clock_skew=600)      # google-auth goes by the machine's clock, which moves on
    credentials = acting(mover, CLAIRE, MAIL, IMAP_ADMIN)
    credentials.refresh(Request())
    seen = mover.google.introspect(credentials.token)
    assert (seen["active"], seen["email"], set(seen["scope"].split())) == (True, CLAIRE, {MAIL, IMAP_ADMIN})
    assert mover.api("gmail/v1/users/me/profile", credentials.token).json()["emailAddress"] == CLAIRE

    for subject, scope in ((CLAIRE, CALENDAR), (ZOE, MAIL)):
        with pytest.raises(RefreshError, match="unauthorized_client"):
            acting(mover, subject, scope).refresh(Request())
    with pytest.raises(RefreshError, match="invalid_grant"):
        acting(mover, "nobody@example.org", MAIL).refresh(Request())


def test_its_file_is_as_the_console_gives_it_out(mover: App) -> None:
    """The fields of Google's key file, with this emulator's addresses."""
    file = mover.google.service_account_file()
    assert file.keys() == {
        "type", "project_id", "private_key_id", "private_key", "client_email", "client_id", "auth_uri", "token_uri",
        "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain"}
    assert file["token_uri"] == f"{mover.google.url}token"
    assert file["client_id"].isdecimal()
    assert "PRIVATE" not in repr(mover.google.add_service_account("second"))


@pytest.mark.parametrize(("changes", "status", "error"), [
    ({"scope": f"{MAIL} {CALENDAR}"}, 401, "unauthorized_client"),
    ({"sub": ZOE}, 401, "unauthorized_client"),
    ({"sub": "nobody@example.org"}, 400, "invalid_grant"),
    ({"sub": "c.martin@example.org"}, 400, "invalid_grant"),
    ({"iss": "other@omm-emulator.iam.gserviceaccount.com"}, 400, "invalid_grant"),
    ({"aud": "https://example.org/token"}, 400, "invalid_grant"),
    ({"iat": NOW - 3700, "exp": NOW - 100}, 400, "invalid_grant"),
    ({"iat": NOW + 100, "exp": NOW + 3700}, 400, "invalid_grant"),
    ({"exp": NOW + 3601}, 400, "invalid_grant"),
    ({"exp": str(NOW + 3600)}, 400, "invalid_grant"),
    ({"scope": ""}, 400, "invalid_scope"),
    ({"scope": "https://www.googleapis.com/auth/gmail.everything"}, 400, "invalid_scope"),
    ({"scope": None}, 400, "invalid_request"),
    ({"prn": CLAIRE}, 400, "invalid_request"),
])
def test_what_it_is_refused(mover: App, changes: dict[str, Any], status: int, error: str) -> None:
    """Scopes that the domain has not granted, people of elsewhere, clocks that are wrong, claims that are not known."""
    assert said(asserted(mover, **changes)) == (status, error)
    assert mover.google.tokens(CLAIRE)["access"] == []


def test_people_do_not_take_back_what_their_domain_has_granted(mover: App) -> None:
    """Neither by removing the app's access nor with a new password; the account gives its own token back alone."""
    acting, person = asserted(mover).json()["access_token"], mover.google.consent(CLAIRE, [MAIL])
    mover.google.change_password(CLAIRE)
    mover.google.revoke(CLAIRE)
    assert mover.google.introspect(acting)["active"]
    assert not mover.google.introspect(person["access_token"])["active"]

    person = mover.google.consent(CLAIRE, [MAIL])
    assert post(f"{mover.google.url}revoke", {"token": acting}).status_code == 200
    assert not mover.google.introspect(acting)["active"]
    assert mover.google.introspect(person["access_token"])["active"]


def test_only_its_own_key_signs(mover: App) -> None:
    """Another key, another kid, another algorithm, and what is no assertion at all."""
    stranger = generate_private_key(public_exponent=65537, key_size=2048)
    assert said(asserted(mover, key=stranger)) == (400, "invalid_grant")
    assert said(asserted(mover, kid="another")) == (400, "invalid_grant")
    assert said(asserted(mover, {"alg": "none"})) == (400, "invalid_grant")
    url = mover.secrets["token_uri"]
    for assertion in ("", "a.b", "a.b.c", "e30.e30.", "W10.W10.x"):
        assert said(post(url, {"grant_type": JWT_BEARER, "assertion": assertion})) == (400, "invalid_grant")
    assert asserted(mover).status_code == 200


def test_a_token_for_itself_has_no_mailbox(mover: App) -> None:
    """Without a subject the token is the account's own, which has no Gmail."""
    answer = asserted(mover, sub=None, aud=f"{mover.google.url}token")
    assert answer.json().keys() == {"access_token", "expires_in", "token_type", "scope"}
    told = mover.api("gmail/v1/users/me/profile", answer.json()["access_token"])
    assert told.json()["error"]["status"] == "FAILED_PRECONDITION"
    assert mover.google.introspect(answer.json()["access_token"]) == {"active": False}


def test_what_a_domain_takes_back_is_refused(mover: App) -> None:
    """The administrator removes the client id: the next token is refused."""
    assert asserted(mover).status_code == 200
    mover.google.delegate("example.org", [])
    assert said(asserted(mover)) == (401, "unauthorized_client")
    assert "client not authorized for any of the scopes requested" in json.dumps(asserted(mover).json())


def test_no_person_grants_what_is_for_administrators(mover: App) -> None:
    """An address to forward to is made by service accounts with authority over the domain alone."""
    mover.clock.now = time.time()
    mover.google.configure(clock_skew=600)
    mover.google.delegate("example.org", [SHARING])
    by_domain = acting(mover, CLAIRE, SHARING)
    by_domain.refresh(Request())
    url = f"{mover.google.url}gmail/v1/users/me/settings/forwardingAddresses"
    tokens = (mover.google.consent(CLAIRE, [SHARING])["access_token"], by_domain.token)
    answers = [requests.post(url, json={"forwardingEmail": "bo@example.net"}, timeout=60,
                             headers={"Authorization": f"Bearer {one}"}) for one in tokens]
    assert [one.status_code for one in answers] == [403, 200]
