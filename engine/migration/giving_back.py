"""Giving back: access that was granted, and that no task and no form keeps any more, goes back to its system.

The vault keeps what goes for at most a day more (engine/store/vault.py), or for as long as something else keeps access
to the same account. Whoever looks after the store calls this now and then, and the terminal at the end of a command.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum

from engine.errors import Cause, FatalError, RetryableError
from engine.migration.visit import Engine
from engine.store.vault import Secret

log = logging.getLogger(__name__)


class Came(Enum):
    """What came of giving something back."""

    BACK = "it went back"
    NEEDED = "something else keeps access to the same account"
    LATER = "not now"
    AWAY = "the system is to be left alone for now"


def give_back(
    engine: Engine, told: Callable[[str], None] = lambda _name: None, *,
    failed: Callable[[str], None] = lambda _name: None, ours: Callable[[str], bool] = lambda _name: True,
) -> int:
    """Gives back what is due, unless something that is kept is of the same account: it goes back after that.

    `told` hears of each that was given back, and `failed` of each that could not be for a day, by the name that the
    vault has for it (`kept_by`), and perhaps twice. Only what is `ours` by that name is looked at: the rest is left to
    whoever can tell its owner. Returns how much could not be given back now and will be tried again.
    """
    left, look = 0, _Look(engine)
    for name, secret, is_over in list(engine.vault.leaving()):
        if not ours(name):
            continue
        came = look.came(secret)
        if came is Came.NEEDED:
            engine.vault.stays(name)
        elif came is Came.BACK or is_over:
            (told if came is Came.BACK else failed)(name)
            engine.vault.given_back(name)
        else:
            left += 1
    return left


class _Look:
    """One look at all that is due: a system that does not answer is asked once in it, and once for each account."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._is_away = engine, engine.vault.returns.rests()
        self._in_vain: set[str] = set()

    def came(self, secret: Secret) -> Came:
        """What comes of giving it back."""
        engine = self._engine
        account = "" if engine.returning is None else engine.returning.account(secret)
        if self._is_away or account in self._in_vain:
            return Came.NEEDED if account in engine.vault.accounts() else Came.LATER
        came = returned(engine, secret)
        self._is_away = came is Came.AWAY
        if came in (Came.LATER, Came.AWAY):
            self._in_vain.add(account)
        return came


def returned(engine: Engine, secret: Secret) -> Came:
    """Gives a secret back that is kept nowhere, unless something that is kept is of the same account."""
    if engine.returning is None:
        return Came.BACK
    account = engine.returning.account(secret)
    if not engine.vault.returns.begin(account):
        return Came.LATER
    if account in engine.vault.accounts():
        engine.vault.returns.leave(account)
        return Came.NEEDED
    try:
        engine.returning.give_back(secret)
    except (RetryableError, FatalError) as error:
        log.warning("what was granted could not be given back, which is tried again for a day: %s", error)
        back_off = error.back_off if isinstance(error, RetryableError) else None
        if back_off is not None:
            engine.vault.returns.rest(back_off)
        return Came.AWAY if back_off is not None or error.cause is Cause.UNREACHABLE else Came.LATER
    finally:
        engine.vault.returns.end(account)
    return Came.BACK
