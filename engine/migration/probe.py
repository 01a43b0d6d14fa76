"""The probe: one quick request that says whether the destination is there, and lets us in."""

from __future__ import annotations

from engine.errors import Cause, FatalError, OmmError, RetryableError, Side
from engine.pace.halt import HaltedError
from engine.ports.destination import Destination


def probe(destination: Destination, *, worked: bool, tries: int) -> None:
    """Signs in. Raises RetryableError when the server is there and only busy.

    `worked`: an earlier visit got as far as the mailbox, so the address is not a wrong one. `tries`: how often the
    account may be refused.
    """
    try:
        destination.probe(worked=worked, tries=tries)
    except FatalError as error:
        if error.cause in (Cause.BUSY, Cause.OTHER):
            raise RetryableError(str(error), cause=error.cause) from error
        raise


def true_cause(error: FatalError, destination: Destination) -> FatalError:
    """What one quick request finds to be wrong, when the error at hand does not say it. Never a second sign-in."""
    if error.side is not Side.DESTINATION or error.cause not in (Cause.UNREACHABLE, Cause.TIMEOUT, Cause.OTHER):
        return error
    try:
        destination.probe()
    except FatalError as found:
        return found
    except (OmmError, HaltedError):
        return error
    return error
