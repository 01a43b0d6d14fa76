"""Calendars in memory: series, each with an exception, a deleted occurrence and a file; and what writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from xml.sax.saxutils import escape

from engine.errors import RefusedError
from engine.items.tags import DIGEST, UNFINISHED, parse_tag
from engine.migration.content import Content
from engine.ports.destination import Before
from engine.ports.items import Envelope, Listed, Outcome, Tagged, Verdict
from engine.ports.source import FolderList, SourceFolder
from engine.ports.typed import Changed, TypedItem
from tests.servers.memory.destination import MemoryDestination
from tests.servers.memory.mailbox import Item

FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2025, 6, 1, tzinfo=UTC)     # before any test's task
PARTS = ("deleted", "changed", "file")          # what the further requests put into one
TYPES = 'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"'


def digest(name: str, words: str, parts: Sequence[str], *, of: str = "ours") -> str:
    """Of all that is in one."""
    return hashlib.sha256("\0".join((of, name, words, *parts)).encode()).hexdigest()[:DIGEST]


@dataclass(frozen=True)
class Event:
    """A series of the source: `name` is what it is called, and what makes it the same."""

    name: str
    words: str = "what it is about"
    modified: datetime = LONG_AGO

    def item(self, uid: int) -> TypedItem:
        """As it passes between the two sides."""
        day = timedelta(days=1)
        return TypedItem(
            uid, _element(f"<t:Subject>{escape(self.name)}</t:Subject>",
                          f'<t:Body BodyType="Text">{escape(self.words)}</t:Body>', _times(FIRST), DAILY),
            hashlib.sha256(self.name.encode()).digest()[:16], digest(self.name, self.words, PARTS),
            digest(self.name, self.words, PARTS, of="theirs"), size=len(self.name) + len(self.words) + 500,
            attachments=(FILE,), deleted=(FIRST + 2 * day,),
            changed=(Changed(FIRST + day, FIRST + day, FIRST + day + HOUR, _element("<t:Location>Lyon</t:Location>")),),
        )


HOUR = timedelta(hours=1)
DAILY = (
    "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
    "<t:StartDate>2026-03-02</t:StartDate><t:NumberOfOccurrences>5</t:NumberOfOccurrences></t:NumberedRecurrence>"
    '</t:Recurrence><t:StartTimeZone Id="UTC"/><t:EndTimeZone Id="UTC"/>'
)
FILE = f"<t:FileAttachment {TYPES}><t:Name>file</t:Name><t:Content>AAAA</t:Content></t:FileAttachment>".encode()


def _element(*parts: str) -> bytes:
    return f"<t:CalendarItem {TYPES}>{''.join(parts)}</t:CalendarItem>".encode()


def _times(start: datetime) -> str:
    return f"<t:Start>{start:%Y-%m-%dT%H:%M:%SZ}</t:Start><t:End>{start + HOUR:%Y-%m-%dT%H:%M:%SZ}</t:End>"


@dataclass
class MemoryCalendars:
    """Folders of series, numbered by their places. `reads` are the names of those that were read, in order.

    `refused` are names of those that are not given out. `tells`: a listing tells when a series was changed last.
    """

    folders: dict[SourceFolder, list[Event]]
    tells: bool = True
    contents: frozenset[Content] = frozenset({Content.CALENDARS})
    max_connections: int = 2
    reads: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def reader(self, content: Content) -> MemoryCalendarReader:
        assert content in self.contents
        return MemoryCalendarReader(self)

    def changes(self, name: str, change: Callable[[Event], Event]) -> None:
        """Somebody changes that series."""
        for folder, events in self.folders.items():
            self.folders[folder] = [change(event) if event.name == name else event for event in events]


@dataclass
class MemoryCalendarReader:
    """One connection to them."""

    source: MemoryCalendars

    def folders(self) -> FolderList:
        return FolderList(tuple(self.source.folders))

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        for uid, event in self._numbered(folder):
            item = event.item(uid)
            modified = int(event.modified.timestamp()) if self.source.tells else 0
            yield Listed(uid, item.size, item.key if keys else b"", modified=modified)

    def _numbered(self, folder: SourceFolder) -> Iterator[tuple[int, Event]]:
        return ((int.from_bytes(event.name.encode()[:4], "big"), event) for event in self.source.folders[folder])

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[TypedItem]:
        kept_back = False
        for uid, event in self._numbered(folder):
            if uid in uids and event.name in self.source.refused:
                kept_back = True
            elif uid in uids:
                self.source.reads.append(event.name)
                yield event.item(uid)
        if kept_back:
            raise RefusedError("the source does not let this be read")

    def spool(self, folder: SourceFolder, uid: int) -> TypedItem | None:
        return next(self.read(folder, [uid]), None)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        return {uid: Envelope(event.name, "", "") for uid, event in self._numbered(folder) if uid in uids}

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class MemoryAppointments:
    """Writes series into the mailbox in memory, each by four requests."""

    at: MemoryDestination
    largest: int = 1_000_000

    def create(self, folder_id: str, items: Sequence[Tagged[TypedItem]]) -> list[Outcome]:
        return self.at.write("create", [partial(self._create, folder_id, new) for new in items])

    def _create(self, folder_id: str, new: Tagged[TypedItem]) -> Outcome:
        name, words = (between(new.item.element.decode(), field) for field in ("Subject", "Body"))
        return self.at.made(folder_id, name, tag=new.tag + UNFINISHED, mime=words.encode(), element="CalendarItem")

    def finish(self, item_id: str, item: Tagged[TypedItem], before: Before) -> Outcome:
        for operation, part in zip(("update", "update", "create attachment"), PARTS, strict=True):
            before(item.item.size)
            (outcome,) = self.at.write(operation, [partial(self._put, item_id, part)])
            if outcome.verdict is not Verdict.DONE:
                return outcome
        before(0)
        (outcome,) = self.at.write("update", [partial(self.at.amended, item_id, tag=item.tag)])
        return outcome

    def _put(self, item_id: str, part: str) -> Outcome:
        there = self.at.box.items.get(item_id)
        return self.at.amended(item_id, parts=(*(there.parts if there else ()), part))

    def untouched(self, ids: Sequence[str]) -> set[str]:
        there = self.at.box.items
        return self.at.told("untouched", lambda: {i for i in ids if i in there and is_begun(there[i])})

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        there = self.at.box.items
        return self.at.told("digests", lambda: {
            i: digest(there[i].subject, there[i].mime.decode(), there[i].parts) for i in ids if i in there
        })


def is_begun(there: Item) -> bool:
    """True: a half-written series is as it was begun, whatever further requests have put into it."""
    tag = parse_tag(there.tag)
    return tag is not None and tag.ours == digest(there.subject, there.mime.decode(), PARTS)


def between(xml: str, field: str) -> str:
    """What stands in the first field of that name."""
    return xml.partition(f"<t:{field}")[2].partition(">")[2].partition("</")[0]
