"""A source of appointments made by hand, and what the owner of the mailbox sees that they move to."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.typed.begun import begun
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM
from engine.connectors.exchange.typed.shown import Shown
from engine.connectors.exchange.typed.whole import Whole, WhyNot, read_whole
from engine.migration.content import Content
from engine.migration.steering import forget
from engine.ports.items import Envelope, Listed, Verdict
from engine.ports.source import FolderList, Role, SourceFolder
from engine.ports.typed import TypedItem
from tests.contract.exchange.appointments import Believing
from tests.contract.exchange_emulator.calendars import view
from tests.contract.exchange_emulator.soap import NS, Mailbox, reference
from tests.servers.world import ADDRESS, PASSWORD, World

CALENDAR = SourceFolder(("Calendar",), "Calendar", Role.CALENDAR)
SHAPE = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    + "".join(f'<t:FieldURI FieldURI="{field}"/>' for field in ("item:Subject", "item:Attachments", "calendar:Start"))
    + "</t:AdditionalProperties></m:ItemShape>"
)


@dataclass
class Diary:
    """A source with those appointments in its calendar. Reading changes nothing."""

    items: Sequence[TypedItem]
    contents: frozenset[Content] = frozenset({Content.CALENDARS})
    max_connections: int = 2

    @property
    def folders(self) -> dict[SourceFolder, Sequence[TypedItem]]:
        return {CALENDAR: self.items}

    def reader(self, content: Content) -> DiaryReader:
        assert content in self.contents
        return DiaryReader(self)


@dataclass
class DiaryReader:
    """One connection to it."""

    source: Diary

    def folders(self) -> FolderList:
        return FolderList((CALENDAR,))

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        for item in self.source.items:
            yield Listed(item.uid, item.size, item.key if keys else b"")

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[TypedItem]:
        return (item for item in self.source.items if item.uid in uids)

    def spool(self, folder: SourceFolder, uid: int) -> TypedItem | None:
        return next(self.read(folder, [uid]), None)

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        return {item.uid: Envelope(f"appointment {item.uid}", "", "") for item in self.source.items if item.uid in uids}

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Seen:
    """What the owner's calendar shows: each time and name with what is attached, and the tags of all items there."""

    shown: Counter[tuple[str, str, tuple[str, ...]]]
    tags: tuple[str, ...]

    def of(self, name: str) -> Counter[tuple[str, str, tuple[str, ...]]]:
        """What is shown of the item of that name."""
        return Counter({one: number for one, number in self.shown.items() if name in one[1]})


def tell_digests(opened: World) -> None:
    """Lets the source tell of each item the digest that it has where it stands whole, and the pieces that it has."""
    task = opened.begin()
    destination = opened.connectors.destination(opened.request().destination, PASSWORD)
    calendar = next(folder.id for folder in destination.folders() if folder.role is Role.CALENDAR)
    opened.run(task.task_id)
    page = destination.tags(calendar, "")
    digests = destination.writer(Content.CALENDARS).digests([item.id for item in page.items])
    ids = [item.id for item in page.items]
    asking = Asking(destination._sessions, stop=threading.Event())
    wholes = dict(zip(ids, read_whole(asking, CALENDAR_ITEM.element, ids, held=False), strict=True))
    told = {item.tag.split(":")[2]: (digests[item.id], wholes[item.id]) for item in page.items}
    source = opened.connectors.sources["old"]
    source.items = [_telling(one, *told[one.key.hex()]) for one in source.items]  # type: ignore[attr-defined]  # a Diary
    for outcome in destination.delete([item.id for item in page.items]):
        assert outcome.verdict is Verdict.DONE
    destination.close()
    forget(opened.engine, task.task_id)


def _telling(item: TypedItem, ours: str, whole: Whole | WhyNot) -> TypedItem:
    assert isinstance(whole, Whole)
    return replace(item, ours=ours, begun=begun(whole, ADDRESS, Shown(whole.item)))


def seen(opened: World) -> Seen:
    """Looks, as the owner would."""
    eyes = Mailbox(opened.emulator.url, ADDRESS, PASSWORD, Believing())
    found = eyes.call(view("2026-01-01T00:00:00Z", "2027-12-01T00:00:00Z")).ok().all(".//t:Items/*")
    ids = "".join(reference(one.find("t:ItemId", NS)) for one in found)  # type: ignore[arg-type]  # each has one
    asked = f"<m:GetItem>{SHAPE}<m:ItemIds>{ids}</m:ItemIds></m:GetItem>"
    items = eyes.call(asked).ok().all(".//m:Items/*") if ids else []
    assert len(items) == len(found)
    eyes.close()
    shown = Counter(
        (one.findtext("t:Start", "", NS), one.findtext("t:Subject", "", NS),
         tuple(name.text or "" for name in one.iterfind("t:Attachments/*/t:Name", NS)))
        for one in items
    )
    values = (str(value) for item in opened.messages() for value in item.extended.values())
    return Seen(shown, tuple(value for value in values if value.count(":") > 2))
