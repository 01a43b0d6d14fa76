"""How many messages a mailbox has by Gmail's own count, which IMAP does not tell.

users.getProfile of Google's discovery document gmail.v1. Nothing of a migration needs it: without an answer, the report
says that nobody knows the number.
"""

from __future__ import annotations

from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.interfaces import Interface
from engine.errors import OmmError

PROFILE = "/users/me/profile"


def total(asking: Asking) -> int | None:
    """How many messages are in the mailbox. None: the credential cannot ask, or there was no answer."""
    try:
        found = asking.one(Interface.GMAIL, PROFILE).get("messagesTotal")
    except OmmError:
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None
