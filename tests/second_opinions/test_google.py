"""npm's @emulators/google, which shares no code with our Google emulator, answers the same questions in the same way.

Where the two do not agree, DISAGREEMENTS says which of them has Google's documents on its side.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from emulators.google import GoogleEmulator
from emulators.google.scopes import EMAIL, MAIL, PROFILE
from tests.servers.google.browser import GoogleBrowser

from . import npm

pytestmark = pytest.mark.skipif(not npm.installed(), reason=npm.MISSING)

CLAIRE, BACK = "claire@example.org", "http://127.0.0.1:9/callback"
CLIENT, SECRET = "1-a.apps.googleusercontent.com", "GOCSPX-a"
SETTINGS = "https://www.googleapis.com/auth/gmail.settings.basic"
SCOPES = f"openid {EMAIL} {PROFILE} {MAIL}"
VERIFIER = "verifier-" * 6
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass
class Theirs:
    """npm's emulator. Whoever opens its page is claire."""

    url: str
    client: str = CLIENT
    secret: str = SECRET

    def code(self, **asked: str) -> dict[str, str]:
        """What comes back to the app."""
        page = requests.get(f"{self.url}/o/oauth2/v2/auth?{request(self.client, asked)}", timeout=60)
        form = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
        answer = requests.post(f"{self.url}/o/oauth2/v2/auth/callback", form, timeout=60, allow_redirects=False)
        return parameters(answer.headers["Location"])


@dataclass
class Ours:
    """The repository's emulator, with claire at a browser."""

    google: GoogleEmulator
    url: str
    client: str
    secret: str

    def code(self, **asked: str) -> dict[str, str]:
        """What comes back to the app."""
        url = f"{self.url}/o/oauth2/v2/auth?{request(self.client, asked)}"
        return parameters(GoogleBrowser(self.google, CLAIRE).back_from(url))


Either = Theirs | Ours


def request(client: str, asked: Mapping[str, str]) -> str:
    return urlencode({"client_id": client, "redirect_uri": BACK, "response_type": "code", "scope": SCOPES, "state": "s",
                      "access_type": "offline", "prompt": "consent", "code_challenge": CHALLENGE,
                      "code_challenge_method": "S256", **asked})


def parameters(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theirs]:
    seed = {"users": [{"email": CLAIRE, "name": "Claire Martin"}],
            "oauth_clients": [{"client_id": CLIENT, "client_secret": SECRET, "name": "omm", "redirect_uris": [BACK]}]}
    try:
        modules = npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install @emulators/google: {error}")
    beside = tmp_path_factory.mktemp("npm") / "node_modules"        # the only name in which a module looks for others
    beside.symlink_to(modules)
    script, env = Path(__file__).parent / "google.cjs", {"PATH": os.environ["PATH"], "NODE_PATH": str(beside)}
    with subprocess.Popen(["node", "--preserve-symlinks", str(script)], env=env | {"GOOGLE_SEED": json.dumps(seed)},
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Theirs(process.stdout.readline().strip())
        process.stdin.close()


@pytest.fixture(scope="module")
def ours() -> Iterator[Ours]:
    with GoogleEmulator() as google:
        google.add_person(CLAIRE, "Claire Martin")
        client = google.add_client("web", redirect_uris=[BACK])
        yield Ours(google, google.url.rstrip("/"), client.id, client.secret)


def place(at: Either, name: str) -> str:
    """An endpoint, by the discovery document that both have."""
    found: str = requests.get(f"{at.url}/.well-known/openid-configuration", timeout=60).json()[name]
    return found


def token(at: Either, **given: str) -> requests.Response:
    """What its token endpoint says."""
    fields = {"client_id": at.client, "client_secret": at.secret, **given}
    return requests.post(place(at, "token_endpoint"), fields, timeout=60)


def redeem(at: Either, code: str, **given: str) -> requests.Response:
    """The exchange of a code; a verifier that is "" is left out."""
    fields = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER, "code": code} | given
    return token(at, **{name: value for name, value in fields.items() if value})


