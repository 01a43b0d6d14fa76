"""A source in memory behind a grant: access that runs out in mid-run, and is refreshed with a word that works once."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.credentials import Credential, Keep, signed_in_by
from engine.errors import Cause, FatalError, Side, SignInError
from engine.migration.account import Account
from engine.pace.halt import Halt
from engine.ports.source import Source
from engine.store.vault import Secret
from tests.servers.memory.source import SignedIn
from tests.servers.world import MemoryConnectors


@dataclass
class Issuer:
    """Whoever gives access and lets in. Each refresh needs a new word: one works until what it brought is used.

    Each access is good for `lasts` requests of a thread, so that one which a thread has just got always lets it in,
    however long the thread has to wait for its turn.
    """

    lasts: int
    given: list[str] = field(default_factory=list)      # every grant, as the vault keeps it
    good: set[str] = field(default_factory=set)         # accesses that nobody has taken back; none: the consent was
    uses: Counter[tuple[str, int]] = field(default_factory=Counter)     # requests with an access, by thread
    refused: int = 0                                    # words that had been used before

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.give()

    def give(self) -> Secret:
        """A new grant."""
        number = len(self.given)
        self.good.add(f"access {number}")
        self.given.append(json.dumps({"access": f"access {number}", "refresh": f"refresh {number}"}))
        return Secret(self.given[-1])

    def refresh(self, word: str) -> Secret:
        """A new grant for the word of the last one that was used, or of a later one; FatalError for any other word."""
        with self._lock:
            used = {access for access, _thread in self.uses}
            last = max((n for n in range(len(self.given)) if f"access {n}" in used), default=0)
            if not self.good or word not in {json.loads(grant)["refresh"] for grant in self.given[last:]}:
                self.refused += 1
                raise FatalError("The consent was taken back.", cause=Cause.SIGN_IN, side=Side.SOURCE)
            return self.give()

    def let_in(self, access: Secret) -> None:
        """One request. SignInError when the access has run out, or was taken back."""
        with self._lock:
            use = access, threading.get_ident()
            if access not in self.good or self.uses[use] >= self.lasts:
                raise SignInError("The source refused the access.", side=Side.SOURCE)
            self.uses[use] += 1


class Grant:
    """A credential that is refreshed when it was refused, and kept before it is used."""

    def __init__(self, issuer: Issuer, kept: Secret, keep: Keep) -> None:
        self._issuer, self._kept, self._keep = issuer, kept, keep
        self._lock = threading.Lock()

    def secret(self, *, refused: Secret | None = None) -> Secret:
        with self._lock:
            if refused is not None and refused == json.loads(self._kept)["access"]:
                fresh = self._issuer.refresh(json.loads(self._kept)["refresh"])
                self._keep(fresh)
                self._kept = fresh
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
