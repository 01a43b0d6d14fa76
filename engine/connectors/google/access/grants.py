"""What the vault keeps for a Google account, in one secret.

An app password as it is; as JSON a grant of its owner, or the mark that a service account of its domain opens it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.errors import InputError, UnreadableError
from engine.migration.account import same_at_google
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
    """What the vault keeps, read; an app password without the spaces that Google shows. Raises UnreadableError."""
    if not secret.startswith("{"):
        return KeptAccess(Way.APP_PASSWORD, password="".join(secret.split()))
    return stored.read(KeptAccess, secret, name=NAME)


def granting_account(secret: str) -> str:
    """Whose grant to which project this is, as it is compared; "" for what is no grant.

    All that an account has granted to one project ends together; a client's ID begins with its project's number.
    """
    if not secret.startswith("{"):
        return ""
    try:
        kept = kept_access(Secret(secret))
    except UnreadableError:
        return ""
    project = kept.client.partition("-")[0]
    return f"{project}:{same_at_google(kept.address)}" if kept.way is Way.GRANT else ""


def app_password(typed: str) -> Secret:
    """An app password, for the vault. Raises InputError for what is none."""
    letters = "".join(typed.split())
    if len(letters) != APP_PASSWORD or not letters.isascii() or not letters.isalpha():
        raise InputError(
            "This is no app password. Gmail takes no ordinary password, but one of 16 letters, which Google makes at "
            "https://myaccount.google.com/apppasswords"
        )
    return Secret(letters.lower())


def delegated(address: str) -> Secret:
    """The mark that the service account opens the mailbox of that address, for the vault."""
    return KeptAccess(Way.SERVICE_ACCOUNT, address).secret
