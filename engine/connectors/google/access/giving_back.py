"""Giving grants back to Google (developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from requests import Response

from engine.connectors.google.access.clients import Client
from engine.connectors.google.access.grants import KeptAccess, Way, kept_access
from engine.connectors.google.access.reaching import Google
from engine.errors import RetryableError
from engine.store.vault import Secret

REVOKE = "https://oauth2.googleapis.com/revoke"     # accounts.google.com/.well-known/openid-configuration
GOOGLES = (".google.com", ".googleapis.com")


def give_back(google: Google, secret: Secret) -> None:
    """Gives back a grant. Raises RetryableError, also where this program has not the client that asked for it.

    Another program of the same store may have it.
    """
    kept = kept_access(secret)
    if kept.way is not Way.GRANT:
        return
    client = next((one for one in google.clients if one.id == kept.client), None)
    if client is None:
        raise RetryableError("The Google client with which access was granted is not set up here.")
    revoke(google, client, kept)


def revoke(google: Google, client: Client, kept: KeptAccess) -> None:
    """Ends a grant; one that has ended already is no error. Raises RetryableError."""
    with google.session() as session:
        answer = session.post(revocation(client.token_uri), data={"token": kept.refresh or kept.access})
    if not _is_over(answer):
        raise RetryableError(f"Google did not take back what was granted (status {answer.status_code}).")


def _is_over(answer: Response) -> bool:
    """True: Google says that there is no such token (any more). A page of somebody between us says nothing."""
    try:
        said = answer.json()
    except ValueError:
        return False
    if answer.status_code == 200:
        return isinstance(said, dict) and "error" not in said
    return answer.status_code == 400 and isinstance(said, dict) and said.get("error") == "invalid_token"


def revocation(token_uri: str) -> str:
    """Where tokens of that endpoint are given back: beside it, and for all of Google's own at one address."""
    host = urlsplit(token_uri).hostname or ""
    return REVOKE if host.endswith(GOOGLES) else urljoin(token_uri, "revoke")
