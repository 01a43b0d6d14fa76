"""The scopes that the emulated project may ask for, and what the consent page says of them.

They are read from Google's discovery documents, as google-api-python-client has them.
"""

from collections.abc import Iterable
from functools import cache

from emulators.google.shapes import document

MAIL = "https://mail.google.com/"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
PROFILE = "https://www.googleapis.com/auth/userinfo.profile"

# developers.google.com/workspace/gmail/imap/xoauth2-protocol: for service accounts with domain-wide delegation alone.
IMAP_ADMIN = "https://www.googleapis.com/auth/gmail.imap_admin"

SIGN_IN = frozenset(("openid", EMAIL, PROFILE))
SHORT = {"email": EMAIL, "profile": PROFILE}    # developers.google.com/identity/openid-connect/openid-connect
APIS = ("gmail.v1", "calendar.v3", "people.v1", "tasks.v1", "oauth2.v2")
GMAIL = (MAIL, "https://www.googleapis.com/auth/gmail.")


@cache
def described() -> dict[str, str]:
    """What each scope allows, in Google's words."""
    found = {}
    for api in APIS:
        found.update({name: one["description"] for name, one in document(api)["auth"]["oauth2"]["scopes"].items()})
    return found


def whole(asked: Iterable[str]) -> frozenset[str]:
    """As Google's answers name them: short names are written out, and an address or a name comes with openid.

    Clients stumble over both: github.com/googleapis/google-auth-library-python-oauthlib has issues about it.
    """
    found = {SHORT.get(one, one) for one in asked}
    return frozenset(found | {"openid"} if found & SIGN_IN else found)


def told(scopes: Iterable[str]) -> str:
    """As the redirect has them: with the short names beside the long ones.

    Such an address stands in github.com/OAI/OpenAPI-Specification/issues/4347.
    """
    held = set(scopes)
    return written(held | {short for short, long in SHORT.items() if long in held})


def unknown(asked: Iterable[str]) -> list[str]:
    """Those that Google has not, or not for people."""
    return sorted(set(asked) - described().keys() - SHORT.keys())


def is_gmail(scope: str) -> bool:
    """True: its grant ends when the password changes."""
    return scope == MAIL or scope.startswith(GMAIL[1])


def written(scopes: Iterable[str]) -> str:
    """As the parameter `scope` has them (RFC 6749, 3.3)."""
    return " ".join(sorted(scopes))
