"""What the engine asks of a source account."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from engine.migration.content import Content
from engine.ports.items import Envelope, Item, Listed
from engine.ports.settings import Live, SettingReader


class Role(StrEnum):
    """A folder's job in every mailbox, whatever it is called there."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    DELETED = "deleted"
    JUNK = "junk"
    ARCHIVE = "archive"
    CALENDAR = "calendar"
    CONTACTS = "contacts"
    TASKS = "tasks"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class SourceFolder:
    r"""A folder at the source.

    `path` are the decoded names from the mailbox's top down, the personal namespace's prefix taken off;
    the names are the source's own, whatever characters they hold. `ref` is the server's own name for it.
    `selectable` is false for a folder that holds only folders. `everything` marks one that shows the mail of all
    other folders again, and perhaps some of its own (RFC 6154 §2, \All). `known_as` is the folder that the tags of
    its items name, where that is another one: a label at Gmail only shows messages of the one folder that holds them.
    `lasting` is by what the folder is known whatever it is called, where the source has such a name; else it is known
    by its path.
    """

    path: tuple[str, ...]
    ref: str
    role: Role | None = None
    selectable: bool = True
    everything: bool = False
    known_as: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VirtualFolder:
    """A folder that only shows mail of other folders again; left out, counted and named in the report."""

    path: tuple[str, ...]
    messages: int


@dataclass(frozen=True, slots=True)
class LeftFolder:
    """A folder whose items are not moved, with the reason for the report.

    `items` is None where the source does not tell how many there are.
    `counted`: its items are of the content that is read, and count as left out; else they are only mentioned. `of` are
    the contents that they may be of, where those move by themselves: they are mentioned only if none of these does.
    `called` is what stays, where it is no items but something else of the folder. `lasting` is that of a SourceFolder
    that it was, if it has moved before. `all_of_it`: it stands for all that there is of the content, in whatever
    folders.
    """

    path: tuple[str, ...]
    items: int | None
    reason: str
    counted: bool = True
    of: frozenset[Content] = frozenset()
    called: str = ""
    lasting: tuple[str, ...] = ()
    all_of_it: bool = False


@dataclass(frozen=True, slots=True)
class FolderList:
    """All folders of a source, parents before children.

    `left` are folders that stay where they are. `others` are names of folders that other people own or share; they are
    left out. `internal_address` is what the owner's organization calls the mailbox among itself (legacyExchangeDN), ""
    where there is no such thing or the source does not tell.
    """

    folders: tuple[SourceFolder, ...]
    virtual: tuple[VirtualFolder, ...] = ()
    others: tuple[str, ...] = ()
    left: tuple[LeftFolder, ...] = ()
    internal_address: str = ""

    @property
    def left_out(self) -> int:
        """How many items of the content are left out with their folders."""
        return sum(v.messages for v in self.virtual) + sum(each.items or 0 for each in self.left if each.counted)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What one quick look at a source shows. `messages` is None where counting takes long or is not possible.

    `folders` is None where nothing of what is looked at is in folders of mail. `mailbox`, `events`, `live`, `opens` and
    `opened_by` are as in Facts.
    """

    capabilities: frozenset[str]
    folders: FolderList | None
    messages: int | None
    mailbox: str = ""
    events: int | None = None
    live: Live | None = None
    opens: frozenset[Content] | None = None
    opened_by: str = ""


class ItemReader(Protocol):
    """One connection to a source for the items of one content; used by one thread at a time. Reading changes nothing.

    A lost connection is made again inside (reading is repeatable); RetryableError is raised when several
    attempts in a row brought nothing, SignInError when the server refuses us.
    """

    def folders(self) -> FolderList: ...

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every item of the folder in the order of arrival, in windows, with its key where `keys` are asked for.

        RefusedError: it cannot be opened.
        """
        ...

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[Item]:
        """Those items, in any order; one that is gone meanwhile is left out. All of them are held in memory."""
        ...

    def spool(self, folder: SourceFolder, uid: int) -> Item | None:
        """One large item, brought piece by piece into an unnamed temporary file; None when it is gone."""
        ...

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those items in a report; one that cannot be named is left out."""
        ...

    def close(self) -> None: ...


class Source(Protocol):
    """A source account. `contents` are what it has; `max_connections` how many readers may be open at once."""

    contents: frozenset[Content]
    max_connections: int

    def reader(self, content: Content) -> ItemReader:
        """A connection of one's own, signed in, for the items of that content. Raises FatalError, RetryableError."""
        ...

    def settings(self, content: Content) -> SettingReader:
        """The setting that is that content. Raises FatalError, RetryableError; InputError: this account has none."""
        ...


@runtime_checkable
class Readdressing(Protocol):
    """A source whose items name their owner by address, so that it must know the address they have from now on."""

    def moves_to(self, address: str) -> None: ...


@runtime_checkable
class InParts(Protocol):
    """A source whose contents are opened each by itself."""

    def looks_at(self, contents: Collection[Content]) -> None:
        """Has `check` look at those contents alone. Called before it."""
        ...


@runtime_checkable
class Labelling(Protocol):
    """A source whose messages carry labels. Each is in one folder, unless it is told otherwise before it is read."""

    def copies(self) -> None:
        """Has each message be in the folder of each of its labels."""
        ...


@runtime_checkable
class FilingRules(Protocol):
    """A source that knows the folders which its rules file into, also where its mail cannot be read."""

    def rule_folders(self) -> Sequence[SourceFolder]:
        """Those folders and all that they are to be found among, parents first. Raises FatalError, RetryableError."""
        ...


class OpenedSource(Source, Protocol):
    """A source as its connector opens it; nothing is connected before `reader` or `check`."""

    def check(self) -> Greeting:
        """Signs in and looks around, changing nothing. Raises FatalError, SignInError, RetryableError."""
        ...
