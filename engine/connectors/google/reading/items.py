"""Reads items other than mail of a Google account: JSON that is made into elements of Exchange's own vocabulary.

All such contents are read in the same way; a Reading says what is special about one of them. A folder is listed whole,
in pages, before anything of it is read: an occurrence may stand on another page than its series.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.reading.shelved import Row, Shelves
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.denials import NoServiceError
from engine.errors import GoneError, RefusedError, RetryableError
from engine.migration.account import same_at_google
from engine.ports.items import Envelope, Listed
from engine.ports.source import FolderList, LeftFolder, Role, SourceFolder
from engine.ports.typed import TypedItem

REFUSED = "refused: "      # with which the ref of a folder begins that only says why there are none
ODD = "What Google tells of it cannot be read."
SHAPES = (LookupError, TypeError, ValueError, AttributeError)     # raised of JSON that is not as it should be
log = logging.getLogger(__name__)


def source_key(name: str, google_id: str, owner: str = "") -> bytes:
    """The source key of the item with that id among those that a Reading of that name reads, 16 bytes.

    `owner` is the address of the account that the id is of; "" where no other account has an item of that id, or has
    the very same item.
    """
    of = f"{same_at_google(owner)} " if owner else ""
    return hashlib.sha256(f"google {name} {of}{google_id}".encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class Found:
    """An item as Google lists it. `id` is Google's own, by which it is known again, and the same for no other.

    `parts` are the item itself and, behind it, what belongs to it: the exceptions of a series. `modified` is when any
    of it was changed last, None where Google does not tell. `other`: it is none of the content that is read.
    """

    id: str
    parts: tuple[Json, ...]
    modified: datetime | None = None
    other: bool = False

    @property
    def item(self) -> Json:
        """The item itself."""
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class At:
    """What the making of items needs to know beside them. `directory` knows the owner; `now` is UTC."""

    asking: Asking
    directory: Directory
    now: datetime
    folder: SourceFolder


@dataclass(frozen=True, slots=True)
class Reading:
    """How the items of one content are read.

    `folders` finds what holds them, `listed` brings all of one folder. `made` makes an item of what was listed, by its
    number in the folder; its key is filled in afterwards. `envelope` says what a report calls it. `role` is the one of
    the folder that such items lie in by default. `apart`: each account has ids of its own, which are other items in
    another account.
    """

    name: str
    folders: Callable[[Asking], FolderList]
    listed: Callable[[Asking, SourceFolder], Iterator[Found]]
    made: Callable[[int, Found, At], TypedItem]
    envelope: Callable[[Json], Envelope]
    role: Role | None = None
    apart: bool = False

    def key(self, google_id: str, owner: str) -> bytes:
        """The source key of the item with that id in the account of that owner, 16 bytes."""
        return source_key(self.name, google_id, owner if self.apart else "")


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


class GoogleItems:
    """The items of one content, for one thread; fills in `ports.source.ItemReader` with a TypedItem each."""

    def __init__(
        self, reading: Reading, asking: Asking, shelves: Shelves, directory: Directory, *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._reading, self._asking, self._shelves = reading, asking, shelves
        self._directory, self._clock = directory, clock

    def folders(self) -> FolderList:
        """All folders for such items, and those that stay where they are: all of them in an account without any."""
        try:
            return self._told_folders()
        except NoServiceError as error:
            return FolderList((), left=(LeftFolder((self._called,), None, str(error), all_of_it=True),))
        except RefusedError as error:       # it is named as a folder is that cannot be opened
            return FolderList((SourceFolder((self._called,), f"{REFUSED}{error}", self._reading.role),))

    def _told_folders(self) -> FolderList:
        """Raises RefusedError also for what is not as Google's documents have it."""
        try:
            return self._reading.folders(self._asking)
        except SHAPES as error:
            log.warning("the list of %s has another shape than it should have: %r", self._reading.name, type(error))
        raise RefusedError(ODD)

    @property
    def _called(self) -> str:
        return self._reading.name.capitalize()

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every such item of the folder, a series as one. It is listed whole, and then given.

        RefusedError: it cannot be opened, or a list of it is not as Google's documents have it.
        """
        if folder.ref.startswith(REFUSED):
            raise RefusedError(folder.ref.removeprefix(REFUSED))
        shelved = self._shelves.of(folder.ref)
        with shelved.lock:
            shelved.take(self._rows(folder))
        yield from shelved.listed()

    def _rows(self, folder: SourceFolder) -> Iterator[Row]:
        try:
            for found in self._reading.listed(self._asking, folder):
                yield Row(self._key(found), found.id, found.parts, found.modified, found.other)
        except SHAPES as error:
            log.warning("a list of %s has another shape than it should have: %r", self._reading.name, type(error))
            raise RefusedError(ODD) from None

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[TypedItem]:
        """Those items, as they were listed last; one that was gone by then is left out.

        Where some cannot be had now, or not at all, all others come first, and RetryableError or RefusedError after
        them.
        """
        at = At(self._asking, self._directory, self._clock(), folder)
        kept_back: list[RetryableError | RefusedError] = []
        for number, found in self._found(folder, uids):
            try:
                made = self._made(number, found, at)
            except GoneError:
                continue
            except (RetryableError, RefusedError) as why_not:
                kept_back.append(why_not)
            else:
                yield made
        for why in sorted(kept_back, key=lambda each: isinstance(each, RefusedError)):     # what may pass goes first
            raise why

    def _made(self, number: int, found: Found, at: At) -> TypedItem:
        """Raises RefusedError also for what is not as Google's documents have it."""
        try:
            return replace(self._reading.made(number, found, at), key=self._key(found))
        except SHAPES as error:
            log.warning("an item of %s has another shape than it should have: %r", self._reading.name, type(error))
        raise RefusedError(ODD)

    def _key(self, found: Found) -> bytes:
        return self._reading.key(found.id, self._directory.owner)

    def spool(self, folder: SourceFolder, uid: int) -> TypedItem | None:
        """One item, however large, in memory; None when it is gone."""
        return next(self.read(folder, [uid]), None)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those items in a report."""
        named: dict[int, Envelope] = {}
        for number, found in self._found(folder, uids):
            with suppress(*SHAPES):
                named[number] = self._reading.envelope(found.item)
        return named

    def _found(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[tuple[int, Found]]:
        shelved = self._shelves.of(folder.ref)
        for number in sorted(set(uids)):
            if (held := shelved.get(number)) is not None:
                yield number, Found(*held)

    def close(self) -> None:
        """Nothing is open."""
