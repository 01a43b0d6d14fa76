"""Appointments made by hand, written by the connector, and seen by a reader of the tests' own."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.tags import TAG_FIELD
from engine.items.tags import UNFINISHED
from engine.migration.content import Content
from engine.ports.destination import ItemWriter
from engine.ports.items import Outcome, Tagged, Verdict
from engine.ports.typed import Changed, TypedItem
from tests.contract.exchange.conftest import PASSWORD, Opened
from tests.contract.exchange_emulator.calendars import get, occurrence, view
from tests.contract.exchange_emulator.soap import NS, Mailbox, Schema, distinguished, reference

TAG = "7K2F9QXD:0a1b2c3d:{:032x}:0123456789ab:ba9876543210"
FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)         # a Monday
HOUR = timedelta(hours=1)
SUBJECT = "<t:Subject>Review</t:Subject>"


def at(weeks: int = 0, *, days: int = 0, hours: int = 0) -> datetime:
    """A time by the first occurrence of the weekly series."""
    return FIRST + timedelta(weeks=weeks, days=days, hours=hours)


def shown(when: datetime) -> str:
    """As the service writes a time."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def element(start: datetime, end: datetime | None = None, *, item: str = SUBJECT, calendar: str = "") -> bytes:
    """A CalendarItem: what an item has, its times, and what a calendar item has behind them."""
    end = end or start + HOUR
    return (
        f'<t:CalendarItem xmlns:t="{TYPES[1:-1]}">{item}<t:Start>{shown(start)}</t:Start><t:End>{shown(end)}</t:End>'
        f"{calendar}</t:CalendarItem>"
    ).encode()


def weekly(number: int = 10, days: str = "Monday", start: str = "2026-03-02") -> str:
    """Every week at that many times."""
    return (
        f"<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>{days}</t:DaysOfWeek>"
        f"</t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>{start}</t:StartDate>"
        f"<t:NumberOfOccurrences>{number}</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
    )


def changed(
    original: datetime, start: datetime | None = None, end: datetime | None = None, *, item: str = "",
    calendar: str = "", attachments: Sequence[bytes] = (),
) -> Changed:
    """An occurrence that differs from its series: in its times if it is told some, and in what else it has."""
    moved = element(start or original, end, item=item, calendar=calendar)
    alone = f'<t:CalendarItem xmlns:t="{TYPES[1:-1]}">{item}{calendar}</t:CalendarItem>'.encode()
    start = start or original
    return Changed(
        original, start, end or start + HOUR, moved if end or start != original else alone, tuple(attachments)
    )


def appointment(
    whole: bytes | None = None, *, changed: Sequence[Changed] = (), deleted: Sequence[datetime] = (),
    attachments: Sequence[bytes] = (), number: int = 1, untold: str = "",
) -> TypedItem:
    """An item of a source."""
    whole = whole or element(FIRST)
    return TypedItem(
        uid=number, element=whole, key=number.to_bytes(16, "big"), ours="0123456789ab", theirs="ba9876543210",
        size=len(whole), attachments=tuple(attachments), changed=tuple(changed), deleted=tuple(deleted), untold=untold,
    )


def series(
    *, changed: Sequence[Changed] = (), deleted: Sequence[datetime] = (), attachments: Sequence[bytes] = (),
    item: str = SUBJECT, calendar: str = "", recurrence: str = "",
) -> TypedItem:
    """A weekly series of ten."""
    whole = element(FIRST, item=item, calendar=calendar + (recurrence or weekly()))
    return appointment(whole, changed=changed, deleted=deleted, attachments=attachments)


def file(name: str, content: bytes = b"the plan") -> bytes:
    """A FileAttachment."""
    return (
        f'<t:FileAttachment xmlns:t="{TYPES[1:-1]}"><t:Name>{name}</t:Name>'
        f"<t:Content>{base64.b64encode(content).decode()}</t:Content></t:FileAttachment>"
    ).encode()


def tagged(item: TypedItem) -> Tagged[TypedItem]:
    """Under a tag of its own."""
    return Tagged(TAG.format(item.uid), item)


