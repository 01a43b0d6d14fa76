"""Credentials: what an account is signed in with, now and after its server has refused it in mid-run.

The vault keeps a credential as one secret: of a password the password itself; of a grant whatever it is refreshed with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, TypeVar

from engine.errors import Cause, SignInError
from engine.migration.account import Account
from engine.store.vault import Secret
from engine.systems import CredentialKind

T = TypeVar("T")


class Credential(Protocol):
    """What signs in to one account. Its method may be called from many threads."""

    def secret(self, *, refused: Secret | None = None) -> Secret:
        """What to sign in with now. `refused`: an earlier secret of this credential that the server has refused.

        If that is the newest one, a credential that can be refreshed is refreshed, and is back in the vault before
        this returns: of two threads whom the same secret failed, the second gets what the first one brought. One that
        cannot be refreshed gives the same once more. Raises FatalError or RetryableError when nothing can be had.
        """
        ...


@dataclass(frozen=True, slots=True)
class PasswordCredential:
    """A password: there is no other one until a person types it."""

    password: Secret

    def secret(self, *, refused: Secret | None = None) -> Secret:
        """The password, always."""
        return self.password


Keep = Callable[[Secret], None]                             # puts a refreshed credential back into the vault
Make = Callable[[Account, Secret, Keep], Credential]        # of what the vault keeps for an account
KINDS: Mapping[CredentialKind, Make] = MappingProxyType({
    CredentialKind.PASSWORD: lambda _account, secret, _keep: PasswordCredential(secret),
})


def credential_of(given: Credential | str) -> Credential:
    """The credential; a password as it was typed becomes one."""
    return PasswordCredential(Secret(given)) if isinstance(given, str) else given


def signed_in_by(credential: Credential, sign_in: Callable[[Secret], T]) -> T:
    """What `sign_in` returns for the credential's secret.

    After a refusal it is called once more if there is another secret by now. A password is never tried twice.
    """
    first = credential.secret()
    try:
        return sign_in(first)
    except SignInError as error:
        if error.cause is not Cause.SIGN_IN:
            raise
        second = credential.secret(refused=first)
        if second == first:
            raise
    return sign_in(second)
