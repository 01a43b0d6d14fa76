"""The same mailbox at both ends, by another login or another name of its server perhaps: refused before any write.

A migration of a mailbox into itself would copy each message beside itself, and its rollback would look for copies among
the originals. Logins do not tell: a mailbox has a user principal name, a name in a domain, and aliases. Its key does,
which is made of the id of its root folder: the id holds the mailbox's own GUID, whatever name it is opened by.
"""

from __future__ import annotations

from typing import Protocol, cast

from engine.errors import Cause, FatalError, Side
from engine.migration.request import MigrationRequest
from engine.pace.halt import Halt
from engine.pace.repeat import patiently
from engine.ports.destination import Destination
from engine.ports.source import Source


class Keyed(Protocol):
    """A source on a system whose accounts can be destinations too."""

    def mailbox(self) -> str:
        """The mailbox's key, by the same rule as the destination's. Raises FatalError, RetryableError."""
        ...


def check_not_the_same(
    request: MigrationRequest, source: Source, destination: Destination, halt: Halt, *, patience: float
) -> None:
    """Raises FatalError (SAME_MAILBOX) when both accounts open one mailbox. Nothing is written.

    `patience` is for how long, in seconds, a source that is busy is asked again.
    """
    if request.source.system is request.destination.system:
        key = patiently(cast("Keyed", source).mailbox, halt, patience=patience, side=Side.SOURCE)
        refuse_same(key, destination.mailbox())


def refuse_same(source: str, destination: str) -> None:
    """Raises FatalError (SAME_MAILBOX) when two accounts on one system have the same key; "" is no key."""
    if source and source == destination:
        raise FatalError(
            "Both logins open the same mailbox: a mailbox is not copied into itself.", cause=Cause.SAME_MAILBOX,
            side=Side.DESTINATION,
        )
