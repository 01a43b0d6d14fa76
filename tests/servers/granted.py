"""A source in memory behind a grant: access that runs out in mid-run, and is refreshed with a word that works once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.credentials import Credential, Keep, signed_in_by
from engine.errors import Cause, FatalError, Side, SignInError
from engine.migration.account import Account
from engine.pace.halt import Halt
from engine.ports.source import Source
from engine.store.vault import Secret
from tests.servers.memory_source import SignedIn
from tests.servers.world import MemoryConnectors


@dataclass
class Issuer:
    """Whoever gives access and lets in. Each access is good for `lasts` requests; each refresh needs a new word."""

    lasts: int
    given: list[str] = field(default_factory=list)      # every grant, as the vault keeps it
    uses: dict[str, int] = field(default_factory=dict)  # requests that each access is still good for
    refused: int = 0                                    # words that had been used before

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.give()

    def give(self) -> Secret:
        """A new grant."""
        number = len(self.given)
        self.uses[f"access {number}"] = self.lasts
        self.given.append(json.dumps({"access": f"access {number}", "refresh": f"refresh {number}"}))
        return Secret(self.given[-1])

    def refresh(self, word: str) -> Secret:
        """A new grant for the word of the last one; FatalError for any other word."""
        with self._lock:
            if word != json.loads(self.given[-1])["refresh"]:
                self.refused += 1
                raise FatalError("The consent was taken back.", cause=Cause.SIGN_IN, side=Side.SOURCE)
            return self.give()

    def let_in(self, access: Secret) -> None:
        """One request. SignInError when the access has run out."""
        with self._lock:
            if self.uses.get(access, 0) <= 0:
                raise SignInError("The source refused the access.", side=Side.SOURCE)
            self.uses[access] -= 1


class Grant:
    """A credential that is refreshed when it was refused, and kept before it is used."""

    def __init__(self, issuer: Issuer, kept: Secret, keep: Keep) -> None:
        self._issuer, self._kept, self._keep = issuer, kept, keep
        self._lock = threading.Lock()

    def secret(self, *, refused: bool = False) -> Secret:
        with self._lock:
            if refused:
                self._kept = self._issuer.refresh(json.loads(self._kept)["refresh"])
                self._keep(self._kept)
            return Secret(json.loads(self._kept)["access"])


def grants(issuer: Issuer) -> Callable[[Account, Secret, Keep], Credential]:
    """What makes a credential of what the vault keeps."""
    return lambda _account, kept, keep: Grant(issuer, kept, keep)


@dataclass
class GrantedConnectors(MemoryConnectors):
    """Every request to a source is one that its issuer must let in."""

    issuer: Issuer = field(default_factory=lambda: Issuer(1))

    def source(self, account: Account, credential: Credential, halt: Halt) -> Source:
        return SignedIn(self.sources[account.login], lambda _ask: signed_in_by(credential, self.issuer.let_in))
