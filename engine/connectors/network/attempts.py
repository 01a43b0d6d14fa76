"""Attempts at one question to a server of the source: the loop that both kinds of mailboxes are read with.

It is not `patiently` (engine/pace/repeat.py): that one waits for a server that is unwell, for as long as the engine has
patience. This one is below it, about a question that was asked over a connection which was lost: it is short, each
attempt has a connection of its own, and what the attempts cost tells whether the question itself is the reason.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from engine.errors import Cause, RetryableError

WAITS = (0.5, 1.0, 2.0, 4.0)    # seconds before the second to the fifth attempt


def attempts(stop: threading.Event, waits: Sequence[float]) -> Iterator[int]:
    """The number of each attempt, from 1; before all but the first it waits, by `waits` in seconds.

    Raises RetryableError at once when a stop is asked for while it waits.
    """
    for number, wait in enumerate((0.0, *waits), 1):
        if wait:
            pause(stop, wait)
        yield number


def pause(stop: threading.Event, seconds: float) -> None:
    """Waits. Raises RetryableError at once when a stop is asked for."""
    if stop.wait(seconds):
        raise stopped() from None       # whatever was being handled, it is not why


def stopped() -> RetryableError:
    """What is raised when a stop is asked for while a server is waited for."""
    return RetryableError("Stopped while the source could not be reached.", cause=Cause.UNREACHABLE)
