"""What a mailbox does by itself to mail that arrives, as far as its server tells whoever signs in."""

from __future__ import annotations

from engine.connectors.exchange.out_of_office import answers
from engine.connectors.exchange.rules.live import with_rules
from engine.connectors.exchange.session import Sessions
from engine.errors import FatalError, RefusedError, RetryableError, SignInError
from engine.ports.settings import Live


def live(sessions: Sessions) -> Live | None:
    """None where the account's right does not let it be asked, or the server does not tell. Raises SignInError."""
    try:
        return with_rules(Live(answers=_answers(sessions)), sessions)
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError):
        return None


def _answers(sessions: Sessions) -> bool:
    """False also where the server does not tell: then no out-of-office moves."""
    try:
        return answers(sessions)
    except RefusedError:
        return False
