"""What the engine asks of the systems at its two ends. Connectors fill these in; the heart sees nothing else.

Every method may raise the errors of `engine.errors`: FatalError, RetryableError, RefusedError, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol


class Role(StrEnum):
    """A folder's job in every mailbox, whatever it is called there."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    DELETED = "deleted"
    JUNK = "junk"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class SourceFolder:
    r"""A folder at the source.

    `path` are the decoded names from the mailbox's top down, the personal namespace's prefix taken off;
    the names are the source's own, whatever characters they hold. `ref` is the server's own name for it.
    `selectable` is false for a folder that holds only folders. `everything` marks one that shows the mail of all
    other folders again, and perhaps some of its own (RFC 6154 §2, \All).
    """

    path: tuple[str, ...]
    ref: str
    role: Role | None = None
    selectable: bool = True
    everything: bool = False


@dataclass(frozen=True, slots=True)
class VirtualFolder:
    """A folder that only shows mail of other folders again; left out, counted and named in the report."""

    path: tuple[str, ...]
    messages: int


@dataclass(frozen=True, slots=True)
class FolderList:
    """All folders of a source, parents before children.

    `others` are names of folders that other people own or share; they are left out.
    """

    folders: tuple[SourceFolder, ...]
    virtual: tuple[VirtualFolder, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message as a listing shows it.

    `size` is in bytes and by the server's word, so approximate. `key` is its source key, 16 bytes; b"" where it was
    not asked for, or cannot be had for less than the message itself. `deleted` marks a message that its owner has
    thrown away but not yet purged.
    """

    uid: int
    size: int
    key: bytes
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """What the owner and their programs noted on a message. `categories` are words for people."""

    read: bool = False
    flagged: bool = False
    answered: bool = False
    forwarded: bool = False
    draft: bool = False
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """A message with its content, exactly as the source gave it (line ends included).

    `mime` is bytes, or a readable file at its start when the message was too large to hold; whoever takes the
    message closes the file. `size` is its length in bytes. `received` is aware, None if the source knows none.
    `untold` says, in words for the report, what the source should know of it and did not tell.
    """

    uid: int
    mime: bytes | BinaryIO
    size: int
    received: datetime | None
    marks: Marks = Marks()
    untold: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a person recognises a message by, for the report. Decoded, never longer than 200 characters each."""

    subject: str
    date: str
    sender: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What one quick look at an account shows; `messages` is None where counting would have taken long."""

    folders: int
    messages: int | None


class SourceReader(Protocol):
    """One connection to a source; used by one thread at a time. Reading changes nothing there.

    A lost connection is made again inside (reading is repeatable); RetryableError is raised when several
    attempts in a row brought nothing, SignInError when the server refuses us.
    """

    def folders(self) -> FolderList: ...

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[ListedMessage]:
        """Every message of the folder in the order of arrival, in windows, with its key where `keys` are asked for.

        RefusedError: it cannot be opened.
        """
        ...

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[SourceMessage]:
        """Those messages, in any order; one that is gone meanwhile is left out. All of them are held in memory."""
        ...

    def spool(self, folder: SourceFolder, uid: int) -> SourceMessage | None:
        """One large message, brought piece by piece into an unnamed temporary file; None when it is gone."""
        ...

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those messages in a report; one that cannot be named is left out."""
        ...

    def close(self) -> None: ...


class MailSource(Protocol):
    """A source account."""

    max_connections: int

    def connect(self) -> SourceReader: ...


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
class NewMessage:
    """A message to create: what the source gave, under our tag."""

    tag: str
    message: SourceMessage


class Verdict(StrEnum):
    """What became of one item of a request."""

    DONE = "done"
    REFUSED = "refused"      # permanent, this item only
    BUSY = "busy"            # this item again, later
    FATAL = "fatal"          # stop
    SPLIT = "split"          # the request was refused as a whole, nothing of it done: send its parts
    UNKNOWN = "unknown"      # sent, and no sure answer
    GONE = "gone"            # there is no such item (any more)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for one item, at the item's own place. `error` explains every verdict but DONE."""

    verdict: Verdict
    id: str | None = None
    error: Exception | None = None
    back_off: float | None = None


DONE = Outcome(Verdict.DONE)


@dataclass(frozen=True, slots=True)
class TaggedItem:
    """An item at the destination that carries a tag of ours. Times are UTC, None where not asked for."""

    id: str
    tag: str
    created: datetime | None = None
    modified: datetime | None = None
    sent: datetime | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class TagPage:
    """One page of a folder's tags: items new or changed since `state` was '' or the state of an earlier page."""

    items: tuple[TaggedItem, ...]
    removed: tuple[str, ...]
    state: str
    last: bool


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
