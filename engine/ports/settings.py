"""What the engine asks about settings: contents that are no items, such as inbox rules or an out-of-office reply.

A mailbox has each of them once, and it is live: what is written there takes effect at once. So a setting is merged into
what its owner has, and what it was before is kept until the rollback window ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.ports.items import Outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of a setting that can be there or not: a rule, a reply, a colour.

    `key` says which entry it is, at both sides and at a second visit; it is unique within the setting. `name` is what
    its owner calls it. `value` is known to the connector alone, and the same text whenever the entry is the same: an
    entry that was written and is read again has the value that was written.
    """

    key: str
    name: str
    value: str


class SettingReader(Protocol):
    """A setting of a source; used by one thread. Reading changes nothing."""

    def read(self) -> Sequence[Entry]:
        """Every entry. Raises FatalError, RetryableError."""
        ...

    def close(self) -> None: ...


class Settings(Protocol):
    """A setting of a destination mailbox; used by one thread.

    `apply` and `restore` send once and never repeat, answer with one Outcome an entry, in the same order, and do not
    raise for what the server said or did not say. Both may be called again with the same entries and change nothing
    then. They leave every other entry as it is.
    """

    def read(self) -> Sequence[Entry]:
        """Every entry as it is now. Raises FatalError, RetryableError."""
        ...

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        """Adds those entries, each in the place of the one with its key, if there is one."""
        ...

    def restore(self, before: Sequence[Entry], ours: Sequence[str]) -> list[Outcome]:
        """Puts the entries with the keys `ours` back to what they were `before`; one that was not there is removed."""
        ...
