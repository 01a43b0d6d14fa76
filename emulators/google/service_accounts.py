"""A service account signs for itself or for a person of a domain that trusts it.

By RFC 7523 and developers.google.com/identity/protocols/oauth2/service-account, whose "JWT error codes" are the codes
here.
"""

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from emulators.google.clients import ServiceAccount
from emulators.google.errors import OAuthError
from emulators.google.scopes import IMAP_ADMIN, SHORT, unknown
from emulators.google.settings import TOKEN_AUDIENCES
from emulators.google.state import State
from emulators.google.tokens import Access

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST = 3600      # seconds from iat to exp
NEEDED = ("iss", "scope", "aud", "exp", "iat")
CLAIMS = {*NEEDED, "sub"}
NOT_GRANTED = ("Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of"
               " the scopes requested.")


def signed_in(state: State, assertion: str) -> Access:
    """An access token for whoever the assertion names; raises OAuthError."""
    header, claims, signed, signature = _parts(assertion)
    account = state.service_accounts.get(str(claims.get("iss")))
    if account is None:
        raise OAuthError("invalid_grant", "Invalid grant: account not found")
    _check_signature(account, header, signed, signature)
    _check_claims(state, claims)
    scopes = frozenset(str(claims["scope"]).split())
    if not scopes or [one for one in unknown(scopes) if one != IMAP_ADMIN] or scopes & SHORT.keys():
        raise OAuthError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    address = account.email if "sub" not in claims else _subject(state, account, claims["sub"], scopes)
    return state.ledger.give_access(address, account.client_id, scopes, delegated=True)


def _parts(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    try:
        header, claims, signature = assertion.split(".")
        return _json(header), _json(claims), f"{header}.{claims}".encode(), _bytes(signature)
    except (ValueError, binascii.Error):
        raise OAuthError("invalid_grant", "Invalid JWT: the assertion is malformed.") from None


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _json(part: str) -> dict[str, Any]:
    found = json.loads(_bytes(part))
    if not isinstance(found, dict):
        raise ValueError(part)  # noqa: TRY004 - one kind of error for everything that is malformed
    return found


def _check_signature(account: ServiceAccount, header: dict[str, Any], signed: bytes, signature: bytes) -> None:
    if header.get("alg") != "RS256" or header.get("kid") not in (None, account.key_id):
        raise OAuthError("invalid_grant", "Invalid JWT Signature.")
    try:
        account.key.public_key().verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise OAuthError("invalid_grant", "Invalid JWT Signature.") from None


def _check_claims(state: State, claims: dict[str, Any]) -> None:
    if set(NEEDED) - claims.keys() or claims.keys() - CLAIMS:
        raise OAuthError("invalid_request", "Invalid JWT: a claim is missing, or not known.")
    if claims["aud"] not in (*TOKEN_AUDIENCES, f"{state.base_url}token"):
        raise OAuthError("invalid_grant", "Invalid JWT: Failed audience check.")
    now, skew, born, expires = state.clock(), state.settings.clock_skew, claims["iat"], claims["exp"]
    numbers = isinstance(born, int) and isinstance(expires, int)
    if not numbers or not born - skew <= now < expires + skew or not 0 < expires - born <= LONGEST:
        raise OAuthError("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a"
                         " reasonable timeframe. Check your iat and exp values in the JWT claim.")


def _subject(state: State, account: ServiceAccount, subject: Any, scopes: frozenset[str]) -> str:
    """The person to act for. A second address is nobody's here; Google does not say whether it takes one."""
    person = state.people.primary(str(subject))
    if person is None:
        raise OAuthError("invalid_grant", "Invalid email or User ID")
    if not scopes <= account.delegated.get(person.domain, frozenset()):
        raise OAuthError("unauthorized_client", NOT_GRANTED, status=401)
    return person.address
