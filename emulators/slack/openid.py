"""Sign in with Slack: OpenID Connect, by docs.slack.dev/authentication/sign-in-with-slack.

What https://slack.com/.well-known/openid-configuration says is said here, too: the code flow alone, RS256, and the
client's secret as HTTP Basic or in the body. Stricter than Slack: an address to come back to fits one that is
registered exactly (Slack takes paths below it); `state`, `nonce` and `grant_type` have to be there; no parameter comes
twice, and none is there that Slack does not document for it. PKCE's are such: they are for apps that have turned it on,
which makes an app a public client for ever (docs.slack.dev/authentication/using-pkce).
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from emulators.slack.state import State
from emulators.slack.triggers import RefusedError
from emulators.slack.workspace import OTHER_TEAM, User

ISSUER = "https://slack.com"
KEY = "omm-emulator"
PARAMETERS = {"response_type", "scope", "client_id", "state", "nonce", "redirect_uri", "team"}
NEEDED = PARAMETERS - {"team"}
TOKEN_TAKES = {"client_id", "client_secret", "code", "redirect_uri", "grant_type"}
TOKEN, USER_INFO = "openid.connect.token", "openid.connect.userInfo"
METHODS = {TOKEN: 4, USER_INFO: 4}      # with their tiers, by their pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an app asks when it sends somebody here; checked."""

    redirect_uri: str
    state: str
    nonce: str
    team: str


@dataclass(slots=True, kw_only=True)
class Grant:
    """That somebody has allowed it: the code, until it is exchanged, and the token that it was exchanged for."""

    user: User
    asked: Asked
    born: float
    token: str = ""


