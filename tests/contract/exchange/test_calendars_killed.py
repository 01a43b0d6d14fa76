"""The engine dies at each request while appointments are written: nothing half-written passes for whole, or stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.items.tags import UNFINISHED
from engine.migration.content import Content
from engine.migration.record import State
from engine.migration.steering import forget
from engine.ports.items import Envelope, Listed, Verdict
from engine.ports.source import FolderList, Role, SourceFolder
from engine.ports.typed import TypedItem
from tests.contract.exchange.appointments import (
    SUBJECT,
    Believing,
    at,
    changed,
    element,
    file,
    series,
    weekly,
)
from tests.contract.exchange_emulator.calendars import view
from tests.contract.exchange_emulator.soap import NS, Mailbox, reference
from tests.servers.mortal import HELD, dies_at
from tests.servers.world import ADDRESS, PASSWORD, World, world

CALENDAR = SourceFolder(("Calendar",), "Calendar", Role.CALENDAR)


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


def _named(number: int, item: TypedItem, name: str) -> TypedItem:
    whole = item.element.replace(SUBJECT.encode(), f"<t:Subject>{name}</t:Subject>".encode())
    return replace(item, uid=number, key=bytes([number] * 16), element=whole)


ITEMS = (
    _named(1, series(
        deleted=[at(2), at(3), at(7)], attachments=[file("plan.txt")],
        changed=[
            changed(at(1), at(1, hours=2)),
            changed(at(5), at(5, days=8), item="<t:Subject>moved</t:Subject>"),
            changed(at(6), at(6, days=8), attachments=[file("map.txt")]),
        ],
    ), "series"),
    # An occurrence that its series does not take at its time.
    _named(2, series(changed=[changed(at(2), at(5, days=1), item="<t:Subject>apart</t:Subject>")]), "crossing"),
    _named(3, series(recurrence=weekly(2)), "plain"),
    _named(4, replace(series(recurrence=weekly(1)), element=element(at(3))), "single"),
)


@dataclass(frozen=True)
class Seen:
    """What the owner's calendar shows: each time and name with what is attached, and the tags of all items there."""

    shown: Counter[tuple[str, str, tuple[str, ...]]]
    tags: tuple[str, ...]

    def of(self, name: str) -> Counter[tuple[str, str, tuple[str, ...]]]:
        """What is shown of the item of that name."""
        return Counter({one: number for one, number in self.shown.items() if name in one[1]})


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[World]:
    """A mailbox that the diary moves to."""
    with world(tmp_path, {"old": Diary(ITEMS)}, grace=0.02, contents=contents(CONTENTS[Content.CALENDARS])) as opened:
        _tell_digests(opened)
        yield opened


def _tell_digests(opened: World) -> None:
    """Lets the source tell of each item the digest that it has where it stands whole."""
    task = opened.begin()
    destination = opened.connectors.destination(opened.request().destination, PASSWORD)
    calendar = next(folder.id for folder in destination.folders() if folder.role is Role.CALENDAR)
    opened.run(task.task_id)
    page = destination.tags(calendar, "")
    digests = destination.writer(Content.CALENDARS).digests([item.id for item in page.items])
    ours = {item.tag.split(":")[2]: digests[item.id] for item in page.items}
    source = opened.connectors.sources["old"]
    source.items = [replace(one, ours=ours[one.key.hex()]) for one in source.items]  # type: ignore[attr-defined]  # a Diary
    for outcome in destination.delete([item.id for item in page.items]):
        assert outcome.verdict is Verdict.DONE
    destination.close()
    forget(opened.engine, task.task_id)


def seen(opened: World) -> Seen:
    """Looks, as the owner would."""
    eyes = Mailbox(opened.emulator.url, ADDRESS, PASSWORD, Believing())
    found = eyes.call(view("2026-01-01T00:00:00Z", "2027-12-01T00:00:00Z")).ok().all(".//t:Items/*")
    items = [eyes.item(reference(one.find("t:ItemId", NS))) for one in found]  # type: ignore[arg-type]  # each has one
    eyes.close()
    shown = Counter(
        (one.findtext("t:Start", "", NS), one.findtext("t:Subject", "", NS),
         tuple(name.text or "" for name in one.iterfind("t:Attachments/*/t:Name", NS)))
        for one in items
    )
    values = (str(value) for item in opened.messages() for value in item.extended.values())
    return Seen(shown, tuple(value for value in values if value.count(":") > 2))


def key(number: int) -> str:
    """The part of a tag that says which item of the source it is."""
    return f":{bytes([number] * 16).hex()}"


@pytest.mark.parametrize("operation", ["CreateItem", "DeleteItem", "UpdateItem", "CreateAttachment"])
def test_a_death_at_any_request_leaves_nothing_half_written_that_passes_for_whole(
    owner: World, operation: str
) -> None:
    """What has no mark is as the source has it; after the next visit all is there once; a rollback leaves nothing."""
    task = owner.begin()
    owner.run(task.task_id)
    whole = seen(owner)
    owner.roll_back(task.task_id)
    assert not seen(owner).shown

    for nth in count(1):
        task = owner.begin()
        fault = Fault(operation=operation, nth=nth, when="after", action="hold", name=HELD)
        if not dies_at(owner, (fault,), lambda doomed, it=task.task_id: doomed.run(it)):  # type: ignore[misc]  # a task
            break
        now = seen(owner)
        for number, name in ((1, "series"), (3, "plain"), (4, "single")):
            if any(key(number) in tag and not tag.endswith(UNFINISHED) for tag in now.tags):
                assert now.of(name) == whole.of(name), (nth, name)
        done = owner.run(task.task_id)

        assert done.state is State.COMPLETED, nth
        assert seen(owner).shown == whole.shown, nth
        assert not any(tag.endswith(UNFINISHED) for tag in seen(owner).tags)
        back = owner.roll_back(task.task_id)
        assert (back.state, seen(owner).shown) == (State.ROLLED_BACK, Counter()), nth
        forget(owner.engine, task.task_id)
    assert nth > 1
