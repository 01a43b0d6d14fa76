"""Asking again: for what may be asked twice without harm. Writes never come through here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from engine.errors import Cause, FatalError, RetryableError, Side
from engine.halt import Halt

FIRST_WAIT = 0.5      # seconds, doubled each time
LONGEST_WAIT = 30.0   # seconds, where the server names none
LONGEST_BACK_OFF = 600.0   # seconds, whatever the server asks for
PATIENCE = 900.0      # seconds

T = TypeVar("T")


def patiently(
    ask: Callable[[], T], halt: Halt, *, patience: float = PATIENCE, side: Side = Side.DESTINATION
) -> T:
    """The answer to `ask`, asked again after each RetryableError for `patience` seconds.

    Raises HaltedError when a stop is asked for, FatalError about that `side` when patience is over.
    """
    until = time.monotonic() + patience
    wait = FIRST_WAIT
    while True:
        halt.check()
        try:
            return ask()
        except RetryableError as error:
            if time.monotonic() + wait > until:
                raise gave_up(error, side) from error
            halt.wait(min(error.back_off or wait, LONGEST_BACK_OFF))      # 0 is no leave to ask again at once
            wait = min(wait * 2, LONGEST_WAIT)


def gave_up(error: RetryableError, side: Side = Side.DESTINATION) -> FatalError:
    """The fatal error that a retryable one becomes when it lasts."""
    cause = error.cause if error.cause is not Cause.BUSY else Cause.UNREACHABLE
    return FatalError(f"{error} It stayed so; resume when the server is well again.", cause=cause, side=side)
