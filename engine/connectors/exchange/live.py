"""What a mailbox does by itself to mail that arrives, as far as its server tells whoever signs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from engine.connectors.exchange.out_of_office import asked
from engine.connectors.exchange.own_address import own_address
from engine.connectors.exchange.rules.live import with_rules
from engine.connectors.exchange.session import Sessions
from engine.errors import FatalError, RefusedError, RetryableError, SignInError
from engine.ports.settings import Live

T = TypeVar("T")


def live(sessions: Sessions) -> Live | None:
    """What the server tells: of the rules, of the replies, or of both; None where it tells of neither.

    It tells of neither where the account's right does not let it be asked. Raises SignInError.
    """
    replies = _told(lambda: _of_replies(sessions))
    known = replace(replies or Live(answers=None), rules=None)
    with_both = _told(lambda: with_rules(known, sessions))
    return with_both or (None if replies is None else known)


def _told(ask: Callable[[], T]) -> T | None:
    """None where the server refuses, is busy or fails."""
    try:
        return ask()
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError):
        return None


def _of_replies(sessions: Sessions) -> Live:
    found = asked(sessions, own_address(sessions))
    return Live(answers=found.answers(sessions.now()), keeps_replies=not found.is_blank)
