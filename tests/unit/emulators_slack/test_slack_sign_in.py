"""Sign in with Slack as an app meets it: the page, the code, the ID token and its keys, and what is refused."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from emulators.slack import Fault, SlackEmulator
from emulators.slack.workspace import TEAM
from tests.unit.emulators_slack.app import TOKEN, Clock

BACK = "https://app.example.org/back"
CLIENT, SECRET = "4242424242.2424242424", "0123456789abcdef0123456789abcdef"
RIGHT = {
    "response_type": "code", "scope": "openid", "client_id": CLIENT, "state": "the-state", "nonce": "the-nonce",
    "redirect_uri": BACK, "team": TEAM,
}


@dataclass
class Visitor:
    """A browser at Slack, and the app behind it."""

    slack: SlackEmulator
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    @property
    def address(self) -> str:
        return f"{self.slack.page_url}openid/connect/authorize"

    def ask(self, query: str = "", **changed: str | None) -> requests.Response:
        """Goes where the app sends it; a parameter of None is left out."""
        whole = query or urlencode({name: value for name, value in {**RIGHT, **changed}.items() if value is not None})
        return self.session.get(f"{self.address}?{whole}", allow_redirects=False, timeout=60)

    def press(self, do: str = "allow", user: str = "owner", **changed: str) -> dict[str, str]:
        """What Slack leads back with."""
        data = {"query": urlencode({**RIGHT, **changed}), "do": do, "user": user}
        answer = self.session.post(self.address, data=data, allow_redirects=False, timeout=60)
        assert answer.status_code == 302, answer.text
        return self.said(answer)

    def said(self, answer: requests.Response) -> dict[str, str]:
        where = urlsplit(answer.headers["Location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == BACK
        return {name: one for name, (one,) in parse_qs(where.query).items()}

    def exchange(self, code: str, headers: dict[str, str] | None = None, /, **changed: str | None) -> dict[str, Any]:
        """What the app is told for a code."""
        given = {"client_id": CLIENT, "client_secret": SECRET, "code": code, "redirect_uri": BACK,
                 "grant_type": "authorization_code", **changed}
        body = {name: value for name, value in given.items() if value is not None}
        answer = self.session.post(f"{self.slack.url}openid.connect.token", data=body, headers=headers, timeout=60)
        return dict(answer.json())

    def claims(self, **changed: str) -> dict[str, Any]:
        """What a token says for somebody who allows it."""
        return payload(self.exchange(self.press(**changed)["code"])["id_token"])


def part(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def payload(token: str) -> dict[str, Any]:
    return dict(json.loads(part(token.split(".")[1])))


@pytest.fixture
def visitor(slack: SlackEmulator) -> Iterator[Visitor]:
    slack.configure(redirect_urls=(BACK,))
    visitor = Visitor(slack)
    yield visitor
    visitor.session.close()


def test_somebody_who_allows_it_is_named(visitor: Visitor, clock: Clock) -> None:
    """By the IDs of Slack's page, for that app and nonce, for five minutes."""
    assert "<form" in visitor.ask().text

    said = visitor.press()
    told = visitor.exchange(said["code"])

    assert said.keys() == {"code", "state"}
    assert said["state"] == "the-state"
    assert (told["ok"], told["token_type"]) == (True, "Bearer")
    assert payload(told["id_token"]) == {
        "iss": "https://slack.com", "sub": "U0OWNER001", "aud": CLIENT, "exp": int(clock()) + 300, "iat": int(clock()),
        "auth_time": int(clock()), "nonce": "the-nonce", "at_hash": payload(told["id_token"])["at_hash"],
        "https://slack.com/team_id": TEAM, "https://slack.com/user_id": "U0OWNER001",
    }


def test_the_token_is_signed_with_the_key_that_is_told(visitor: Visitor) -> None:
    """RS256; the discovery document leads to the keys."""
    token = visitor.exchange(visitor.press()["code"])["id_token"]
    told = visitor.session.get(f"{visitor.slack.page_url}.well-known/openid-configuration", timeout=60).json()
    key = visitor.session.get(told["jwks_uri"], timeout=60).json()["keys"][0]
    public = RSAPublicNumbers(*(int.from_bytes(part(key[name])) for name in ("e", "n"))).public_key()
    header, said, signature = token.split(".")

    public.verify(part(signature), f"{header}.{said}".encode(), PKCS1v15(), SHA256())

    assert json.loads(part(header)) == {"typ": "JWT", "alg": "RS256", "kid": key["kid"]}
    assert told["issuer"] == "https://slack.com"
    assert told["id_token_signing_alg_values_supported"] == [key["alg"]]
    with pytest.raises(InvalidSignature):
        public.verify(part(signature), f"{header}.{said}A".encode(), PKCS1v15(), SHA256())


