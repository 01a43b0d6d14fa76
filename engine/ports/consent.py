"""Consent: what the owner of an account elsewhere allows us, on that system's own page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from engine.errors import Cause, FatalError, Side
from engine.migration.account import same_at_google
from engine.migration.content import Content
from engine.store.vault import Secret


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a browser carries to that system. `verifier` proves later that it was ours (RFC 7636)."""

    url: str
    verifier: Secret


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody has allowed. `address` is that of the account with which they did, as the system says it.

    `secret` is what the vault keeps to sign in with. `missing` are the contents that were asked for and not allowed.
    """

    address: str
    secret: Secret
    missing: frozenset[Content] = frozenset()

    def is_of(self, login: str) -> bool:
        """True: a person who types that login means this account."""
        return same_account(self.address, login)


class UselessGrantError(FatalError):
    """What was granted cannot be used. It is to be given back once nothing needs its account."""

    def __init__(self, words: str, grant: Grant) -> None:
        super().__init__(words, cause=Cause.CONSENT, side=Side.SOURCE)
        self.grant = grant


class Consenting(Protocol):
    """Asks for consent. Safe to use from many threads."""

    @property
    def page(self) -> str:
        """The address of the page that asks, without a question."""
        ...

    def ask(self, *, state: str, contents: Collection[Content], login: str = "") -> Asked:
        """The address of the page that asks for those contents. It comes back to our callback with that `state`.

        `login` is the account that is meant, "" where whoever consents chooses it there. Nothing goes over the network.
        """
        ...

    def exchange(self, *, code: Secret, verifier: Secret, contents: Collection[Content]) -> Grant:
        """What the code stands for that the page has sent back. A code can be exchanged once.

        Raises FatalError(CONSENT) where the code is not good, UselessGrantError where what it stands for is not, and
        RetryableError where the same may go through later.
        """
        ...

    def revoke(self, secret: Secret) -> None:
        """Gives back what was granted; what is granted no longer is no error. Raises RetryableError."""
        ...


def same_account(one: str, other: str) -> bool:
    """True: both logins are of one Google account."""
    return same_at_google(one) == same_at_google(other)


class Returning(Protocol):
    """Gives access back to the system that has granted it, once nobody keeps it any more."""

    def account(self, secret: str) -> str:
        """Whose access goes back with that secret: the account, as it is compared; "" where nothing goes back."""
        ...

    def give_back(self, secret: Secret) -> None:
        """Gives it back; what is granted no longer is no error. Raises RetryableError, FatalError."""
        ...
