"""What a mailbox does by itself to mail that arrives, as far as its server tells whoever signs in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.connectors.exchange.out_of_office import answers
from engine.connectors.exchange.rules.live import with_rules
from engine.connectors.exchange.session import Sessions
from engine.errors import FatalError, RefusedError, RetryableError, SignInError
from engine.ports.settings import Live

T = TypeVar("T")


def live(sessions: Sessions) -> Live | None:
    """What the server tells: of the rules, of the replies, or of both; None where it tells of neither.

    It tells of neither where the account's right does not let it be asked. Raises SignInError.
    """
    replies = _told(lambda: answers(sessions))
    of_replies = Live(rules=None, answers=replies)
    with_both = _told(lambda: with_rules(of_replies, sessions))
    return with_both or (None if replies is None else of_replies)


def _told(ask: Callable[[], T]) -> T | None:
    """None where the server refuses, is busy or fails."""
    try:
        return ask()
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError):
        return None
