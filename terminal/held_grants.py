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
from engine.migration.visit import Engine
from engine.store.vault import Secret

PREFIX = "terminal-"
LONGEST = timedelta(days=1)     # that a command may need until its task begins


def hold(engine: Engine, secret: Secret) -> None:
    """Keeps it for this command."""
    engine.vault.put(_name(os.getpid()), Side.SOURCE, secret, expires=engine.clock() + LONGEST)


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
