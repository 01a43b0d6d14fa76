"""Items, as they pass between the two sides, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Generic, Protocol, TypeVar

from engine.migration.content import Content
from engine.ports.beside import NOTHING, Beside

Item_co = TypeVar("Item_co", bound="Item", covariant=True)


class Item(Protocol):
    """An item of a source with its content, of whatever kind.

    `size` is its true length in bytes. `untold` says, in words for the report, what the source should know of it and
    did not tell. `held`: it is in memory; else it is in a file, which `close` closes. `is_whole`: one request writes
    all of it; else further ones must follow (ItemWriter.finish).
    """

    @property
    def uid(self) -> int: ...

    @property
    def size(self) -> int: ...

    @property
    def untold(self) -> str: ...

    @property
    def held(self) -> bool: ...

    @property
    def is_whole(self) -> bool: ...

    def close(self) -> None: ...


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
class Listed:
    """An item as a listing shows it.

    `size` is in bytes and by the server's word, so approximate. `key` is its source key, 16 bytes; b"" where it was
    not asked for, or cannot be had for less than the item itself. `deleted` marks one that its owner has thrown away
    but not yet purged; `other` one that is not of the content that is read, though it lies in a folder for it; `of` is
    then the content that it is of, where that moves by itself from the same folders.
    `received` is when it arrived and `modified` when it was changed last, by the clock of the source, in whole seconds
    since 1970; 0 where a listing does not tell. `theirs` is as in SourceMessage.
    """

    uid: int
    size: int
    key: bytes
    deleted: bool = False
    other: bool = False
    of: Content | None = None
    received: int = 0
    modified: int = 0
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """A message with its content, exactly as the source gave it (line ends included).

    `mime` is bytes, or a readable file at its start when the message was too large to hold; whoever takes the
    message closes the file. `size` is its length in bytes. `received` is aware, None if the source knows none.
    `untold` says, in words for the report, what the source should know of it and did not tell. `key` is its source key
    where the source knows it better than its bytes do, else b"". `beside` is what else the source knows of it. `theirs`
    is a digest of what the source may change of it later (engine/items/tags.py), "" where there is no such thing.
    """

    uid: int
    mime: bytes | BinaryIO
    size: int
    received: datetime | None
    marks: Marks = Marks()
    untold: str = ""
    key: bytes = b""
    beside: Beside = NOTHING
    theirs: str = ""

    @property
    def held(self) -> bool:
        """True: it is in memory."""
        return isinstance(self.mime, bytes)

    @property
    def is_whole(self) -> bool:
        """Always: one request writes a message with all that is in it."""
        return True

    def close(self) -> None:
        """Closes the file, if it is in one."""
        if not isinstance(self.mime, bytes):
            self.mime.close()


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a person recognises an item by, for the report. Decoded, never longer than 200 characters each."""

    subject: str
    date: str
    sender: str


@dataclass(frozen=True, slots=True)
class Tagged(Generic[Item_co]):
    """An item to create: what the source gave, under our tag.

    The tag is that of the finished item. One that is not whole is created with UNFINISHED (engine/items/tags.py) behind
    it.
    """

    tag: str
    item: Item_co


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
    """The answer for one item, at the item's own place. `error` explains every verdict but DONE.

    `untold` says, in words for the report, what the destination did not keep of an item that it took. `unfinished`: it
    was created and needs further requests, though the source gave it as whole. `others` are the ids of further items
    that it became.
    """

    verdict: Verdict
    id: str | None = None
    error: Exception | None = None
    back_off: float | None = None
    untold: tuple[str, ...] = ()
    unfinished: bool = False
    others: tuple[str, ...] = ()


DONE = Outcome(Verdict.DONE)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a report is to say of an item, should it arrive; known before the request leaves that writes it.

    `untold` is as in an Outcome, and sure. Of `perhaps` those words are to be said that prove true of the item once it
    is there (Foretelling in engine/ports/destination.py).
    """

    untold: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaggedItem:
    """An item at the destination that carries a tag of ours. Times are UTC, None where not asked for.

    `element` is what Exchange calls it in a list of items ([MS-OXWSCORE] 2.2.4.8): Message, Contact, CalendarItem…;
    StickyNote where the message is a note.
    """

    id: str
    tag: str
    created: datetime | None = None
    modified: datetime | None = None
    sent: datetime | None = None
    draft: bool = False
    element: str = "Message"


@dataclass(frozen=True, slots=True)
class TagPage:
    """One page of a folder's tags: items new or changed since `state` was '' or the state of an earlier page."""

    items: tuple[TaggedItem, ...]
    removed: tuple[str, ...]
    state: str
    last: bool
