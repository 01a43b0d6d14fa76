"""The token endpoint: a code, a refresh token or a service account's signature becomes an access token.

By developers.google.com/identity/protocols/oauth2/web-server and RFC 6749. Stricter than Google: no parameter is there
that those do not name, and a code that came with a wrong verifier is spent.
"""

import base64
import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from emulators.google.authorization import VERIFIER, Authorization, Code
from emulators.google.calls import basic, form
from emulators.google.clients import Client
from emulators.google.errors import OAuthError, PageError
from emulators.google.id_token import id_token
from emulators.google.scopes import whole, written
from emulators.google.service_accounts import JWT_BEARER, signed_in
from emulators.google.state import State
from emulators.google.tokens import Access

CLIENT = ("client_id", "client_secret", "grant_type")
TAKES = {"authorization_code": (*CLIENT, "code", "redirect_uri", "code_verifier"),
         "refresh_token": (*CLIENT, "refresh_token", "scope"), JWT_BEARER: ("grant_type", "assertion")}


class TokenEndpoint:
    """POST /token."""

    def __init__(self, state: State, authorization: Authorization) -> None:
        """`authorization` has the codes."""
        self._state, self._authorization = state, authorization

    def answer(self, given: Mapping[str, list[str]], content_type: str, authorization: str) -> dict[str, Any]:
        """What a token endpoint answers (RFC 6749, 5.1); raises OAuthError."""
        kind = (given.get("grant_type") or [""])[0]
        if not kind:
            raise OAuthError("invalid_request", "Missing required parameter: grant_type")
        if kind not in TAKES:
            raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {kind}")
        values = form(given, content_type, TAKES[kind])
        if kind == JWT_BEARER:
            return self._answer(signed_in(self._state, values.get("assertion", "")))
        work: Callable[[Client, Mapping[str, str]], dict[str, Any]]
        work = self._redeem if kind == "authorization_code" else self._refresh
        return work(self._client(values, authorization), values)

    def _client(self, values: Mapping[str, str], authorization: str) -> Client:
        """Who asks, in one way or the other, and never in both (RFC 6749, 2.3)."""
        told = basic(authorization) if authorization else (values.get("client_id", ""), values.get("client_secret"))
        if told is None or (authorization and "client_secret" in values):
            raise OAuthError("invalid_request", "The client's credentials are malformed, or there twice.")
        try:
            client = self._state.client(told[0])
        except PageError as error:
            raise OAuthError(error.code, error.said, status=401) from None
        if told[1] is None:
            raise OAuthError("invalid_request", "client_secret is missing.")
        if not secrets.compare_digest(told[1].encode(), client.secret.encode()):
            raise OAuthError("invalid_client", "Unauthorized", status=401)
        return client

    def _redeem(self, client: Client, values: Mapping[str, str]) -> dict[str, Any]:
        code = self._code(client, values)
        ledger, address = self._state.ledger, code.person.address
        code.spent = True
        _check_verifier(code, values.get("code_verifier"))
        refresh = ledger.give_refresh(address, client.id, code.scopes) if code.offline else None
        access = ledger.give_access(address, client.id, code.scopes, refresh.token if refresh else "")
        code.given = [access.token, *([refresh.token] if refresh else [])]
        answer = self._answer(access, nonce=code.asked.nonce)
        if refresh is not None:
            answer["refresh_token"] = refresh.token
            if refresh.expires is not None:     # …/oauth2/web-server: what remains, in seconds
                answer["refresh_token_expires_in"] = int(refresh.expires - self._state.clock())
        return answer

    def _code(self, client: Client, values: Mapping[str, str]) -> Code:
        """The code, which lives; one that comes twice ends what it was exchanged for (RFC 6749, 4.1.2)."""
        if not values.get("code"):
            raise OAuthError("invalid_request", "Missing required parameter: code")
        found = self._authorization.codes.get(values["code"])
        if found is None or found.asked.client is not client:
            raise OAuthError("invalid_grant", "Malformed auth code.")
        if values.get("redirect_uri") != found.asked.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "Bad Request")
        if found.spent:
            for token in found.given:
                self._state.ledger.drop(token)
        if found.spent or self._state.clock() >= found.born + self._state.settings.code_seconds:
            raise OAuthError("invalid_grant", "Bad Request")
        return found

    def _refresh(self, client: Client, values: Mapping[str, str]) -> dict[str, Any]:
        if not values.get("refresh_token"):
            raise OAuthError("invalid_request", "Missing required parameter: refresh_token")
        held = self._state.ledger.usable(values["refresh_token"], client.id)
        scopes = whole(values["scope"].split()) if values.get("scope") else held.scopes
        if not scopes <= held.scopes:       # RFC 6749, 6: nothing that was not granted
            raise OAuthError("invalid_scope", "Bad Request")
        return self._answer(self._state.ledger.give_access(held.address, client.id, scopes, held.token))

    def _answer(self, access: Access, nonce: str = "") -> dict[str, Any]:
        left = int(access.expires - self._state.clock())
        answer = {"access_token": access.token, "expires_in": left, "token_type": "Bearer",
                  "scope": written(access.scopes)}
        person = self._state.people.primary(access.address)
        if "openid" in access.scopes and person is not None and access.client_id in self._state.clients:
            answer["id_token"] = id_token(person, access, nonce, self._state.clock())
        return answer


def _check_verifier(code: Code, verifier: str | None) -> None:
    """RFC 7636, 4.6. Google's words: github.com/googleapis/google-api-nodejs-client/issues/3680 and others."""
    asked = code.asked
    if verifier is None and asked.challenge:
        raise OAuthError("invalid_grant", "Missing code verifier.")
    if verifier is not None and not asked.challenge:
        raise OAuthError("invalid_grant", "code_verifier or verifier is not needed.")
    if verifier is None:
        return
    digest = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    made = digest if asked.method == "S256" else verifier
    if not VERIFIER.fullmatch(verifier) or not secrets.compare_digest(made, asked.challenge):
        raise OAuthError("invalid_grant", "Invalid code verifier.")
