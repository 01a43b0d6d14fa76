"""What a mailbox does by itself to mail that arrives, as far as its server tells whoever signs in."""

from __future__ import annotations

from engine.connectors.exchange.out_of_office import asked
from engine.connectors.exchange.own_address import own_address
from engine.connectors.exchange.rules.live import with_rules
from engine.connectors.exchange.session import Sessions
from engine.errors import FatalError, RefusedError, RetryableError, SignInError
from engine.ports.settings import Live


def live(sessions: Sessions) -> Live | None:
    """None where the account's right does not let it be asked, or the server does not tell. Raises SignInError."""
    try:
        return with_rules(_of_replies(sessions), sessions)
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError):
        return None


def _of_replies(sessions: Sessions) -> Live:
    """What the out-of-office does; nothing also where the server does not tell: then none moves."""
    try:
        found = asked(sessions, own_address(sessions))
    except RefusedError:
        return Live()
    return Live(answers=found.answers(sessions.now()), keeps_replies=not found.is_blank)
