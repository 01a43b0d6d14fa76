"""Reads items other than mail of a Google account: JSON that is made into elements of Exchange's own vocabulary.

All such contents are read in the same way; a Reading says what is special about one of them. A folder is listed whole,
in pages, before anything of it is read: an occurrence may stand on another page than its series.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.asking import Asking, Json
from engine.connectors.google.shelf import Shelf, size_of
from engine.errors import RetryableError
from engine.ports.items import Envelope, Listed
from engine.ports.source import FolderList, SourceFolder
from engine.ports.typed import TypedItem


def source_key(name: str, google_id: str) -> bytes:
    """The source key of the item with that id among those that a Reading of that name reads, 16 bytes."""
    return hashlib.sha256(f"google {name} {google_id}".encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class Found:
    """An item as Google lists it. `id` is Google's own, by which it is known again.

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
    number in the folder; its key is filled in afterwards. `envelope` says what a report calls it.
    """

    name: str
    folders: Callable[[Asking], FolderList]
    listed: Callable[[Asking, SourceFolder], Iterator[Found]]
    made: Callable[[int, Found, At], TypedItem]
    envelope: Callable[[Json], Envelope]

    def key(self, google_id: str) -> bytes:
        """The source key of the item with that id, 16 bytes."""
        return source_key(self.name, google_id)


@dataclass(slots=True)
class Shelved:
    """One folder, as it was listed last. `lock` is held by whoever lists it."""

    shelf: Shelf = field(default_factory=Shelf)
    lock: threading.Lock = field(default_factory=threading.Lock)
    rows: list[Listed] = field(default_factory=list)


class Shelves:
    """The folders of one content, for all its readers."""

    def __init__(self) -> None:
        self._of: dict[str, Shelved] = {}
        self._lock = threading.Lock()

    def of(self, ref: str) -> Shelved:
        """The folder of that `ref`."""
        with self._lock:
            return self._of.setdefault(ref, Shelved())


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
        """All folders for such items, and those that stay where they are."""
        return self._reading.folders(self._asking)

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every such item of the folder, a series as one."""
        shelved = self._shelves.of(folder.ref)
        with shelved.lock:
            self._list(folder, shelved)
            rows = tuple(shelved.rows)
        yield from rows

    def _list(self, folder: SourceFolder, shelved: Shelved) -> None:
        """Brings the whole folder. A number means the same item for as long as the source is open."""
        rows: list[Listed] = []
        for found in self._reading.listed(self._asking, folder):
            place = shelved.shelf.put([found.id, list(found.parts)])
            modified = 0 if found.modified is None else int(found.modified.timestamp())
            rows.append(Listed(
                place, size_of(found.parts), self._reading.key(found.id), other=found.other, modified=modified,
            ))
        shelved.rows = rows

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[TypedItem]:
        """Those items. Where Google gives some not now, all others come first, and RetryableError after them."""
        at = At(self._asking, self._directory, self._clock(), folder)
        later: RetryableError | None = None
        for number, found in self._found(folder, uids):
            try:
                yield replace(self._reading.made(number, found, at), key=self._reading.key(found.id))
            except RetryableError as error:
                later = error
        if later is not None:
            raise later

    def spool(self, folder: SourceFolder, uid: int) -> TypedItem | None:
        """One item, however large, in memory; None when it is gone."""
        return next(self.read(folder, [uid]), None)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those items in a report."""
        return {number: self._reading.envelope(found.item) for number, found in self._found(folder, uids)}

    def _found(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[tuple[int, Found]]:
        shelved = self._shelves.of(folder.ref)
        for number in sorted(set(uids)):
            google_id, parts = shelved.shelf.get(number)
            yield number, Found(google_id, tuple(parts))

    def close(self) -> None:
        """Nothing is open."""
