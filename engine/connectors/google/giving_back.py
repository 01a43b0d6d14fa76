"""Giving grants back to Google (developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from engine.connectors.google.clients import Client
from engine.connectors.google.grants import KeptAccess, Way, kept_access
from engine.connectors.google.reaching import Google
from engine.errors import RetryableError
from engine.store.vault import Secret

REVOKE = "https://oauth2.googleapis.com/revoke"     # accounts.google.com/.well-known/openid-configuration
GOOGLES = (".google.com", ".googleapis.com")


def give_back(google: Google, secret: Secret) -> None:
    """Gives back a grant. One of a client that is not set up any more stays with Google, for its owner to remove.

    Raises RetryableError.
    """
    kept = kept_access(secret)
    client = next((one for one in google.clients if one.id == kept.client), None)
    if client is not None and kept.way is Way.GRANT:
        revoke(google, client, kept)


def revoke(google: Google, client: Client, kept: KeptAccess) -> None:
    """Ends a grant; one that has ended already is no error. Raises RetryableError."""
    with google.session() as session:
        answer = session.post(revocation(client.token_uri), data={"token": kept.refresh or kept.access})
    if answer.status_code not in (200, 400):       # 400: it is no token any more
        raise RetryableError(f"Google did not take back what was granted (status {answer.status_code}).")


def revocation(token_uri: str) -> str:
    """Where tokens of that endpoint are given back: beside it, and for all of Google's own at one address."""
    host = urlsplit(token_uri).hostname or ""
    return REVOKE if host.endswith(GOOGLES) else urljoin(token_uri, "revoke")
