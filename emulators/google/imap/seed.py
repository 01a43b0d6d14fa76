"""A mailbox described as data: what is in it, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from emulators.google.imap.labels import Label, belongs


@dataclass(frozen=True, slots=True)
class SeedMessage:
    """One message. `flags` are those beside a star and a draft, which are labels; `thread` is its own MSGID if None.

    `name` is the Message-ID as it stands in the header, the same in both of two copies that have two MSGIDs.
    """

    msgid: int
    name: str
    raw: bytes
    received: datetime
    labels: frozenset[Label] = frozenset()
    flags: frozenset[str] = frozenset()
    thread: int | None = None


@dataclass(frozen=True, slots=True)
class GmailSeed:
    """A mailbox: its user's labels, empty ones among them, and its messages in the order in which they came."""

    labels: Sequence[str] = ()
    messages: Sequence[SeedMessage] = ()

    def inside(self, folder: Label) -> Iterator[SeedMessage]:
        """The messages that folder shows, by Gmail's rule of labels."""
        return (one for one in self.messages if belongs(one.labels, folder))
