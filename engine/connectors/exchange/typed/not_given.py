"""What it means that a source does not give an item, or a part of one."""

from __future__ import annotations

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.read import UNREADABLE
from engine.connectors.exchange.reading.asking import raise_read
from engine.errors import Cause, RefusedError, RetryableError

DAMAGED = "The source can give out nothing of this item: it says that it is damaged."


def why_not(error: CodeError) -> RetryableError | RefusedError:
    """The error of one item. One that would stop everything may be of this item alone: whoever asks looks at others."""
    if error.code in UNREADABLE:
        return RefusedError(DAMAGED)
    if meaning_of(error.code) is Meaning.FATAL:
        return RetryableError(f"The source does not let this be read ({error.code}).", cause=Cause.FORBIDDEN)
    try:
        raise_read(error)
    except (RetryableError, RefusedError) as found:
        return found
