"""Signing in to a Google account, now and after an hour: access tokens, renewed by what the vault keeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import credentials as of_a_grant
from google.oauth2 import service_account as of_a_service

from engine.connectors.google.access import refusals
from engine.connectors.google.access.grants import KeptAccess, Way, kept_access
from engine.connectors.google.access.reaching import Google
from engine.connectors.google.access.scopes import DELEGATED, IMAP_ADMIN, SCOPES, missing
from engine.credentials import Credential, Keep, PasswordCredential
from engine.errors import FatalError, OmmError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.store.vault import Secret

BEARER = "Bearer "
BEFORE_ITS_END = timedelta(minutes=5)       # a token is renewed


@runtime_checkable
class Scoped(Protocol):
    """A credential that has a token for each set of scopes."""

    def for_scopes(self, scopes: tuple[str, ...]) -> Credential:
        """The credential for those scopes."""
        ...


@runtime_checkable
class Opening(Protocol):
    """A credential that knows what it opens."""

    @property
    def opens(self) -> frozenset[Content]:
        """The contents that can be read with it."""
        ...


def opened_with(credential: Credential) -> tuple[frozenset[Content], str]:
    """What can be read of an account with that credential, and what it is, in words."""
    if isinstance(credential, Opening):
        return credential.opens, "What was delegated" if isinstance(credential, Scoped) else "What was granted"
    return frozenset({Content.MAIL}), "An app password"


def credential(google: Google, account: Account, secret: Secret, keep: Keep) -> Credential:
    """The credential of what the vault keeps. Its secret is `Bearer <access token>` or an app password.

    Raises UnreadableError.
    """
    kept = kept_access(secret)
    for part in kept.hidden:
        google.hide(part)
    if kept.way is Way.APP_PASSWORD:
        return PasswordCredential(Secret(kept.password))
    if kept.way is Way.SERVICE_ACCOUNT:
        return ServiceAccountCredential(google, account.login)
    return GrantCredential(google, kept, keep)


class GrantCredential:
    """A grant. Its access token is renewed before it expires, and after the server has refused it: once by all threads.

    Two processes may renew the same grant: both get tokens that are good, and the vault keeps one of them.
    """

    def __init__(self, google: Google, kept: KeptAccess, keep: Keep) -> None:
        self._google, self._kept, self._keep = google, kept, keep
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"GrantCredential({self._kept.address})"

    @property
    def opens(self) -> frozenset[Content]:
        """What was granted."""
        scopes = self._kept.scopes
        return frozenset(SCOPES) - missing(SCOPES, scopes) if scopes else frozenset(SCOPES)

    def secret(self, *, refused: Secret | None = None) -> Secret:
        """`Bearer <access token>`. Raises FatalError (CONSENT) when the grant is over, and RetryableError."""
        with self._lock:
            if self._is_over() or refused == BEARER + self._kept.access:
                renewed = self._renewed()
                self._google.hide(renewed.access)
                self._keep(renewed.secret)
                self._kept = renewed
            return Secret(BEARER + self._kept.access)

    def _is_over(self) -> bool:
        kept = self._kept
        return not kept.access or kept.expires is None or kept.expires - BEFORE_ITS_END <= self._google.clock()

    def _renewed(self) -> KeptAccess:
        """The same grant with a new access token. The refresh token stays unless the answer has another one."""
        kept = self._kept
        client = next((one for one in self._google.clients if one.id == kept.client), None)
        if client is None:
            raise refusals.no_such_client(kept.address)
        renewing: Any = of_a_grant.Credentials(     # type: ignore[no-untyped-call]  # Google's
            None, refresh_token=kept.refresh, token_uri=client.token_uri, client_id=client.id,
            client_secret=str(client.secret),
        )
        _renew(self._google, renewing, lambda error: refusals.not_renewed(error, kept.address))
        return replace(
            kept, refresh=renewing.refresh_token or kept.refresh, access=renewing.token,
            expires=_in_utc(renewing.expiry),
        )


class ServiceAccountCredential:
    """A service account that acts as the owner of one mailbox, by domain-wide delegation.

    developers.google.com/identity/protocols/oauth2/service-account#delegatingauthority. Its tokens are kept nowhere. A
    token is for all the scopes that it was asked for, or there is none: what opens IMAP and what opens each interface
    are asked for by themselves.
    """

    def __init__(self, google: Google, address: str, scopes: tuple[str, ...] = (IMAP_ADMIN,)) -> None:
        self._google, self._address, self._scopes = google, address, scopes
        self._lock = threading.Lock()
        self._token, self._expires = "", google.clock()
        self._others: dict[tuple[str, ...], ServiceAccountCredential] = {scopes: self}

    def for_scopes(self, scopes: tuple[str, ...]) -> ServiceAccountCredential:
        """The credential for other scopes, the same each time."""
        with self._lock:
            if scopes not in self._others:
                self._others[scopes] = ServiceAccountCredential(self._google, self._address, scopes)
            return self._others[scopes]

    def __repr__(self) -> str:
        return f"ServiceAccountCredential({self._address})"

    @property
    def opens(self) -> frozenset[Content]:
        """What its domain has delegated to it; Google is asked. Raises FatalError where that is nothing."""
        refused: dict[tuple[str, ...], FatalError] = {}
        for scopes in dict.fromkeys(DELEGATED.values()):
            try:
                self.for_scopes(scopes).secret()
            except FatalError as error:
                refused[scopes] = error
        found = frozenset(content for content, scopes in DELEGATED.items() if scopes not in refused)
        if not found:
            raise refused[(IMAP_ADMIN,)]
        return found

    def secret(self, *, refused: Secret | None = None) -> Secret:
        """`Bearer <access token>`. Raises FatalError (FORBIDDEN) and RetryableError."""
        with self._lock:
            if self._expires - BEFORE_ITS_END <= self._google.clock() or refused == BEARER + self._token:
                self._token, self._expires = self._signed_for()
                self._google.hide(self._token)
            return Secret(BEARER + self._token)

    def _signed_for(self) -> tuple[str, datetime]:
        ours = self._google.service_account
        if ours is None:
            raise refusals.no_service_account()
        signing = _with_key(ours.info, self._address, self._scopes)
        if signing is None:
            raise refusals.no_key()
        _renew(self._google, signing, lambda error: refusals.not_delegated(error, ours, self._address, self._scopes))
        return signing.token, _in_utc(signing.expiry) or self._google.clock()


def _in_utc(expiry: datetime | None) -> datetime | None:
    """When a token ends; None where Google does not say it (RFC 6749 §5.1: it should)."""
    return None if expiry is None else expiry.replace(tzinfo=UTC)


def _with_key(info: Any, address: str, scopes: tuple[str, ...]) -> Any:
    """None for a key that cannot be read: the library's exception is left here, for its text may hold it."""
    try:
        return of_a_service.Credentials.from_service_account_info(      # type: ignore[no-untyped-call]  # Google's
            dict(info), scopes=list(scopes), subject=address
        )
    except ValueError:
        return None


def _renew(google: Google, renewing: Any, means: Callable[[GoogleAuthError], OmmError]) -> None:
    """Gets an access token. Raises what a refusal `means`, outside of the frame that holds Google's own exception.

    An answer that is none of Google's, such as a proxy's page, makes its library raise whatever Python does.
    """
    error: OmmError | None = None
    with google.session() as session:
        try:
            renewing.refresh(Request(session))
        except GoogleAuthError as refused:
            error = means(refused)
        except (TypeError, ValueError, LookupError, AttributeError):
            error = refusals.no_answer()
    if error is not None:
        raise error
