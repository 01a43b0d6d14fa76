"""What an operation gets to work with: one request of one signed-in owner, inside one transaction."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from lxml import etree

from emulators.exchange.errors import TEXTS, ItemError
from emulators.exchange.faults import Fault
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.schema import Schema
from emulators.exchange.settings import RANK, Settings


def utc(seconds: float) -> str:
    """A moment as EWS writes it: UTC, whole seconds, Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@dataclass(slots=True)
class Call:
    """One request.

    `rank` is the version the request targets, as an index into REQUEST_VERSIONS. `now` is the one time the
    request happens at, UTC to the second.
    """

    db: sqlite3.Connection
    mailbox: Mailbox
    settings: Settings
    request: etree._Element
    rank: int
    now: str
    schema: Schema
    precise: bool = False       # DateTimePrecision asks for milliseconds (MS-OXWSCORE_R1671)
    caller: str = ""            # the address of who signed in
    zone_context: etree._Element | None = None      # the TimeZoneDefinition that the header names
    others: frozenset[str] = frozenset()        # addresses of the other mailboxes on this server
    homeless: bool = False      # who signed in has no mailbox
    item_faults: Sequence[Fault] = ()
    stopped: bool = field(default=False)

    def targets(self, version: str) -> bool:
        """Whether the request targets this version or a newer one."""
        return self.rank >= RANK[version]

    def has_full_access(self, address: str) -> bool:
        """Whether who signed in may open the mailbox with this address (in lower case)."""
        return address == self.caller or address in self.settings.full_access.get(self.caller, ())

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Whatever the block stored is taken back when it ends in an ItemError."""
        self.db.execute("SAVEPOINT part")
        try:
            yield
        except ItemError:
            self.db.execute("ROLLBACK TO part")
            self.db.execute("RELEASE part")
            raise
        self.db.execute("RELEASE part")

    def injected(self, position: int, mime: bytes | None = None) -> None:
        """Refuse the item at `position` if a test asked for that.

        Raises ItemError; ErrorBatchProcessingStopped for those after a fatal one (rule R15).
        """
        if self.stopped:
            raise ItemError("ErrorBatchProcessingStopped")
        for fault in self.item_faults:
            wanted = fault.containing is not None and mime is not None and fault.containing.encode() in mime
            if position in fault.positions or wanted:
                self.stopped = fault.stop_batch
                raise ItemError(fault.code, values=_inner(fault.inner) if fault.inner else ())


def _inner(code: str) -> tuple[tuple[str, str], ...]:
    """What MessageXml says of an inner error, as recorded beside ErrorInternalServerError."""
    return (("InnerErrorMessageText", TEXTS.get(code, "The operation failed.")), ("InnerErrorResponseCode", code),
            ("InnerErrorDescriptiveLinkKey", "0"))
