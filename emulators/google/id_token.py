"""ID tokens, and the keys that they are checked with (developers.google.com/identity/openid-connect/openid-connect)."""

import json
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from emulators.google.clients import encoded, signing_key
from emulators.google.people import Person
from emulators.google.scopes import EMAIL, PROFILE
from emulators.google.settings import ISSUER
from emulators.google.tokens import Access

KEY = "omm-emulator"


def about(person: Person, scopes: frozenset[str]) -> dict[str, Any]:
    """What an app may know of somebody, as OpenID Connect names it (OpenID Connect Core 1.0, 5.1)."""
    said: dict[str, Any] = {"sub": person.sub}
    if PROFILE in scopes:
        first, _, last = person.name.partition(" ")
        said |= {"name": person.name, "given_name": first, **({"family_name": last} if last else {})}
    if EMAIL in scopes:
        said |= {"email": person.address, "email_verified": True}
    return said | ({"hd": person.domain} if person.domain else {})


def id_token(person: Person, access: Access, nonce: str, now: float) -> str:
    """A token for the client that has the access token."""
    half = sha256(access.token.encode()).digest()[:16]
    claims = {"iss": ISSUER, "azp": access.client_id, "aud": access.client_id, "iat": int(now), "exp": int(now) + 3600,
              "at_hash": encoded(half), **about(person, access.scopes), **({"nonce": nonce} if nonce else {})}
    header = {"alg": "RS256", "kid": KEY, "typ": "JWT"}
    said = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{said}.{encoded(signing_key().sign(said.encode(), PKCS1v15(), SHA256()))}"


def keys() -> dict[str, Any]:
    """What the signatures are checked with (RFC 7517)."""
    numbers = signing_key().public_key().public_numbers()
    whole = {"n": numbers.n, "e": numbers.e}
    parts = {name: encoded(value.to_bytes((value.bit_length() + 7) // 8)) for name, value in whole.items()}
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY, **parts}]}


def configuration(base: str) -> dict[str, Any]:
    """The discovery document (developers.google.com/identity/openid-connect/reference), with our own addresses."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{base}o/oauth2/v2/auth",
        "token_endpoint": f"{base}token",
        "userinfo_endpoint": f"{base}oauth2/v3/userinfo",
        "revocation_endpoint": f"{base}revoke",
        "jwks_uri": f"{base}oauth2/v3/certs",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name",
                             "sub"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
    }
