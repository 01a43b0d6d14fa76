"""Reads the calendars of an Exchange mailbox: appointments as elements, whole and ready to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.read import moment
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.reading.folders import look_at_calendars
from engine.connectors.exchange.reading.listing import Sought, listing
from engine.connectors.exchange.reading.numbering import Numbering, Numberings
from engine.connectors.exchange.reading.portions import named, parts
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM, MEETING, OBJECT_ID, SEARCH_KEY, Property
from engine.connectors.exchange.typed.identity import key_of
from engine.connectors.exchange.typed.made import Circumstances, made
from engine.connectors.exchange.typed.not_given import why_not
from engine.connectors.exchange.typed.whole import Whole, WhyNot, read_whole
from engine.errors import RefusedError, RetryableError
from engine.messages.envelope import plain
from engine.ports.items import Envelope, Listed
from engine.ports.source import FolderList, SourceFolder
from engine.ports.typed import TypedItem

APPOINTMENTS = Sought(
    frozenset({f"{TYPES}{CALENDAR_ITEM.element}"}),
    '<t:FieldURI FieldURI="item:LastModifiedTime"/>'
    + Property(OBJECT_ID, "Binary", MEETING).uri + Property(SEARCH_KEY, "Binary").uri,
    key_of,
)
_NAMING = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="calendar:Start"/>'
    '<t:FieldURI FieldURI="calendar:Organizer"/>{}</t:AdditionalProperties></m:ItemShape>'
)
_CLOCK = '<t:FieldURI FieldURI="calendar:StartWallClock"/>'     # since 2013, MS-OXWSMTGS_R699


def utc_now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


class CalendarReader:
    """The calendars of a mailbox, for one thread; fills in `ports.source.ItemReader` with a TypedItem each."""

    def __init__(
        self,
        asking: Asking,
        numberings: Numberings,
        directory: Directory,
        on_close: Callable[[], None],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._asking = asking
        self._numberings = numberings
        self._directory = directory
        self._on_close: Callable[[], None] | None = on_close
        self._clock = clock

    def folders(self) -> FolderList:
        """All folders for appointments, and those that stay where they are."""
        return look_at_calendars(self._asking)[0]

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """Every appointment of the folder, a series as one, with its key where `keys` are asked for."""
        return listing(self._asking, self._numberings.of(folder.ref), folder, keys=keys, sought=APPOINTMENTS)

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[TypedItem]:
        """Those appointments; one that is gone is left out.

        Where the server gives some of them not now, or not at all, all others come first, and RetryableError or
        RefusedError after them.
        """
        numbering = self._numberings.of(folder.ref)
        kept_back: list[RetryableError | RefusedError] = []
        for part in parts(numbering, sorted(set(uids))):
            for number, whole in zip(part, self._given(numbering, part), strict=True):
                if isinstance(whole, Whole):
                    yield made(number, whole, Circumstances(self._directory, self._clock()))
                elif not isinstance(whole, CodeError):
                    kept_back.append(whole)
                elif meaning_of(whole.code) is not Meaning.GONE:
                    kept_back.append(why_not(whole))
        for why in sorted(kept_back, key=lambda each: isinstance(each, RefusedError)):     # what may pass goes first
            raise why

    def _given(self, numbering: Numbering, numbers: Sequence[int]) -> list[Whole | WhyNot]:
        ids = [numbering.known_id(number) for number in numbers]
        return read_whole(self._asking, CALENDAR_ITEM.element, ids, sum(map(numbering.size, numbers)))

    def spool(self, folder: SourceFolder, uid: int) -> TypedItem | None:
        """One appointment, however large, in memory; None when it is gone."""
        return next(self.read(folder, [uid]), None)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """What to call those appointments in a report: subject, start by the clocks where it is, organizer."""
        shape = _NAMING.format(_CLOCK if self._asking.since_2013 else "")
        return named(self._asking, self._numberings.of(folder.ref), uids, shape, _envelope)

    def close(self) -> None:
        """Tells the source, whose connections it has used; harmless the second time."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()


def _envelope(item: etree._Element) -> Envelope:
    start = moment(item, "StartWallClock") or moment(item, "Start")
    mailbox = item.find(f"{TYPES}Organizer/{TYPES}Mailbox")
    name = "" if mailbox is None else mailbox.findtext(f"{TYPES}Name") or mailbox.findtext(f"{TYPES}EmailAddress") or ""
    date = "" if start is None else f"{start:%Y-%m-%d %H:%M}"
    return Envelope(plain(item.findtext(f"{TYPES}Subject") or ""), date, plain(name))
