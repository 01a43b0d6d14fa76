"""Reads items other than mail of an Exchange mailbox: as elements, whole and ready to be written.

All such contents are read in the same way; a Reading says what is special about one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.listing import Sought, listing
from engine.connectors.exchange.reading.numbering import Numbering, Numberings
from engine.connectors.exchange.reading.portions import named, parts
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.exchange.typed.not_given import why_not
from engine.connectors.exchange.typed.pointed import Pointed
from engine.connectors.exchange.typed.whole import Whole, WhyNot, read_whole
from engine.errors import RefusedError, RetryableError
from engine.ports.items import Envelope, Listed
from engine.ports.source import FolderList, SourceFolder
from engine.ports.typed import TypedItem


def nothing(_items: Sequence[etree._Element], _at: Circumstances) -> None:
    """Of items that say of themselves all that is needed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the items of one content are read.

    `folders` finds the folders that may hold them, `sought` says how one of these is listed. `element` is the name of
    what is read. `made` makes an item of what was read, by its number in the folder; it may take that apart. `naming`
    gives the ItemShape of what a report calls an item by, for a server that is of 2013 or later, or not; `envelope`
    makes that of the answer. `ahead` asks, of several items at once, for what making them
    needs to know.
    """

    element: str
    sought: Sought
    folders: Callable[[Asking], FolderList]
    made: Callable[[int, Whole, Circumstances], TypedItem]
    naming: Callable[[bool], str]
    envelope: Callable[[etree._Element], Envelope]
    ahead: Callable[[Sequence[etree._Element], Circumstances], None] = nothing


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


class TypedReader:
    """The items of one content, for one thread; fills in `ports.source.ItemReader` with a TypedItem each."""

    def __init__(
        self,
        reading: Reading,
        asking: Asking,
        numberings: Numberings,
        directory: Directory,
        pointed: Pointed,
        on_close: Callable[[], None],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._reading = reading
        self._asking = asking
        self._numberings = numberings
        self._directory = directory
        self._pointed = pointed
        self._on_close: Callable[[], None] | None = on_close
        self._clock = clock

    def folders(self) -> FolderList:
        """All folders for such items, and those that stay where they are."""
        return self._reading.folders(self._asking)

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every such item of the folder, a series as one, with its key where `keys` are asked for."""
        numbering = self._numberings.of(folder.ref)
        return listing(self._asking, numbering, folder, keys=keys, sought=self._reading.sought)

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[TypedItem]:
        """Those items; one that is gone is left out.

        Where the server gives some of them not now, or not at all, all others come first, and RetryableError or
        RefusedError after them.
        """
        numbering = self._numberings.of(folder.ref)
        kept_back: list[RetryableError | RefusedError] = []
        for part in parts(numbering, sorted(set(uids))):
            at = Circumstances(self._directory, self._clock(), self._pointed)
            given = self._given(numbering, part)
            self._reading.ahead([one.item for one in given if isinstance(one, Whole)], at)
            for number, whole in zip(part, given, strict=True):
                if isinstance(whole, Whole):
                    yield self._reading.made(number, whole, at)
                elif not isinstance(whole, CodeError):
                    kept_back.append(whole)
                elif meaning_of(whole.code) is not Meaning.GONE:
                    kept_back.append(why_not(whole))
        for why in sorted(kept_back, key=lambda each: isinstance(each, RefusedError)):     # what may pass goes first
            raise why

    def _given(self, numbering: Numbering, numbers: Sequence[int]) -> list[Whole | WhyNot]:
        ids = [numbering.known_id(number) for number in numbers]
        return read_whole(self._asking, self._reading.element, ids, sum(map(numbering.size, numbers)))

    def spool(self, folder: SourceFolder, uid: int) -> TypedItem | None:
        """One item, however large, in memory; None when it is gone."""
        return next(self.read(folder, [uid]), None)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those items in a report."""
        shape = self._reading.naming(self._asking.since_2013)
        return named(self._asking, self._numberings.of(folder.ref), uids, shape, self._reading.envelope)

    def close(self) -> None:
        """Tells the source, whose connections it has used; harmless the second time."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()
