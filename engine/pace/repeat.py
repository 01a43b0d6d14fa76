"""Asking again: for what may be asked twice without harm. Writes never come through here.

This is the one loop that waits for a server of a migration that is unwell. The others are about something else, each
for a reason that its docstring gives: a connection that was lost (engine/connectors/network/attempts.py), Redis
(engine/store/patience.py), a write that was put off (engine/pace/gate.py), the trial of `omm doctor`
(engine/doctor/trial.py), and a form that somebody looks at (bot/work/screen.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine import threads
from engine.errors import Cause, FatalError, RetryableError, Side
from engine.pace.halt import Halt

FIRST_WAIT = 0.5      # seconds, doubled each time
LONGEST_WAIT = 30.0   # seconds, where the server names none
LONGEST_BACK_OFF = 600.0   # seconds, whatever the server asks for
PATIENCE = 900.0      # seconds
SET_ASIDE_AFTER = 0.1      # of the patience; one folder or message is set aside then, when others are answered for
WORTH_TELLING = 3.0   # seconds of waiting after which people should know

T = TypeVar("T")
OnWait = Callable[[Side, bool], None]      # a wait for that side begins, or is over; called from any thread


def nobody_asks(_side: Side, _waits: bool) -> None:  # noqa: FBT001 - as OnWait
    """For whoever has nobody to tell."""


def patiently(
    ask: Callable[[], T],
    halt: Halt,
    *,
    patience: float = PATIENCE,
    busy: float | None = None,
    side: Side = Side.DESTINATION,
    on_wait: OnWait = nobody_asks,
) -> T:
    """The answer to `ask`, asked again after each RetryableError for `patience` seconds.

    `busy` is the patience with a server that names its pauses, where it is another one. `on_wait` hears of a wait that
    lasts. Raises HaltedError when a stop is asked for, FatalError about that `side` when patience is over.
    """
    began, wait, told = threads.monotonic(), FIRST_WAIT, False
    try:
        while True:
            halt.check()
            try:
                return ask()
            except RetryableError as error:
                halt.check()        # whoever stops has not lost their patience
                waited = threads.monotonic() - began
                pause = min(error.back_off or wait, LONGEST_BACK_OFF)     # 0 is no leave to ask again at once
                if waited + wait > (patience if busy is None or error.back_off is None else busy):
                    raise gave_up(error, side) from error
                if max(waited, error.back_off or 0) > WORTH_TELLING and not told:
                    told = True
                    on_wait(side, True)  # noqa: FBT003 - as OnWait
                halt.wait(pause)
                wait = min(wait * 2, LONGEST_WAIT)
    finally:
        if told:
            on_wait(side, False)  # noqa: FBT003 - as OnWait


def gave_up(error: RetryableError, side: Side = Side.DESTINATION) -> FatalError:
    """The fatal error that a retryable one becomes when it lasts."""
    cause = error.cause if error.cause is not Cause.BUSY else Cause.UNREACHABLE
    return FatalError(f"{error} It stayed so; resume when the server is well again.", cause=cause, side=side)