def revoke(at: Either, held: str) -> int:
    return requests.post(place(at, "revocation_endpoint"), {"token": held}, timeout=60).status_code


def user(at: Either, held: str) -> requests.Response:
    """The older userinfo, which both have at Google's address."""
    return requests.get(f"{at.url}/oauth2/v2/userinfo", headers={"Authorization": f"Bearer {held}"}, timeout=60)


def shape(answer: Mapping[str, Any]) -> dict[str, str]:
    """The fields, each with its type."""
    return {name: type(value).__name__ for name, value in answer.items()}


def test_a_code_is_answered_with_the_same_fields(theirs: Theirs, ours: Ours) -> None:
    """The redirect has theirs and more; tokens, their life, their type and scope are of the same shape."""
    their_back, our_back = theirs.code(), ours.code()
    assert their_back.keys() == {"code", "state"}
    assert our_back.keys() > their_back.keys()
    assert our_back["state"] == their_back["state"] == "s"

    their_body, our_body = redeem(theirs, their_back["code"]).json(), redeem(ours, our_back["code"]).json()
    assert shape(their_body) == shape(our_body)
    assert set(their_body["scope"].split()) == set(our_body["scope"].split()) == set(SCOPES.split())
    assert their_body["token_type"] == our_body["token_type"] == "Bearer"
    assert all(3000 < body["expires_in"] <= 3600 for body in (their_body, our_body))


def outcomes(at: Either) -> dict[str, tuple[int, str]]:
    """The status and the error of each thing that can go wrong."""
    code = at.code()["code"]
    whole = redeem(at, code).json()
    renews = {"grant_type": "refresh_token", "refresh_token": whole["refresh_token"]}
    tried = {
        "a code that was used": redeem(at, code),
        "a code that never was": redeem(at, "4/0Anothing"),
        "a wrong verifier": redeem(at, at.code()["code"], code_verifier="w" * 54),
        "no verifier": redeem(at, at.code()["code"], code_verifier=""),
        "a wrong secret": redeem(at, at.code()["code"], client_secret="wrong"),
        "an unknown client": redeem(at, at.code()["code"], client_id="nobody"),
        "an unknown kind of grant": token(at, grant_type="password"),
        "an unknown refresh token": token(at, **renews | {"refresh_token": "1//0nothing"}),
    }
    fresh = redeem(at, at.code()["code"]).json()
    renews["refresh_token"] = fresh["refresh_token"]
    assert token(at, **renews).status_code == 200
    assert revoke(at, fresh["refresh_token"]) == 200
    tried["a refresh token that was given back"] = token(at, **renews)
    return {name: (one.status_code, one.json()["error"]) for name, one in tried.items()}


def test_both_refuse_with_the_same_status_and_code(theirs: Theirs, ours: Ours) -> None:
    """Nine things that go wrong at the token endpoint."""
    found = outcomes(ours)
    assert outcomes(theirs) == found
    assert {status for status, _ in found.values()} == {400, 401}


@pytest.mark.parametrize("asked", [{"client_id": "nobody"}, {"redirect_uri": "http://127.0.0.1:9/elsewhere"}])
def test_both_keep_people_on_their_page(theirs: Theirs, ours: Ours, asked: dict[str, str]) -> None:
    """A client or an address that nobody registered: an error page, and no redirect."""
    for at in (theirs, ours):
        url = f"{at.url}/o/oauth2/v2/auth?{request(at.client, asked)}"
        answer = requests.get(url, timeout=60, allow_redirects=False)
        assert answer.status_code in (400, 401)
        assert "text/html" in answer.headers["Content-Type"]


