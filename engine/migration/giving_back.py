"""Giving back: access that was granted, and that no task and no form keeps any more, goes back to its system.

The vault keeps what goes for at most a day more (engine/store/vault.py). Whoever looks after the store calls this now
and then; so does the terminal at the end of a command.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.errors import FatalError, RetryableError
from engine.migration.visit import Engine

log = logging.getLogger(__name__)


def give_back(
    engine: Engine, told: Callable[[str], None] = lambda _name: None, *,
    ours: Callable[[str], bool] = lambda _name: True,
) -> int:
    """Gives back what is due, unless something that is kept is of the same account: that one gives it back later.

    `told` hears of each that was given back, by the name that the vault has for it (`kept_by`), and perhaps twice. Only
    what is `ours` by that name is looked at: the rest is left to whoever can tell its owner. Returns how much could not
    be given back now and will be tried again.
    """
    left = 0
    for name, secret in list(engine.vault.leaving()):
        if not ours(name):
            continue
        if engine.returning is not None and engine.returning.account(secret) not in engine.vault.accounts():
            try:
                engine.returning.give_back(secret)
            except (RetryableError, FatalError) as error:
                log.warning("what was granted could not be given back, which is tried again for a day: %s", error)
                left += 1
                continue
            told(name)
        engine.vault.given_back(name)
    return left
