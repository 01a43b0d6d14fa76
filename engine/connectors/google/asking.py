"""Questions to Google's interfaces, as the owner of an account. Reading changes nothing, so each may be asked again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests

from engine.connectors.google.credentials import BEARER
from engine.connectors.google.interfaces import Interface
from engine.credentials import Credential
from engine.errors import Cause, FatalError, RefusedError, Side

Json = Mapping[str, Any]
ONLY_MAIL = "Google's interfaces open by consent alone; what OMM has of this account opens its mail."
UNREADABLE = "Google's answer cannot be read."


class Asking:
    """Asks as one account. Safe to use from many threads."""

    def __init__(
        self, url: str, session: Callable[[], requests.Session], credential: Credential, *, stop: threading.Event
    ) -> None:
        """`url` is where Google's interfaces are, without a slash at its end; `session` trusts and reaches them."""
        self._url, self._session, self._credential, self._stop = url, session, credential, stop

    def one(self, interface: Interface, path: str, **query: Any) -> Json:
        """The answer to a GET of that path, which begins with a slash.

        Parameters that are None are left out; a list is repeated. Raises FatalError, RetryableError, RefusedError.
        """
        secret = self._credential.secret()
        if not secret.startswith(BEARER):
            raise FatalError(ONLY_MAIL, cause=Cause.CONSENT, side=Side.SOURCE)
        answer = self._get(interface.url(self._url) + path, secret, query)
        if answer.status_code == requests.codes.unauthorized:
            answer = self._get(interface.url(self._url) + path, self._credential.secret(refused=secret), query)
        if answer.status_code != requests.codes.ok:
            raise RefusedError(f"Google answers with status {answer.status_code}.")
        told = answer.json()
        if not isinstance(told, dict):
            raise RefusedError(UNREADABLE)
        return told

    def pages(self, interface: Interface, path: str, items: str, **query: Any) -> Iterator[Json]:
        """Everything that stands under `items` in all pages of an answer."""
        token = None
        while True:
            page = self.one(interface, path, **query, pageToken=token)
            yield from page.get(items, ())
            token = page.get("nextPageToken")
            if token is None:
                return

    def fetched(self, url: str, *, largest: int) -> bytes:
        """What is at an address that Google has named, without the owner's token; b"" where it is not there.

        Raises RetryableError, RefusedError for more than `largest` bytes.
        """
        with self._session() as session, session.get(url, allow_redirects=False, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                return b""
            body: bytes = answer.raw.read(largest + 1, decode_content=True)
        if len(body) > largest:
            raise RefusedError("It is larger than OMM takes.")
        return body

    def _get(self, url: str, secret: str, query: Mapping[str, Any]) -> requests.Response:
        given = {name: value for name, value in query.items() if value is not None}
        with self._session() as session:
            return session.get(
                url, params=given, headers={"Authorization": secret, "Accept": "application/json"},
                allow_redirects=False,
            )