def test_whoever_cancels_is_sent_back_without_a_code(visitor: Visitor) -> None:
    """With the error of the standard, and the state."""
    assert visitor.press("cancel") == {"error": "access_denied", "state": "the-state"}


def test_who_has_allowed_it_is_not_asked_again(visitor: Visitor) -> None:
    """In the same browser, for the workspace that the app names; others are."""
    other = Visitor(visitor.slack)
    visitor.press()

    assert visitor.said(visitor.ask()).keys() == {"code", "state"}
    assert "Claire Martin" in visitor.ask(team=None).text
    assert "<select" in other.ask().text
    other.press("cancel", "colleague")
    assert "Bruno Keller" in other.ask().text


@pytest.mark.parametrize(("changed", "error"), [
    ({"client_id": "1.2"}, "invalid_client_id"), ({"client_id": None}, "invalid_client_id"),
    ({"redirect_uri": "https://evil.example"}, "bad_redirect_uri"), ({"redirect_uri": None}, "bad_redirect_uri"),
    ({"redirect_uri": f"{BACK}?more=1"}, "bad_redirect_uri"), ({"redirect_uri": f"{BACK}/more"}, "bad_redirect_uri"),
    ({"response_type": "token"}, "invalid_request"), ({"response_type": None}, "invalid_request"),
    ({"state": None}, "invalid_request"), ({"state": ""}, "invalid_request"), ({"nonce": None}, "invalid_request"),
    ({"scope": None}, "invalid_request"), ({"scope": "profile"}, "invalid_scope"),
    ({"scope": "openid email"}, "invalid_scope"), ({"team": "T0PARTNER1"}, "invalid_team_for_non_distributed_app"),
    ({"code_challenge": "x"}, "invalid_arguments"), ({"prompt": "none"}, "invalid_arguments"),
])
def test_what_an_app_may_not_ask(visitor: Visitor, changed: dict[str, str | None], error: str) -> None:
    """Nobody is sent anywhere with it, at either step."""
    answer = visitor.ask(**changed)
    whole = urlencode({name: value for name, value in {**RIGHT, **changed}.items() if value is not None})
    pressed = visitor.session.post(visitor.address, data={"query": whole, "do": "allow", "user": "owner"}, timeout=60)

    assert [(each.status_code, each.json()["error"]) for each in (answer, pressed)] == [(400, error)] * 2
    assert "Location" not in answer.headers


def test_no_parameter_comes_twice(visitor: Visitor) -> None:
    """By RFC 6749, 3.1."""
    assert visitor.ask(f"{urlencode(RIGHT)}&state=another").json()["error"] == "invalid_arguments"


@pytest.mark.parametrize("user", ["stranger", "nobody", ""])
def test_only_people_of_the_workspace_sign_in(visitor: Visitor, user: str) -> None:
    """Nobody else, and nobody who is gone."""
    data = {"query": urlencode(RIGHT), "do": "allow", "user": user}
    assert visitor.session.post(visitor.address, data=data, timeout=60).json()["error"] == "user_not_found"

    visitor.press()
    visitor.slack.change_user("owner", deleted=True)

    assert "<select" in visitor.ask().text


@pytest.mark.parametrize(("changed", "error"), [
    ({"client_id": "1.2"}, "invalid_client_id"), ({"client_secret": "wrong"}, "bad_client_secret"),
    ({"client_secret": None}, "bad_client_secret"),
    ({"code": "1.2.3"}, "invalid_code"), ({"code": None}, "invalid_code"),
    ({"redirect_uri": f"{BACK}/"}, "bad_redirect_uri"), ({"redirect_uri": None}, "bad_redirect_uri"),
    ({"grant_type": None}, "invalid_grant_type"), ({"grant_type": "refresh_token"}, "invalid_grant_type"),
    ({"code_verifier": "x"}, "invalid_arguments"),
])
def test_what_a_code_is_not_exchanged_for(visitor: Visitor, changed: dict[str, str | None], error: str) -> None:
    """The refusal is the one of the method's page, and the code is still good."""
    code = visitor.press()["code"]

    assert visitor.exchange(code, **changed) == {"ok": False, "error": error, **(
        {"response_metadata": {"messages": ["code_verifier"]}} if error == "invalid_arguments" else {})}
    assert visitor.exchange(code)["ok"]