def test_labels_are_of_the_same_shape(theirs: Theirs, ours: Ours) -> None:
    """The system's labels by id, name and type, without counts in a list, with them for one."""
    seen = []
    for at in (theirs, ours):
        header = {"Authorization": f"Bearer {redeem(at, at.code()['code']).json()['access_token']}"}
        url = f"{at.url}/gmail/v1/users/me/labels"
        labels = {one["id"]: one for one in requests.get(url, headers=header, timeout=60).json()["labels"]}
        seen.append((labels, requests.get(f"{url}/INBOX", headers=header, timeout=60).json()))
    (their_list, their_inbox), (our_list, our_inbox) = seen
    assert their_list.keys() & our_list.keys() >= {"INBOX", "SENT", "DRAFT", "TRASH", "SPAM", "STARRED", "UNREAD"}
    counts = {name for name in our_inbox if name.endswith(("Total", "Unread"))}
    assert counts == {name for name in their_inbox if name.endswith(("Total", "Unread"))}
    for name in ("id", "name", "type"):
        assert their_list["INBOX"][name] == our_list["INBOX"][name]


def gmail(at: Either, verb: str, path: str, **sent: Any) -> requests.Response:
    """A call of the Gmail API, by somebody who has granted it mail and settings."""
    held = redeem(at, at.code(scope=f"{SCOPES} {SETTINGS}")["code"]).json()["access_token"]
    return requests.request(verb, f"{at.url}/gmail/v1/users/me/{path}", headers={"Authorization": f"Bearer {held}"},
                            timeout=60, **sent)


def made_filter(at: Either, criteria: Mapping[str, Any], **action: Any) -> requests.Response:
    return gmail(at, "POST", "settings/filters", json={"criteria": criteria, "action": action})


