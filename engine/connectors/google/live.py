"""What Gmail does by itself to mail that arrives: its filters, and the vacation responder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from engine.connectors.google import vacation
from engine.connectors.google.asking import Asking
from engine.connectors.google.filters.reading import filters
from engine.connectors.google.interfaces import Interface
from engine.errors import FatalError, RefusedError, RetryableError, SignInError
from engine.ports.settings import Live

T = TypeVar("T")


def live(asking: Asking, now: datetime) -> Live | None:
    """What Google tells of it: None where it tells nothing, as of whoever has consented to mail in IMAP alone.

    Raises SignInError.
    """
    found = _told(lambda: filters(asking))
    replies = _told(lambda: vacation.out_of_office_of(asking.one(Interface.GMAIL, vacation.PATH), now))
    if found is None and replies is None:
        return None
    return Live(
        rules=None if found is None else len(found),
        sending=sum(bool((one.get("action") or {}).get("forward")) for one in found or ()),
        answers=None if replies is None else replies.answers(now),
        keeps_replies=replies is not None and not replies.is_blank,
    )


def _told(ask: Callable[[], T]) -> T | None:
    """None where Google refuses, is busy or fails."""
    try:
        return ask()
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError):
        return None