def test_the_secret_in_a_header(visitor: Visitor) -> None:
    """HTTP Basic is the other way; both at once, another scheme, or rubbish is refused."""
    code = visitor.press()["code"]
    right = {"Authorization": "Basic " + b64encode(f"{CLIENT}:{SECRET}".encode()).decode()}
    wrong = {"Authorization": "Basic " + b64encode(f"{CLIENT}:wrong".encode()).decode()}
    none: dict[str, str | None] = {"client_id": None, "client_secret": None}

    assert visitor.exchange(code, right)["error"] == "invalid_arguments"
    assert visitor.exchange(code, wrong, **none)["error"] == "bad_client_secret"
    for rubbish in ("Basic ?", "Basic", f"Bearer {TOKEN}"):
        assert visitor.exchange(code, {"Authorization": rubbish}, **none)["error"] == "invalid_client_id"
    assert visitor.exchange(code, right, **none)["ok"]


def test_a_code_counts_once_and_for_ten_minutes(visitor: Visitor, clock: Clock) -> None:
    """Whoever brings it again gets nothing, and the token of the first ends."""
    code = visitor.press()["code"]
    token = visitor.exchange(code)["access_token"]

    assert info(visitor, token)["https://slack.com/user_id"] == "U0OWNER001"
    assert visitor.exchange(code)["error"] == "invalid_code"
    assert info(visitor, token) == {"ok": False, "error": "invalid_auth"}
    late = visitor.press()["code"]
    clock.now += 600
    assert visitor.exchange(late)["error"] == "invalid_code"


def info(visitor: Visitor, token: str, **given: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = visitor.session.post(
        f"{visitor.slack.url}openid.connect.userInfo", data=given, headers=headers, timeout=60)
    return dict(answer.json())


def test_the_token_of_a_person_is_good_for_their_ids_alone(visitor: Visitor) -> None:
    """That of the bot is not theirs, and theirs is not the bot's."""
    token = visitor.exchange(visitor.press(user="colleague")["code"])["access_token"]

    assert info(visitor, token) == {
        "ok": True, "sub": "U0COLLEAG1", "https://slack.com/user_id": "U0COLLEAG1", "https://slack.com/team_id": TEAM,
    }
    assert info(visitor, TOKEN)["error"] == "invalid_auth"
    assert info(visitor, "")["error"] == "not_authed"
    assert info(visitor, token, more="1")["error"] == "invalid_arguments"
    headers = {"Authorization": f"Bearer {token}"}
    answer = visitor.session.post(f"{visitor.slack.url}auth.test", headers=headers, timeout=60)
    assert answer.json()["error"] == "invalid_auth"


@pytest.mark.parametrize(("forge", "claim", "right"), [
    ("other_user", "https://slack.com/user_id", "U0OWNER001"), ("other_team", "https://slack.com/team_id", TEAM),
    ("wrong_nonce", "nonce", "the-nonce"), ("wrong_audience", "aud", CLIENT), ("more_audiences", "aud", CLIENT),
    ("wrong_issuer", "iss", "https://slack.com"), ("expired", "exp", 1_800_000_300),
    ("of_tomorrow", "iat", 1_800_000_000),
    ("no_user", "https://slack.com/user_id", "U0OWNER001"),
])
def test_a_test_can_have_tokens_forged(visitor: Visitor, forge: str, claim: str, right: object) -> None:
    """One claim is wrong, and then right again."""
    visitor.slack.configure(forge=forge)
    forged = visitor.claims()
    visitor.slack.configure(forge="none")

    assert forged[claim] != right
    assert visitor.claims()[claim] == right


def test_it_fails_as_every_call_does(visitor: Visitor) -> None:
    """Faults hit it, its rate is limited, and no call that is kept has the secret."""
    code = visitor.press()["code"]
    visitor.slack.add_fault(Fault(method="openid.connect.token", nth=1, action="error", error="invalid_code"))

    assert visitor.exchange(code) == {"ok": False, "error": "invalid_code"}
    assert visitor.exchange(code)["ok"]
    kept = [call for call in visitor.slack.requests if call.method == "openid.connect.token"]
    assert [call.ok for call in kept] == [False, True]
    assert SECRET not in str(kept)
    for _ in range(99):
        visitor.exchange(code)
    assert visitor.exchange(code) == {"ok": False, "error": "ratelimited"}


def test_its_page_leads_to_the_app_and_nowhere_else(visitor: Visitor) -> None:
    """What was asked is escaped in it, and its form can lead to the app's host alone."""
    answer = visitor.ask(state='"><script>alert(1)</script>')

    assert "<script>" not in answer.text
    assert "form-action 'self' https://app.example.org" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