def refusal(answer: requests.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["status"], error["errors"][0]["reason"]


def test_filters_are_made_listed_and_deleted_in_the_same_way(theirs: Theirs, ours: Ours) -> None:
    """A filter by its sender; the same again, without actions, with a label that nobody has, one that is gone."""
    seen = []
    for at in (theirs, ours):
        asked = {"from": "shop@example.org"}
        action = {"addLabelIds": ["STARRED"], "removeLabelIds": ["INBOX", "UNREAD"]}
        made = made_filter(at, asked, **action)
        place = f"settings/filters/{made.json()['id']}"
        listed = gmail(at, "GET", "settings/filters").json()["filter"]
        assert listed == [made.json()]
        again = {name: labels[::-1] for name, labels in action.items()}
        refused = [refusal(one) for one in (
            made_filter(at, asked, **again), made_filter(at, asked), made_filter(at, asked, addLabelIds=["Label_99"]))]
        gone = gmail(at, "DELETE", place)
        seen.append((made.status_code, shape(made.json()), made.json()["criteria"], made.json()["action"], refused,
                     gone.status_code, gone.content, refusal(gmail(at, "DELETE", place))))
    assert seen[0] == seen[1]


def listed_without_any(at: Either) -> dict[str, Any]:
    found: dict[str, Any] = gmail(at, "GET", "settings/filters").json()
    return found


def kept_of_a_subject(at: Either) -> dict[str, Any]:
    made = made_filter(at, {"from": "a", "subject": "b"}, addLabelIds=["STARRED"]).json()
    gmail(at, "DELETE", f"settings/filters/{made['id']}")
    return dict(made["criteria"])


def made_and_gone(at: Either, criteria: Mapping[str, Any], *labels: str) -> int:
    answer = made_filter(at, criteria, addLabelIds=labels)
    if answer.status_code == 200:
        gmail(at, "DELETE", f"settings/filters/{answer.json()['id']}")
    return answer.status_code


def whole(at: Either) -> dict[str, Any]:
    found: dict[str, Any] = redeem(at, at.code()["code"]).json()
    return found


def revoked_twice(at: Either) -> int:
    held = whole(at)["refresh_token"]
    revoke(at, held)
    return revoke(at, held)


def other_half(at: Either) -> int:
    body = whole(at)
    revoke(at, body["refresh_token"])
    return user(at, body["access_token"]).status_code


def first_tokens_after_a_second_use(at: Either) -> int:
    code = at.code()["code"]
    body = redeem(at, code).json()
    redeem(at, code)
    return user(at, body["access_token"]).status_code


def asked_for_more(at: Either) -> int:
    body = whole(at)
    return token(at, grant_type="refresh_token", refresh_token=body["refresh_token"],
                 scope="https://www.googleapis.com/auth/drive").status_code


# what is asked, what they answer, what we answer, and where Google or an RFC says that ours is right
DISAGREEMENTS = {
    "a token that is dead is revoked": (
        revoked_twice, 200, 400, "…/identity/protocols/oauth2/web-server, Revoking a token: 400 and an error code"),
    "the other half of a token that was revoked": (
        other_half, 200, 401, "the same: RFC 7009, 2.1, and the page have both tokens end"),
    "the tokens of a code that came twice": (
        first_tokens_after_a_second_use, 200, 401, "RFC 6749, 4.1.2: SHOULD revoke"),
    "a refresh that asks for a scope that nobody granted": (
        asked_for_more, 200, 400, "RFC 6749, 6; google-auth meets it as invalid_scope"),
    "access_type=online": (
        lambda at: "refresh_token" in redeem(at, at.code(access_type="online")["code"]).json(), True, False,
        "…/oauth2/web-server, access_type: a refresh token for offline alone"),
    "another redirect address at the exchange": (
        lambda at: redeem(at, at.code()["code"], redirect_uri="http://127.0.0.1:9/x").status_code, 200, 400,
        "RFC 6749, 4.1.3: their values MUST be identical"),
    "fields of the older userinfo": (
        lambda at: {"id", "verified_email"} <= user(at, whole(at)["access_token"]).json().keys(), False, True,
        "the discovery document oauth2.v2, Userinfo"),
    "the keys of ID tokens": (
        lambda at: len(requests.get(place(at, "jwks_uri"), timeout=60).json()["keys"]), 0, 1,
        "…/identity/openid-connect/openid-connect: RS256, by keys that are published"),
    "a mailbox without filters": (
        listed_without_any, {"filter": []}, {},
        "protobuf.dev/programming-guides/json: fields without a value are not written"),
    "a filter by its subject": (
        kept_of_a_subject, {"from": "a"}, {"from": "a", "subject": "b"}, "gmail.v1, FilterCriteria"),
    "a filter that asks for nothing": (
        lambda at: made_and_gone(at, {}, "STARRED"), 200, 400,
        "github.com/GAM-team/GAM/wiki/Users-Gmail-Filters: at least one criterion, and at least one action"),
    "a filter that calls mail spam": (
        lambda at: made_and_gone(at, {"from": "a"}, "SPAM"), 200, 400,
        "…/gmail/api/guides/filter_settings, Actions: SPAM is taken away, and never given"),
    "one filter by its id": (
        lambda at: "notFound" in gmail(at, "GET", "settings/filters/none").text, False, True, "gmail.v1, filters.get"),
    "the vacation responder": (
        lambda at: gmail(at, "GET", "settings/vacation").status_code, 404, 200, "gmail.v1, settings.getVacation"),
    "an ID token with a refresh": (
        lambda at: "id_token" in token(at, grant_type="refresh_token",
                                       refresh_token=whole(at)["refresh_token"]).json(), False, True,
        "google-auth reads one from each refresh; OpenID Connect Core 1.0, 12.2 allows it"),
}


@pytest.mark.parametrize("asked", DISAGREEMENTS)
def test_where_they_do_not_agree(theirs: Theirs, ours: Ours, asked: str) -> None:
    """Each difference is known, and a document is on our side."""
    ask, theirs_says, ours_says, _ = DISAGREEMENTS[asked]
    assert (ask(theirs), ask(ours)) == (theirs_says, ours_says)
