"""What the engine asks of a destination mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engine.ports.items import NewMessage, Outcome, TagPage
from engine.ports.source import Role


@dataclass(frozen=True, slots=True)
class DestinationFolder:
    """A folder at the destination. `tag` is our folder tag if the folder is ours; `items` None where unknown."""

    id: str
    parent_id: str | None
    name: str
    role: Role | None = None
    tag: str | None = None
    holds_mail: bool = True
    items: int | None = None
    children: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the destination takes. Bytes; `request` is of the whole request as sent, base64 included."""

    request: int = 64 * 1024 * 1024
    message: int = field(default=0)

    @property
    def largest_message(self) -> int:
        """The largest raw message, in bytes, that fits into one request."""
        fits = (self.request - 65_536) // 4 * 3
        return min(fits, self.message) if self.message else fits


class Destination(Protocol):
    """A destination mailbox. Its methods may be called from many threads.

    `create`, `delete` send once and never repeat; each answers with one Outcome an item, in the same order, and
    does not raise for what the server said or did not say. The other methods raise.
    """

    limits: Limits

    def mailbox(self) -> str:
        """The mailbox's own key: equal for two logins that open the same mailbox."""
        ...

    @property
    def top(self) -> str:
        """The id of the folder that the owner's own folders lie in."""
        ...

    def folders(self) -> tuple[DestinationFolder, ...]:
        """Every folder of the mailbox that can hold items, Deleted Items included; search folders are left out."""
        ...

    def create_folder(self, parent_id: str, name: str, tag: str) -> DestinationFolder:
        """A new folder for mail, tagged. NameTakenError when the name is taken."""
        ...

    def create_folders(self, parent_id: str, new: Sequence[tuple[str, str]]) -> list[Outcome]:
        """New folders for mail, each with its name and tag. One Outcome each, at its place."""
        ...

    def create(self, folder_id: str, messages: Sequence[NewMessage]) -> list[Outcome]: ...

    def tags(self, folder_id: str, state: str, *, detail: bool = False) -> TagPage:
        """One page. `detail` asks for times and draft marks too.

        GoneError: there is no such folder. StateLostError: `state` is of no use any more. Neither is ever guessed.
        """
        ...

    def deadline(self, size: int) -> float:
        """Seconds that a write of `size` raw bytes may be under way, answer included."""
        ...

    def delete(self, ids: Sequence[str]) -> list[Outcome]:
        """Removes items for good, and tells nobody."""
        ...

    def folder(self, folder_id: str) -> DestinationFolder:
        """A folder as it is now. GoneError: there is none."""
        ...

    def set_aside(self, folder_id: str) -> None:
        """Moves a folder, with all that is in it, to Deleted Items; its id stays. Harmless if it lies there already."""
        ...

    def put_back(self, folder_id: str, parent_id: str, name: str) -> None:
        """Moves a folder back to where it was, under its name. RefusedError: it stays where it is."""
        ...

    def delete_folder(self, folder_id: str) -> bool:
        """Removes a folder if it is empty at this moment. True: it is gone, by us or by somebody else.

        What arrives between the look and the removal goes along: set it aside first, where nobody files anything.
        """
        ...

    def names(self, ids: Sequence[str]) -> dict[str, str]:
        """What to call those items in a report."""
        ...

    def created(self, item_id: str) -> datetime | None:
        """When the mailbox says that the item was created, UTC; None if it does not say. GoneError: no such item."""
        ...

    def now(self) -> datetime:
        """The time by the clock of the server that answers, UTC. What dates items may be another one's clock."""
        ...

    def probe(self, *, worked: bool = False) -> None:
        """One quick request. Returns when the mailbox can be written to, raises the true cause when not.

        `worked`: the address has led to the mailbox before, perhaps in another process.
        """
        ...

    def close(self) -> None: ...
