"""What the engine asks of a destination mailbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast, runtime_checkable

from engine.migration.content import Content
from engine.ports.facts import Facts, Retention
from engine.ports.items import Foretold, Outcome, Tagged, TagPage
from engine.ports.settings import Settings
from engine.ports.source import Role

MAIL_CLASS = "IPF.Note"


class Before(Protocol):
    """Called before each further request about an item that writes, with its size in bytes.

    `untold` is what a report is to say of the item, as in an Outcome, should this be its last request.
    """

    def __call__(self, size: int, untold: Sequence[str] = (), /) -> None: ...


@dataclass(frozen=True, slots=True)
class DestinationFolder:
    """A folder at the destination. `tag` is our folder tag if the folder is ours; `items` None where unknown.

    `kind` is its class ([MS-OXOSFLD] 2.2.1), "" where nothing of ours may go into it.
    """

    id: str
    parent_id: str | None
    name: str
    role: Role | None = None
    tag: str | None = None
    kind: str = MAIL_CLASS
    items: int | None = None
    children: int | None = None

    @property
    def holds_mail(self) -> bool:
        """True: it is a folder for mail."""
        return self.holds(MAIL_CLASS)

    def holds(self, folder_class: str) -> bool:
        """True: it is a folder of that class, or of one that is derived from it."""
        kind, wanted = self.kind.lower(), folder_class.lower()
        return kind == wanted or kind.startswith(f"{wanted}.")


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


class ItemWriter(Protocol):
    """Writes the items of one content into a mailbox. Its methods may be called from many threads.

    `create` and `finish` send once and never repeat, and do not raise for what the server said or did not say.
    """

    @property
    def largest(self) -> int:
        """The largest item, in raw bytes, that the mailbox takes."""
        ...

    def create(self, folder_id: str, items: Sequence[Tagged[Any]]) -> list[Outcome]:
        """Creates those items, one Outcome each, in the same order.

        An item that is not whole is created with UNFINISHED behind its tag (engine/items/tags.py).
        """
        ...

    def finish(self, item_id: str, item: Tagged[Any], before: Before) -> Outcome:
        """Sends the further requests of an item that is not whole; the last one leaves it with its tag as it is.

        `before` is called before each request that writes. DONE: it is finished. After any other verdict it is, or may
        be, unfinished.
        """
        ...

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """The digest, as in a tag, of each of those items as it is now. One that is gone, or has none, is left out.

        At most 50 are asked for at once. Raises FatalError, RetryableError, and RefusedError, after which each is asked
        for alone.
        """
        ...


@runtime_checkable
class Foretelling(Protocol):
    """A writer that has something to report of an item which it writes in one request."""

    def foretold(self, items: Sequence[Tagged[Any]]) -> list[Foretold]:
        """What is known of each of those items before they are created, in order. Does not raise."""
        ...

    def proved(self, perhaps: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Of items that are there, by their ids, those of the words that are to be said of each.

        An earlier process has written them, and foretold the words. Does not raise: it has words for what the server
        does not tell, too.
        """
        ...


@runtime_checkable
class HalfWriting(Protocol):
    """A writer of items that further requests finish."""

    def untouched(self, ids: Sequence[str]) -> set[str]:
        """Those of the unfinished items that are as this product has left them, however far it had come with each.

        One that is gone, or of which nothing proves it, is left out. At most 50 are asked for at once. Raises as
        ItemWriter.digests does.
        """
        ...


@runtime_checkable
class Containing(Protocol):
    """A writer of items that may contain others of their kind."""

    def containers(self) -> set[str]:
        """The ids of all items of that kind in the mailbox, whoever made them. Raises FatalError, RetryableError."""
        ...

    def inside(self, ids: Sequence[str]) -> set[str]:
        """The ids of all items that those contain. Raises FatalError, RetryableError."""
        ...


class Destination(Protocol):
    """A destination mailbox. Its methods may be called from many threads.

    `create_folders` and `delete` send once and never repeat; each answers with one Outcome an item, in the same order,
    and does not raise for what the server said or did not say. The other methods raise.
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

    def create_folder(
        self, parent_id: str, name: str, tag: str, *, folder_class: str = MAIL_CLASS
    ) -> DestinationFolder:
        """A new folder of that class, tagged. NameTakenError when the name is taken."""
        ...

    def create_folders(
        self, parent_id: str, new: Sequence[tuple[str, str]], *, folder_class: str = MAIL_CLASS
    ) -> list[Outcome]:
        """New folders of that class, each with its name and tag. One Outcome each, at its place."""
        ...

    def writer(self, content: Content) -> ItemWriter:
        """What writes the items of that content. InputError: this mailbox cannot take them."""
        ...

    def settings(self, content: Content) -> Settings:
        """The setting that is that content. InputError: this mailbox has none."""
        ...

    def stash(self, name: str, data: bytes) -> None:
        """Keeps data in the mailbox, where its owner does not see it, in the place of what had that name.

        `name` has at most 100 letters, digits, dots and underscores. It looks first, so that it may be called again
        after anything. RefusedError: the mailbox does not take it.
        """
        ...

    def stashed(self, name: str) -> bytes | None:
        """What is kept under that name; None where nothing is."""
        ...

    def unstash(self, name: str) -> None:
        """Removes what is kept under that name, if anything is. RefusedError: it stays."""
        ...

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

    def retention(self) -> tuple[Retention, ...]:
        """What the mailbox takes away by itself; nothing where it does not say. Asks once. Raises SignInError."""
        ...

    def now(self) -> datetime:
        """The time by the clock of the server that answers, UTC. What dates items may be another one's clock."""
        ...

    def probe(self, *, worked: bool = False, tries: int = 1) -> None:
        """One quick request. Returns when the mailbox can be written to, raises the true cause when not.

        `worked`: the address has led to the mailbox before, perhaps in another process. `tries`: how often the account
        may be refused, as its server counts.
        """
        ...

    def close(self) -> None: ...


class OpenedDestination(Destination, Protocol):
    """A destination as its connector opens it; nothing is connected before the first request."""

    def check(self, *, tries: int = 2, live: bool = False) -> Facts:
        """Signs in for the first time and looks around. The account may be refused `tries` times, as its server counts.

        `live`: what the mailbox does by itself to mail that arrives is asked for, too. Raises FatalError; a SignInError
        says how many refusals there were.
        """
        ...


class Addressed(Protocol):
    """A destination that knows its owner's address of mail, which need not be the login."""

    def owners_address(self) -> str:
        """The primary address, "" where it is not known for sure. Raises FatalError, RetryableError."""
        ...


def address_in(destination: object) -> str:
    """The owner's address in a destination that knows it, else "". By its method, which may be passed on.

    Raises FatalError, RetryableError.
    """
    return cast("Addressed", destination).owners_address() if hasattr(destination, "owners_address") else ""
