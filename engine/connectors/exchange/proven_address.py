"""The address of mail of the mailbox that a login opens, where the server proves that it is this one's."""

from __future__ import annotations

from engine.connectors.exchange.out_of_office import asked
from engine.connectors.exchange.own_address import own_address
from engine.connectors.exchange.reading.asking import Asking
from engine.errors import Cause, FatalError, RefusedError, RetryableError


def proven_address(asking: Asking) -> str:
    """The primary address, "" where it is not known for sure.

    A login that is no address is looked up by its name, under which somebody else may stand. Whoever it is then, a
    server tells the out-of-office to the owner alone (Microsoft, "GetUserOofSettings operation"). Raises FatalError
    where the login is not let in any more, RetryableError while the server is unwell.
    """
    sessions = asking.sessions
    try:
        address = asking.patiently(lambda: own_address(sessions))
        if address and address.lower() != sessions.owner.lower():
            asking.patiently(lambda: asked(sessions, address))
    except RefusedError:
        return ""
    except RetryableError as error:
        if error.back_off is not None or not asking.answers():
            raise
        return ""
    except FatalError as error:
        if error.cause is not Cause.FORBIDDEN:
            raise
        return ""
    return address
