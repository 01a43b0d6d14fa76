"""Whose a token is, and what it may: to the app that has it, to whoever was shown it, and to our own mail server."""

from typing import Any

from emulators.google.errors import ApiError, OAuthError
from emulators.google.id_token import about
from emulators.google.people import Person
from emulators.google.rest.refusals import not_signed_in
from emulators.google.scopes import EMAIL, PROFILE, SIGN_IN, written
from emulators.google.shapes import checked
from emulators.google.state import State
from emulators.google.tokens import Access


def user_info(state: State, token: str) -> dict[str, Any]:
    """/oauth2/v3/userinfo (OpenID Connect Core 1.0, 5.3); raises OAuthError."""
    access = state.ledger.living(token)
    person = _person(state, access)
    if access is None or person is None or not access.scopes & SIGN_IN:
        raise OAuthError("invalid_request", "Invalid Credentials", status=401)
    return about(person, access.scopes)


def user_info_v2(state: State, token: str) -> dict[str, Any]:
    """/oauth2/v2/userinfo, of the discovery document oauth2.v2; raises ApiError."""
    access = state.ledger.living(token)
    person = _person(state, access)
    if access is None or person is None:
        raise not_signed_in()
    if not access.scopes & SIGN_IN:
        raise ApiError(403, "PERMISSION_DENIED", "insufficientPermissions",
                       "Request had insufficient authentication scopes.", said="Insufficient Permission")
    said = about(person, access.scopes)
    names = {"sub": "id", "email_verified": "verified_email"}
    return checked("oauth2.v2", "Userinfo", {names.get(name, name): value for name, value in said.items()})


def token_info(state: State, token: str) -> dict[str, Any]:
    """/tokeninfo, where numbers and bools are text (cloud.google.com/docs/authentication/token-types).

    Raises OAuthError.
    """
    access = state.ledger.living(token)
    if access is None:
        raise OAuthError("invalid_token", "Invalid Value")
    person = _person(state, access)
    said = {"azp": access.client_id, "aud": access.client_id, "scope": written(access.scopes),
            "exp": str(int(access.expires)), "expires_in": str(int(access.expires - state.clock())),
            "access_type": "offline" if access.refresh else "online"}
    if person is not None and access.scopes & {EMAIL, PROFILE, "openid"}:
        said["sub"] = person.sub
    if person is not None and EMAIL in access.scopes:
        said |= {"email": person.address, "email_verified": "true"}
    return said


def introspected(state: State, token: str) -> dict[str, Any]:
    """What a mail server is told (RFC 7662). Google has no such endpoint: its own servers know their tokens.

    `email` is there whatever the scopes are; which scope mail needs is for the mail server to ask.
    """
    access = state.ledger.living(token)
    person = _person(state, access)
    if access is None or person is None:
        return {"active": False}
    return {"active": True, "token_type": "Bearer", "client_id": access.client_id, "sub": person.sub,
            "email": person.address, "scope": written(access.scopes), "exp": int(access.expires)}


def _person(state: State, access: Access | None) -> Person | None:
    """None for a service account that signed for itself."""
    return None if access is None else state.people.primary(access.address)
