"""What one visit signs in with, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from engine.credentials import Credential, Make
from engine.errors import Cause, FatalError, Side
from engine.migration.account import Account
from engine.store.sign_ins import SignIns
from engine.store.vault import Secret, Vault
from engine.systems import CredentialKind


def no_consent_kept(side: Side) -> FatalError:
    """Access that somebody has granted is kept no more: they have to consent once more."""
    return FatalError(
        f"OMM keeps access to the {side} account only as long as it is needed, and has none any more. Authorise access "
        "again.", cause=Cause.CONSENT, side=side,
    )


class Access:
    """The credentials of a task's two sides. `kinds` make one of what the vault keeps."""

    def __init__(
        self, vault: Vault, sign_ins: SignIns, kinds: Mapping[CredentialKind, Make], task_id: str
    ) -> None:
        self._vault = vault
        self._sign_ins = sign_ins
        self._kinds = kinds
        self._task_id = task_id
        self._secrets: dict[Side, Secret] = {}      # as the vault keeps them
        self._tries: dict[Side, int] = {}

    def credential(self, side: Side, account: Account) -> Credential:
        """What to sign in with, if the account may be signed in to.

        Raises FatalError (SIGN_IN_LIMIT; NOT_KEPT, or CONSENT for an account of which no password is asked).
        """
        if account.system.row.credential is CredentialKind.GRANT and not self._vault.has(self._task_id, side):
            raise no_consent_kept(side)
        secret = self._secrets[side] = self._vault.get(self._task_id, side)
        self._tries[side] = self._sign_ins.before(account, secret, side=side)
        return self._kinds[account.system.row.credential](account, secret, partial(self._keep, side))

    def tries(self, side: Side) -> int:
        """How often the account whose credential was asked for may be refused."""
        return self._tries[side]

    def _keep(self, side: Side, refreshed: Secret) -> None:
        """Puts a refreshed credential back, unless the task needs it no more or a person gave another one meanwhile."""
        before, self._secrets[side] = self._secrets[side], refreshed
        self._vault.renew(self._task_id, side, before, refreshed)

    def accepted(self, side: Side, account: Account) -> None:
        """Notes that the server let us in."""
        self._sign_ins.accepted(account, self._secrets[side])

    def refused(self, side: Side, account: Account, *, times: int) -> None:
        """Notes that the server refused a sign-in, `times` as it counts."""
        self._sign_ins.refused(account, self._secrets.get(side), times=times)
