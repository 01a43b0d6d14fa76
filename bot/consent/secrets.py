"""What is secret of a consent until it is settled: the verifier, the codes that came, and what was granted.

It is one entry of the vault, encrypted, under a name of its own. The pages write it and a worker does, so each write
takes the place of exactly what was read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.stored.consents import LASTS, REMEMBERED
from engine.errors import Cause, FatalError, Side
from engine.migration.content import Content
from engine.store import stored
from engine.store.stored import Stored
from engine.store.vault import Secret, Vault

AFTERWARDS = REMEMBERED - LASTS     # for which a code that came too late can still be given back
GIVEN_BACK_WITHIN = timedelta(hours=24)
MOST_STRAYS = 50        # the newest ones


@dataclass(frozen=True, slots=True)
class Sealed(Stored):
    """`code` is the one that was taken; `strays` are others that came, and are exchanged to be given back.

    `granted` is what the code stands for, of the account `address`, without the contents `missing`, while nobody knows
    yet whether it can be kept. The code stays beside it: Google takes back what a code stands for that it sees twice
    (RFC 6749, 4.1.2), so it must be known again. `number` is what the browser shows, where Slack does not say whose it
    is.
    """

    verifier: str = field(repr=False)
    code: str = field(default="", repr=False)
    strays: tuple[str, ...] = field(default=(), repr=False)
    granted: str = field(default="", repr=False)
    address: str = ""
    missing: tuple[Content, ...] = ()
    number: str = field(default="", repr=False)


def put(vault: Vault, consent_id: str, verifier: Secret, until: datetime, *, number: str = "") -> None:
    """Keeps the verifier of a consent that is good until then, and the number that is to be typed into Slack."""
    vault.put(_place(consent_id), Side.SOURCE, _written(Sealed(verifier, number=number)), expires=until + AFTERWARDS)


def find(vault: Vault, consent_id: str) -> Sealed | None:
    """What is kept; None where nothing is any more."""
    kept = _kept(vault, consent_id)
    return None if kept is None else _read(kept)


def change(vault: Vault, consent_id: str, do: Callable[[Sealed], Sealed]) -> Sealed | None:
    """What is kept as `do` leaves it, which is called again when somebody else was quicker. None: nothing is kept.

    `do` that takes out what was granted has kept it, or let it go.
    """
    while (kept := _kept(vault, consent_id)) is not None:
        before = _read(kept)
        after = do(before)
        if before.granted and not after.granted:
            release(vault, consent_id)      # first: whoever dies here does both again
        if vault.renew(_place(consent_id), Side.SOURCE, kept, _written(after)):
            return after
    return None


def hold(vault: Vault, consent_id: str, granted: Secret) -> None:
    """Keeps what was granted beside it, where the vault sees whose it is.

    So nothing else of that account goes back before it is known what becomes of this.
    """
    vault.hold(_beside(consent_id), granted)


def release(vault: Vault, consent_id: str) -> None:
    """Ends `hold`. What was granted is kept elsewhere by then, or was let go."""
    vault.given_back(_beside(consent_id))


def extend(vault: Vault, consent_id: str, now: datetime) -> None:
    """Keeps it for as long as it may take to exchange what came, and give it back."""
    vault.extend(_place(consent_id), Side.SOURCE, now + GIVEN_BACK_WITHIN)


def drop(vault: Vault, consent_id: str) -> None:
    """Removes it. What a program that was killed could not write down of it goes back."""
    sealed = find(vault, consent_id)
    if sealed is not None and sealed.granted:
        release(vault, consent_id)
    else:
        vault.drop(_beside(consent_id), Side.SOURCE)
    vault.drop(_place(consent_id), Side.SOURCE)


def _kept(vault: Vault, consent_id: str) -> Secret | None:
    try:
        return vault.get(_place(consent_id), Side.SOURCE)
    except FatalError as error:
        if error.cause is not Cause.NOT_KEPT:
            raise
        return None


def _written(sealed: Sealed) -> Secret:
    return Secret(stored.write(sealed))


def _read(kept: Secret) -> Sealed:
    return stored.read(Sealed, kept, name="What is kept of a consent")


def _place(consent_id: str) -> str:
    return f"consent-{consent_id}"


def _beside(consent_id: str) -> str:
    return f"{_place(consent_id)}-granted"
