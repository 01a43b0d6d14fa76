"""Sessions that carry an account's token: google-auth's, with a credential of ours behind it."""

from __future__ import annotations

import re
from typing import Any

import requests
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession

from engine.connectors.google.access import refusals
from engine.connectors.google.access.credentials import BEARER
from engine.credentials import Credential
from engine.store.vault import Secret

_VISIBLE = re.compile(r"[\x20-\x7e]+")      # what a header takes (RFC 9110 §5.5), a token too (RFC 6750 §2.1)


class Bearing(Credentials):
    """A credential of ours, as google-auth asks for one: it knows itself when a token has to be renewed."""

    def __init__(self, credential: Credential) -> None:
        super().__init__()      # type: ignore[no-untyped-call]  # Google's
        self._credential = credential
        self._sent: Secret | None = None

    def __repr__(self) -> str:
        return f"Bearing({self._credential!r})"

    def before_request(self, request: Any, method: str, url: str, headers: dict[str, str]) -> None:
        """Adds the newest token. Raises what `secret` of the credential raises; FatalError for one without tokens."""
        self._sent = self._credential.secret()
        if not self._sent.startswith(BEARER):
            raise refusals.mail_alone()
        if not _VISIBLE.fullmatch(self._sent):      # a library would raise with all of it
            raise refusals.no_answer()
        headers["authorization"] = str(self._sent)

    def refresh(self, request: Any) -> None:
        """Has the token renewed that was sent last. Raises what `secret` of the credential raises.

        `request` is not asked: the credential has a way of its own to Google.
        """
        self._credential.secret(refused=self._sent)


def bearing(credential: Credential, plain: requests.Session) -> AuthorizedSession:
    """A session for one thread, which reaches Google as `plain` does. A token that is refused is renewed once."""
    made = AuthorizedSession(       # type: ignore[no-untyped-call]  # Google's
        Bearing(credential), refresh_status_codes=(requests.codes.unauthorized,), max_refresh_attempts=1,
        auth_request=_no_request,
    )
    made.adapters, made.trust_env = plain.adapters, plain.trust_env
    return made


def _no_request(*_: Any, **__: Any) -> None:
    """Never called."""