class OpenId:
    """What signs people in to apps."""

    def __init__(self, state: State) -> None:
        """Nobody has allowed anything yet."""
        self._state = state
        self._grants: dict[str, Grant] = {}         # by the code
        self._allowed: set[str] = set()             # users

    def asked(self, given: Mapping[str, list[str]]) -> Asked:
        """The parameters of the authorization request. Raises RefusedError: the person sees it, and goes nowhere."""
        settings = self._state.settings
        if any(len(values) != 1 for values in given.values()) or given.keys() - PARAMETERS:
            raise RefusedError("invalid_arguments")
        values = {name: one[0] for name, one in given.items() if one[0]}
        if values.get("client_id") != settings.client_id:
            raise RefusedError("invalid_client_id")
        if values.get("redirect_uri") not in settings.redirect_urls:
            raise RefusedError("bad_redirect_uri")
        if NEEDED - values.keys() or values["response_type"] != "code":
            raise RefusedError("invalid_request")
        scopes = values["scope"].split()
        if "openid" not in scopes or not set(scopes) <= set(settings.user_scopes):
            raise RefusedError("invalid_scope")
        if values.get("team", self._state.workspace.team) != self._state.workspace.team:
            raise RefusedError("invalid_team_for_non_distributed_app")
        return Asked(redirect_uri=values["redirect_uri"], state=values["state"], nonce=values["nonce"],
                     team=values.get("team", ""))

    def people(self) -> list[User]:
        """Who can be signed in to Slack in a browser."""
        return [one for one in self._state.workspace.users.values() if one.is_member and not one.deleted]

    def person(self, given: str) -> User | None:
        """The one of them whom a browser names."""
        return next((one for one in self.people() if given in (one.id, one.key)), None)

    def asks(self, user: User, asked: Asked) -> bool:
        """True: they are asked first. Who has allowed it before, in the workspace that the app names, is not."""
        return not asked.team or user.id not in self._allowed

    def allow(self, user: User, asked: Asked) -> str:
        """The code for somebody who allows it: once, for ten minutes."""
        code = f"{secrets.randbelow(10**10):010}.{secrets.randbelow(10**13):013}.{secrets.token_hex(32)}"
        self._allowed.add(user.id)
        self._grants[code] = Grant(user=user, asked=asked, born=self._state.clock())
        return code

    def token(self, given: dict[str, Any], authorization: str) -> dict[str, Any]:
        """openid.connect.token (docs.slack.dev/reference/methods/openid.connect.token)."""
        self._check_client(given, authorization)
        if unknown := given.keys() - TOKEN_TAKES:
            raise RefusedError("invalid_arguments", response_metadata={"messages": sorted(unknown)})
        if given.get("grant_type") != "authorization_code":
            raise RefusedError("invalid_grant_type")
        grant, settings = self._grants.get(str(given.get("code"))), self._state.settings
        if grant is None or self._state.clock() >= grant.born + settings.code_seconds:
            raise RefusedError("invalid_code")
        if grant.token:
            grant.token = "spent"       # a code that comes twice ends the token that was given for it: RFC 6749, 4.1.2
            raise RefusedError("invalid_code")
        if given.get("redirect_uri") != grant.asked.redirect_uri:
            raise RefusedError("bad_redirect_uri")
        grant.token = f"xoxp-{secrets.token_hex(24)}"
        return {"access_token": grant.token, "token_type": "Bearer", "id_token": signed(self._claims(grant))}

    def user_info(self, given: dict[str, Any], authorization: str) -> dict[str, Any]:
        """openid.connect.userInfo (docs.slack.dev/reference/methods/openid.connect.userInfo), for scope openid."""
        token = authorization.removeprefix("Bearer ")
        grant = next((one for one in self._grants.values() if one.token and one.token == token), None)
        if not token:
            raise RefusedError("not_authed")
        if grant is None:
            raise RefusedError("invalid_auth")
        if given:
            raise RefusedError("invalid_arguments")
        return {"sub": grant.user.id, f"{ISSUER}/user_id": grant.user.id, f"{ISSUER}/team_id": grant.user.team}

    def configuration(self) -> dict[str, Any]:
        """The discovery document, with the addresses of this emulator."""
        base = self._state.base_url
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{base}openid/connect/authorize",
            "token_endpoint": f"{base}api/{TOKEN}",
            "userinfo_endpoint": f"{base}api/{USER_INFO}",
            "jwks_uri": f"{base}openid/connect/keys",
            "scopes_supported": ["openid"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "auth_time", "iss"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }

    def _check_client(self, given: dict[str, Any], authorization: str) -> None:
        """The client's id and secret, in one way or the other (RFC 6749, 2.3.1)."""
        settings = self._state.settings
        client, secret = given.get("client_id"), given.pop("client_secret", None)
        if authorization:
            if secret is not None:
                raise RefusedError("invalid_arguments")
            client, secret = _basic(authorization)
        if client != settings.client_id:
            raise RefusedError("invalid_client_id")
        if not secrets.compare_digest(str(secret).encode(), settings.client_secret.encode()):
            raise RefusedError("bad_client_secret")

    def _claims(self, grant: Grant) -> dict[str, Any]:
        """What the token says, as in the example of Slack's page; forged as the settings say."""
        settings, now = self._state.settings, int(self._state.clock())
        true = {
            "iss": ISSUER, "sub": grant.user.id, "aud": settings.client_id, "exp": now + settings.id_token_seconds,
            "iat": now, "auth_time": now, "nonce": grant.asked.nonce,
            "at_hash": encoded(sha256(grant.token.encode()).digest()[:16]),
            f"{ISSUER}/team_id": grant.user.team, f"{ISSUER}/user_id": grant.user.id,
        }
        return true | self._forged(grant, now)

    def _forged(self, grant: Grant, now: int) -> dict[str, Any]:
        other = next(one for one in self.people() if one is not grant.user)
        forged: dict[str, dict[str, Any]] = {
            "none": {},
            "other_user": {"sub": other.id, f"{ISSUER}/user_id": other.id},
            "other_team": {f"{ISSUER}/team_id": OTHER_TEAM},
            "wrong_nonce": {"nonce": secrets.token_urlsafe(32)},
            "wrong_audience": {"aud": "1111111111.2222222222"},
            "more_audiences": {"aud": [self._state.settings.client_id, "1111111111.2222222222"]},
            "wrong_issuer": {"iss": "https://slack.example"},
            "expired": {"exp": now - 3600, "iat": now - 3900, "auth_time": now - 3900},
            "of_tomorrow": {"iat": now + 86400, "exp": now + 86700},
            "no_user": {f"{ISSUER}/user_id": None},
        }
        return forged[self._state.settings.forge]


def signed(claims: dict[str, Any]) -> str:
    """A JSON Web Token (RFC 7519), signed RS256 (RFC 7518, 3.3)."""
    header = {"typ": "JWT", "alg": "RS256", "kid": KEY}
    said = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{said}.{encoded(_key().sign(said.encode(), PKCS1v15(), SHA256()))}"


def keys() -> dict[str, Any]:
    """What the signatures are checked with (RFC 7517)."""
    numbers = _key().public_key().public_numbers()
    whole = {"n": numbers.n, "e": numbers.e}
    parts = {name: encoded(value.to_bytes((value.bit_length() + 7) // 8)) for name, value in whole.items()}
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY, **parts}]}


def encoded(plain: bytes) -> str:
    """base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


@cache
def _key() -> RSAPrivateKey:
    """One for all emulators of this process, made when it is needed."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def _basic(authorization: str) -> tuple[str, str]:
    kind, _, told = authorization.partition(" ")
    try:
        client, colon, secret = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise RefusedError("invalid_client_id") from None
    if kind != "Basic" or not colon:
        raise RefusedError("invalid_client_id")
    return client, secret
