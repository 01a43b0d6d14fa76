"""An app that asks for consent by google-auth-oauthlib, as its documentation has it, and raw requests beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow

from emulators.google import GoogleEmulator
from emulators.google.scopes import EMAIL, MAIL
from tests.servers.google.browser import GoogleBrowser

BACK = "http://127.0.0.1:9/oauth/google/callback"       # nobody listens there: the tests look at where it leads
CLAIRE, BOB = "claire@example.org", "bob@example.org"
CALENDAR = "https://www.googleapis.com/auth/calendar.readonly"
CONTACTS = "https://www.googleapis.com/auth/contacts.readonly"
SCOPES = (MAIL, CALENDAR, "openid", EMAIL)


@dataclass
class Clock:
    """The time at which the emulator is; tests move it on."""

    now: float = field(default=1_800_000_000.0)

    def __call__(self) -> float:
        return self.now


@dataclass
class App:
    """One client of the emulator, and the people at their browsers."""

    google: GoogleEmulator
    clock: Clock
    kind: str = "web"
    back: str = BACK

    @property
    def secrets(self) -> dict[str, Any]:
        """What the client's file holds below its kind."""
        found: dict[str, Any] = self.google.client_secrets(self.kind)[self.kind]
        return found

    def flow(self, scopes: Sequence[str] | None = SCOPES, **options: Any) -> Flow:
        """The library's flow."""
        return Flow.from_client_config(self.google.client_secrets(self.kind), scopes, redirect_uri=self.back, **options)

    def browser(self, user: str = CLAIRE, **options: Any) -> GoogleBrowser:
        """Somebody's browser."""
        return GoogleBrowser(self.google, user, **options)

    def granted(self, scopes: Sequence[str] = SCOPES, *, user: str = CLAIRE, ticks: Sequence[str] | None = None,
                **asked: Any) -> Credentials:
        """What somebody's consent gives the app, by the library alone, as a callback has to do it."""
        flow = self.flow(scopes)
        url, state = flow.authorization_url(**{"access_type": "offline", "prompt": "consent", **asked})
        back = self.browser(user, ticks=ticks).back_from(url)
        again = self.flow(None, state=state, code_verifier=flow.code_verifier)
        again.fetch_token(authorization_response=back)
        return again.credentials

    def query(self, **changes: str | None) -> str:
        """An authorization request without any library; None leaves a parameter out."""
        asked = {"client_id": self.secrets["client_id"], "redirect_uri": self.back, "response_type": "code",
                 "scope": " ".join(SCOPES), "state": "a state", "access_type": "offline", "prompt": "consent"} | changes
        return urlencode({name: value for name, value in asked.items() if value is not None})

    def url(self, **changes: str | None) -> str:
        """Where somebody goes with it."""
        return f"{self.secrets['auth_uri']}?{self.query(**changes)}"

    def code(self, *, user: str = CLAIRE, **changes: str | None) -> str:
        """The code that somebody's consent brings to the app."""
        return parameters(self.browser(user).back_from(self.url(**changes)))["code"]

    def token(self, **given: str | None) -> requests.Response:
        """POST /token, with the client's id and secret."""
        fields = {"client_id": self.secrets["client_id"], "client_secret": self.secrets["client_secret"], **given}
        return post(self.secrets["token_uri"], {name: one for name, one in fields.items() if one is not None})

    def redeem(self, code: str, /, **changes: str | None) -> requests.Response:
        """The exchange of a code."""
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": self.back, **changes})

    def refresh(self, token: str, /, **changes: str | None) -> requests.Response:
        """The use of a refresh token."""
        return self.token(**{"grant_type": "refresh_token", "refresh_token": token, **changes})

    def api(self, path: str, token: str, **query: str) -> requests.Response:
        """A call of an API."""
        return get(f"{self.google.url}{path}", query, {"Authorization": f"Bearer {token}"})


def get(
    url: str, query: dict[str, str] | None = None, headers: dict[str, str] | None = None, *, follow: bool = True,
) -> requests.Response:
    return requests.get(url, query, headers=headers, timeout=60, allow_redirects=follow)


def post(url: str, fields: Any, **options: Any) -> requests.Response:
    return requests.post(url, fields, timeout=60, **options)


def parameters(url: str) -> dict[str, str]:
    """Those of an address, each of which is there once."""
    found = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}


def said(answer: requests.Response) -> tuple[int, str]:
    """The status and code of an error of OAuth's, which have nothing else but a description of it."""
    body = answer.json()
    assert body.keys() - {"error_uri", "error_subtype"} == {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, body["error"]
