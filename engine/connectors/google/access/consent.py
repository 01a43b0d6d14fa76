"""Asking the owner of a Google account for consent (developers.google.com/identity/protocols/oauth2/web-server).

With PKCE (RFC 7636), for access without them there (`offline`), and for no more than what moves.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2.rfc6749.errors import MissingTokenError, OAuth2Error

from engine.connectors.google.access import refusals
from engine.connectors.google.access.clients import Client, ClientKind
from engine.connectors.google.access.giving_back import revoke
from engine.connectors.google.access.grants import KeptAccess, Way, kept_access
from engine.connectors.google.access.reaching import Google
from engine.connectors.google.access.scopes import asked, missing
from engine.connectors.google.rest.web import prepared
from engine.errors import Cause, FatalError, OmmError, RetryableError, Side
from engine.migration.content import Content
from engine.ports.consent import Asked, Grant, UselessGrantError
from engine.store.vault import Secret

NO_CODE = "Google did not take what its page has sent back: it may have been used before, or be too old."
UNREADABLE = "Google's answer cannot be read."
LOUD = ("oauthlib", "requests_oauthlib")            # their debugging holds codes and tokens


class GoogleConsent:
    """Fills in `ports.consent.Consenting`, for one client and the address to which its pages come back."""

    def __init__(self, google: Google, client: Client, redirect_uri: str) -> None:
        self._google, self._client, self._redirect_uri = google, client, redirect_uri

    def __repr__(self) -> str:
        return f"GoogleConsent({self._client.kind}, {self._redirect_uri})"

    @property
    def page(self) -> str:
        """Where the client's file says that people are asked."""
        return self._client.auth_uri

    def ask(self, *, state: str, contents: Collection[Content], login: str = "") -> Asked:
        """The address of Google's page. Earlier grants stay in what a web client gets (incremental authorization)."""
        flow = self._flow(asked(contents), autogenerate_code_verifier=True)
        more = {"include_granted_scopes": "true"} if self._client.kind is ClientKind.WEB else {}
        more |= {"login_hint": login} if login else {}
        url, _state = flow.authorization_url(state=state, access_type="offline", prompt="consent", **more)
        self._google.hide(flow.code_verifier)
        return Asked(url, Secret(flow.code_verifier))

    def exchange(self, *, code: Secret, verifier: Secret, contents: Collection[Content]) -> Grant:
        """What the code stands for."""
        flow = self._flow(None, autogenerate_code_verifier=False, code_verifier=str(verifier))
        error = _fetched(flow, code)
        if error is not None:
            raise error
        token: dict[str, Any] = dict(flow.oauth2session.token)
        kept, why = self._understood(token, asked(contents))
        for part in kept.hidden:
            self._google.hide(part)
        grant = Grant(kept.address, kept.secret, missing(contents, kept.scopes))
        if why:
            raise UselessGrantError(f"{why} {refusals.AGAIN}", grant)
        return grant

    def revoke(self, secret: Secret) -> None:
        """Gives back a grant; there is nothing to give back of anything else (…/oauth2/web-server#tokenrevoke)."""
        kept = kept_access(secret)
        if kept.way is Way.GRANT:
            revoke(self._google, self._client, kept)

    def _understood(self, token: dict[str, Any], scopes: list[str]) -> tuple[KeptAccess, str]:
        """What was granted, and why it is of no use, if so. Without a scope in it, it is what was asked for.

        RFC 6749 §5.1; of a kind that is not known a token must not be used (§7.1).
        """
        granted = token.get("scope") or scopes
        is_bearer = str(token.get("token_type", "")).lower() == "bearer"
        address, is_proven = self._whose(token) if is_bearer else ("", False)
        kept = KeptAccess(
            Way.GRANT, address, client=self._client.id, access=str(token["access_token"]),
            refresh=str(token.get("refresh_token", "")), expires=_ends(token),
            scopes=tuple(sorted(granted.split() if isinstance(granted, str) else granted)),
        )
        if not is_bearer:
            return kept, "Google granted access in a way that OMM does not know."
        if not address or not is_proven:
            return kept, "Google does not say whose account this is."
        return kept, "" if kept.refresh else "Google granted access for an hour only."

    def _whose(self, token: dict[str, Any]) -> tuple[str, bool]:
        """Address of the account, and True where it is proven to be theirs.

        Out of the ID token, which needs no look at its signature where Google itself has handed it over by TLS (OpenID
        Connect Core 1.0, 3.1.3.7); by the userinfo endpoint where there is none.
        """
        claims = _claims(str(token.get("id_token", "")))
        if claims.get("aud") != self._client.id:
            with self._google.session() as session:
                answer = session.get(
                    f"{self._google.api_url}/oauth2/v3/userinfo",
                    headers={"Authorization": f"Bearer {token['access_token']}"},
                )
            claims = _object(answer.text) if answer.status_code == 200 else {}
        return str(claims.get("email", "")), claims.get("email_verified") in (True, "true")

    def _flow(self, scopes: list[str] | None, **more: Any) -> Any:
        """One of google-auth-oauthlib's, which has no types."""
        for name in LOUD:
            logging.getLogger(name).setLevel(logging.WARNING)
        config: Any = self._client.config
        made: Any = Flow.from_client_config(     # type: ignore[no-untyped-call]  # Google's
            config, scopes, redirect_uri=self._redirect_uri, **more
        )
        prepared(made.oauth2session, self._google.network)
        return made


def _fetched(flow: Any, code: Secret) -> OmmError | None:
    """Exchanges the code. Returns what went wrong, so that the library's exception is left here."""
    try:
        flow.fetch_token(code=str(code))
    except OAuth2Error as refused:
        named = str(refused.error)
        if named in refusals.OUR_CLIENT or named == "redirect_uri_mismatch":
            return refusals.our_client(named)
        if named == MissingTokenError.error:        # no refusal, and no token
            return RetryableError(UNREADABLE)
        return FatalError(f"{NO_CODE} {refusals.AGAIN}", cause=Cause.CONSENT, side=Side.SOURCE)
    except ValueError:
        return RetryableError(UNREADABLE)
    finally:
        flow.oauth2session.close()
    return None


def _ends(token: dict[str, Any]) -> datetime | None:
    """When the access token ends; None where Google does not say it (RFC 6749 §5.1: it should)."""
    ends = token.get("expires_at")
    return datetime.fromtimestamp(ends, UTC) if isinstance(ends, int | float) else None


def _claims(id_token: str) -> dict[str, Any]:
    parts = id_token.split(".")
    try:
        return _object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode()) if parts[1:] else {}
    except ValueError:
        return {}


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
