"""What the vault keeps for a Google account, as JSON in one secret.

A grant of its owner, an app password, or the mark that a service account of its domain opens it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.errors import InputError
from engine.store import stored
from engine.store.stored import Stored
from engine.store.vault import Secret

APP_PASSWORD = 16       # letters (support.google.com/accounts/answer/185833)
NAME = "The access to the Google account"


class Way(StrEnum):
    """By which an account is signed in to."""

    GRANT = "grant"
    APP_PASSWORD = "app password"   # noqa: S105 - its name
    SERVICE_ACCOUNT = "service account"


@dataclass(frozen=True, slots=True)
class KeptAccess(Stored):
    """What the vault keeps for a Google account.

    `address` is whose it is. Of a grant: `client` is the ID of the client that asked for it, `expires` when the access
    token does (UTC), `scopes` what was granted. A service account's key stays in the operator's file.
    """

    way: Way
    address: str = ""
    client: str = ""
    scopes: tuple[str, ...] = ()
    refresh: str = field(default="", repr=False)
    access: str = field(default="", repr=False)
    expires: datetime | None = None
    password: str = field(default="", repr=False)

    @property
    def secret(self) -> Secret:
        """As the vault keeps it."""
        return Secret(stored.write(self))

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not be shown of it, part by part."""
        return tuple(part for part in (self.refresh, self.access, self.password) if part)


def kept_access(secret: Secret) -> KeptAccess:
    """What the vault keeps, read; an app password may stand there as it is. Raises UnreadableError."""
    if not secret.startswith("{"):
        return KeptAccess(Way.APP_PASSWORD, password=secret)
    return stored.read(KeptAccess, secret, name=NAME)


def app_password(address: str, typed: str) -> Secret:
    """An app password, for the vault. Google shows it as four groups of four letters. Raises InputError."""
    letters = "".join(typed.split())
    if len(letters) != APP_PASSWORD or not letters.isascii() or not letters.isalpha():
        raise InputError(
            "This is no app password. Gmail takes no ordinary password, but one of 16 letters, which Google makes at "
            "https://myaccount.google.com/apppasswords"
        )
    return KeptAccess(Way.APP_PASSWORD, address, password=letters.lower()).secret


def delegated(address: str) -> Secret:
    """The mark that the service account opens the mailbox of that address, for the vault."""
    return KeptAccess(Way.SERVICE_ACCOUNT, address).secret
