"""What was granted to a command in the browser, kept in the store while it runs.

A task keeps it from the moment that it begins. Should the command be killed before, the next one lets it go, and it is
given back.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import timedelta

from engine.errors import Side
from engine.migration.giving_back import Came, returned
from engine.migration.visit import Engine
from engine.store.vault import Secret, kept_by

PREFIX = "terminal-"
LONGEST = timedelta(days=1)     # that a command may need until its task begins


def hold(engine: Engine, secret: Secret) -> None:
    """Keeps it for this command."""
    engine.vault.put(_name(os.getpid()), Side.SOURCE, secret, expires=engine.clock() + LONGEST)


def take_back(engine: Engine, secret: Secret) -> Came:
    """Gives back what is kept for this command and is of no use, unless something else needs the same account.

    It then goes back later, as everything else does that could not go back now.
    """
    ours = _name(os.getpid())
    engine.vault.drop(ours)
    came = returned(engine, secret)
    if came is Came.BACK:
        for name in [name for name, _secret, _is_over in engine.vault.leaving() if kept_by(name) == ours]:
            engine.vault.given_back(name)
    return came


def let_go(engine: Engine) -> None:
    """Lets go what is kept for this command, and for those of this machine that are no more."""
    ours = _name("")
    for name in engine.vault.named(ours):
        process = name.removeprefix(ours)
        if not process.isdecimal() or int(process) == os.getpid() or not _is_alive(int(process)):
            engine.vault.drop(name)


def _name(process: object) -> str:
    return f"{PREFIX}{socket.gethostname()}-{process}"


def _is_alive(process: int) -> bool:
    with suppress(PermissionError):     # somebody else's
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):
            return False
    return True
