"""What Gmail's own interface tells beside IMAP: how many messages there are.

Shapes are those of Google's discovery document gmail.v1 (users.getProfile). Nothing of a migration needs it: without an
answer, the report says that nobody knows the number.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from engine.connectors.google.access.credentials import BEARER
from engine.credentials import Credential
from engine.errors import OmmError

PROFILE = "/gmail/v1/users/me/profile"
LARGEST = 64 * 1024         # bytes of an answer


class _RefusedError(Exception):
    """Google does not take the token."""


@dataclass(frozen=True)
class GmailApi:
    """Asks as the owner of a mailbox. `url` is where Google's interfaces are, without a slash at its end.

    `session` makes a session that trusts and reaches them. Safe to use from many threads.
    """

    url: str
    session: Callable[[], requests.Session] = field(repr=False)
    credential: Credential = field(repr=False)

    def total(self) -> int | None:
        """How many messages are in the mailbox. None: the credential cannot ask, or there was no answer.

        A token that is refused is renewed once.
        """
        try:
            secret = self.credential.secret()
            if not secret.startswith(BEARER):
                return None
            try:
                return self._total(secret)
            except _RefusedError:
                renewed = self.credential.secret(refused=secret)
                return self._total(renewed) if renewed != secret else None
        except (OmmError, requests.RequestException, ValueError, _RefusedError):
            return None

    def _total(self, secret: str) -> int | None:
        with self.session() as session, session.get(
            self.url + PROFILE, headers={"Authorization": secret, "Accept": "application/json"},
            allow_redirects=False, stream=True,
        ) as response:
            if response.status_code == requests.codes.unauthorized:
                raise _RefusedError
            if response.status_code != requests.codes.ok:
                return None
            body = response.raw.read(LARGEST, decode_content=True)
        told = json.loads(body)
        total = told.get("messagesTotal") if isinstance(told, dict) else None
        return total if isinstance(total, int) and not isinstance(total, bool) and total >= 0 else None