class Believing(Schema):
    """No judge: the emulator refuses what the schema does not allow, and other tests look at its answers."""

    def __init__(self) -> None:
        """Knows no schema."""

    def faults(self, element: etree._Element) -> list[str]:
        return []

    def check_answer(self, tree: etree._Element) -> None:
        """Takes it."""


@dataclass
class Calendar:
    """A calendar at the emulator: the connector's writer, and its owner's eyes."""

    opened: Opened
    owner: Mailbox
    folder: str
    sizes: list[int]        # of requests that were told before they left
    foretold: tuple[str, ...] = ()      # before the last of these

    @property
    def writer(self) -> ItemWriter:
        return self.opened.destination.writer(Content.CALENDARS)

    @staticmethod
    def tagged(*items: TypedItem) -> list[Tagged[TypedItem]]:
        """Items under their tags."""
        return [tagged(item) for item in items]

    def create(self, *items: TypedItem) -> list[Outcome]:
        """CreateItem alone."""
        return self.writer.create(self.folder, self.tagged(*items))

    def finish(self, item_id: str, item: TypedItem) -> Outcome:
        """The further requests."""
        return self.writer.finish(item_id, tagged(item), self.before)

    def before(self, size: int, untold: Sequence[str] = ()) -> None:
        """Notes a further request, and what is to be reported should it be the last one."""
        self.sizes.append(size)
        self.foretold = tuple(untold)

    def write(self, item: TypedItem) -> str:
        """Writes an item whole; its id."""
        (made,) = self.create(item)
        assert made.verdict is Verdict.DONE, made.error
        assert made.id
        if not item.is_whole:
            ended = self.finish(made.id, item)
            assert ended.verdict is Verdict.DONE, ended.error
        return made.id

    def item(self, item_id: str, *fields: str) -> etree._Element:
        """An item as GetItem shows it."""
        more = "".join(f'<t:FieldURI FieldURI="{field}"/>' for field in fields)
        shape = (
            "<t:BaseShape>AllProperties</t:BaseShape><t:BodyType>Text</t:BodyType>"
            f"<t:AdditionalProperties>{TAG_FIELD}{more}</t:AdditionalProperties>"
        )
        return self.owner.item(f'<t:ItemId Id="{item_id}"/>', shape=shape)

    def tag(self, item_id: str) -> str:
        """What tag it has."""
        return next(self.item(item_id).iter(f"{TYPES}Value")).text or ""

    def is_whole(self, item_id: str) -> bool:
        """True: its tag says that it is finished."""
        return not self.tag(item_id).endswith(UNFINISHED)

    def occurrence(self, item_id: str, index: int) -> etree._Element:
        """An occurrence as GetItem shows it."""
        answer = self.owner.call(get(occurrence(f'<t:ItemId Id="{item_id}"/>', index))).ok()
        return answer.one(".//m:Items")[0]

    def seen(self, start: str = "2026-01-01T00:00:00Z", end: str = "2027-12-01T00:00:00Z") -> list[etree._Element]:
        """All that a calendar shows in some time, each with all that it has, in order."""
        found = self.owner.call(view(start, end)).ok().all(".//t:Items/*")
        return [self.owner.item(reference(one.find("t:ItemId", NS))) for one in found]  # type: ignore[arg-type]  # each has one

    def starts(self) -> list[datetime]:
        """When what a calendar shows begins."""
        return [datetime.fromisoformat(one.findtext("t:Start", "", NS)) for one in self.seen()]

    def requests(self) -> Counter[str]:
        """How many requests of each operation its owner's mailbox has been sent by the connector and by the test."""
        return Counter(one.operation for one in self.opened.emulator.requests if one.user == self.opened.address)


@contextmanager
def calendar_of(opened: Opened) -> Iterator[Calendar]:
    """The default calendar of a mailbox."""
    owner = Mailbox(opened.emulator.url, opened.address, PASSWORD, Believing())
    answer = owner.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
        f"{distinguished('calendar')}</m:FolderIds></m:GetFolder>"
    ).ok()
    yield Calendar(opened, owner, answer.one(".//t:FolderId").get("Id", ""), [])
    owner.close()
