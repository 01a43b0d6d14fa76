"""Calendars move from one Exchange mailbox to another, and nobody hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator, Settings
from emulators.exchange.settings import VersionName
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.contents import contents
from engine.contents.calendars import CALENDARS
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from tests.contract.exchange.calendar_box import FILE, HOUR, Box, occurrence, told
from tests.contract.exchange.conftest import account
from tests.contract.exchange_emulator.series_matrix import (
    ATTACHED,
    DELETED,
    LOOKED_AT,
    REMINDED,
    RENAMED,
    ZONES,
    Occurrence,
    Row,
    by_dateutil,
    by_others,
    drawn,
    moves,
    times,
)
from tests.contract.exchange_emulator.series_matrix import element as recurrence
from tests.servers.exchange.pair import OLD
from tests.servers.unheard import WRITES, unheard
from tests.servers.world import PASSWORD, World, world


@dataclass
class Moving:
    """The mailbox that is left, and the one that it moves to."""

    at: World
    old: Box
    new: Box

    def migrate(self) -> Migration:
        done = self.at.migrate("old")
        assert done.state is State.COMPLETED, self.said(done)
        return done

    def counts(self, done: Migration) -> Counts:
        return done.step(Content.CALENDARS).counts

    def said(self, done: Migration) -> list[str]:
        found = self.at.engine.store.reported(done.task_id).failures
        return [f"{line.folder}: {line.item}: {line.reason}" for line in found]


@contextmanager
def moving_from(directory: Path, version: VersionName) -> Iterator[Moving]:
    network = Network(trusts_person=True)
    settings = Settings(auth=("basic",), version=version)
    with (
        world(directory, {}, grace=0.02, contents=contents(CALENDARS)) as at,
        ExchangeEmulator(directory / "old.sqlite", settings=settings) as left,
    ):
        left.add_mailbox(OLD, password=PASSWORD)
        there, here = account(left.url, OLD), account(at.emulator.url, at.address)
        at.connectors.sources["old"] = ExchangeSource(there, PASSWORD, network, waits=(0.0,))  # type: ignore[assignment]  # a source
        with (
            closing(Sessions(there, PASSWORD, network, side=Side.SOURCE)) as old,
            closing(Sessions(here, PASSWORD, network)) as new,
        ):
            yield Moving(
                at, Box(left, directory / "old.sqlite", OLD, old),
                Box(at.emulator, directory / "exchange.sqlite", at.address, new),
            )
        unheard(left)
        written = {one.tells for one in at.emulator.requests if one.operation in WRITES}
        assert written <= {"SendToNone"}, written


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    with moving_from(tmp_path, "2019") as made:
        yield made


def put(box: Box, row: Row) -> str:
    """A series with every kind of exception; its id."""
    series = row.series()
    start = times(by_dateutil(series)[0])
    master = box.put(f"<t:Subject>Round</t:Subject>{start}{recurrence(series)}{ZONES[row.zone][0]}")
    for index, moved in moves(row).items():
        begins, _, ends = times(moved).partition("</t:Start>")
        box.update(occurrence(master, index), ("calendar:Start", f"{begins}</t:Start>"), ("calendar:End", ends))
    box.update(occurrence(master, RENAMED), ("item:Subject", "<t:Subject>Another</t:Subject>"))
    box.update(occurrence(master, REMINDED), (
        "item:ReminderMinutesBeforeStart", "<t:ReminderMinutesBeforeStart>45</t:ReminderMinutesBeforeStart>"))
    box.delete(occurrence(master, DELETED))
    box.attach(box.occurrence_id(master, ATTACHED), FILE.format("plan.txt", "AAAA"))
    return master


def paths(box: Box) -> dict[str, str]:
    """Where each appointment lies, by its subject."""
    found, folders = {}, _folders(box)
    for folder_id in folders:
        answer = box.call(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
            '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
            f'<m:ParentFolderIds><t:FolderId Id="{folder_id}"/></m:ParentFolderIds></m:FindItem>'
        )
        for subject in answer.iterfind(f".//{TYPES}CalendarItem/{TYPES}Subject"):
            found[subject.text or ""] = _path(folders, folder_id)
    return found


def _folders(box: Box) -> dict[str, tuple[str, str]]:
    """Each folder's parent and name."""
    answer = box.call(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>'
    )
    return {
        one.find(f"{TYPES}FolderId").get("Id", ""): (           # type: ignore[union-attr]  # there
            one.find(f"{TYPES}ParentFolderId").get("Id", ""),   # type: ignore[union-attr]  # there
            one.findtext(f"{TYPES}DisplayName", ""),
        )
        for one in answer.iterfind(f".//{TYPES}Folders/*")
    }


def _path(folders: dict[str, tuple[str, str]], folder_id: str) -> str:
    parent, name = folders[folder_id]
    return f"{_path(folders, parent)}/{name}" if parent in folders else name


def by_index(box: Box, master: str) -> dict[int, Occurrence]:
    """The first occurrences of a series by their index, without the deleted ones."""
    wanted = [index for index in range(1, LOOKED_AT + 1) if index != DELETED]
    found = {index: box.shown(occurrence(master, index)) for index in wanted}
    return {index: _told(one) for index, one in found.items()}


def _told(item: etree._Element) -> Occurrence:
    names = ("Start", "End", "RecurrenceId", "CalendarItemType", "Subject", "ReminderMinutesBeforeStart",
             "HasAttachments")
    return Occurrence(*(str(one) for one in told(item, *names)))


def test_one_appointment_moves_and_a_second_run_moves_nothing(moving: Moving) -> None:
    """It is there once, as it was; the mailbox that is left stays as it was."""
    there = moving.old.put(
        "<t:Subject>Plan</t:Subject><t:Start>2044-03-04T09:00:00Z</t:Start><t:End>2044-03-04T10:00:00Z</t:End>"
    )
    before = moving.old.emulator.dump()

    done, again = moving.migrate(), moving.migrate()

    assert (moving.counts(done).copied, moving.counts(again).copied, moving.counts(again).already_there) == (1, 0, 1)
    [here] = moving.new.ids()
    assert moving.new.digest(here) == moving.old.digest(there)
    assert moving.old.emulator.dump() == before
    assert moving.said(done) == []


@pytest.mark.parametrize("version", ["2010", "2019"])
def test_series_with_every_kind_of_exception_are_as_dateutil_has_them(tmp_path: Path, version: VersionName) -> None:
    """Each occurrence at its local time, in every zone; what is deleted stays deleted."""
    rows = drawn(8)
    with moving_from(tmp_path, version) as moving:
        for row in rows:
            put(moving.old, row)
        done, again = moving.migrate(), moving.migrate()
        found = [by_index(moving.new, one) for one in moving.new.ids()]

        assert moving.said(done) == []
    assert (moving.counts(done).copied, moving.counts(again).copied) == (len(rows), 0)
    assert sorted(found, key=str) == sorted((by_others(row) for row in rows), key=str)


def test_a_rollback_takes_all_of_it_but_the_series_of_which_an_occurrence_was_edited(moving: Moving) -> None:
    """A dismissed reminder is no edit."""
    for row in drawn(8)[:3]:
        put(moving.old, row)
    empty = moving.new.emulator.dump(moving.new.address)
    done = moving.migrate()
    dismissed, edited, _ = moving.new.ids()
    off = ("item:ReminderIsSet", "<t:ReminderIsSet>false</t:ReminderIsSet>")
    moving.new.update(f'<t:ItemId Id="{dismissed}"/>', off)
    moving.new.update(occurrence(edited, 3), ("calendar:Location", "<t:Location>Elsewhere</t:Location>"))

    back = moving.at.roll_back(done.task_id)

    assert moving.new.ids() == [edited]
    assert (back.rollback.removed, back.rollback.kept) == (2, 1)
    moving.new.delete(f'<t:ItemId Id="{edited}"/>')
    assert moving.new.emulator.dump(moving.new.address) == empty


def test_calendars_arrive_in_their_hierarchy_whatever_language_their_owner_reads(moving: Moving) -> None:
    """The default one in the default one; one of the owner's own below it, and one in Deleted Items there."""
    moving.old.emulator.name_folders(OLD, {"calendar": "Kalender", "deleteditems": "Papierkorb"})
    for parent, name in (("calendar", "Team"), ("deleteditems", "Alt")):
        made = moving.old.call(
            f'<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="{parent}"/></m:ParentFolderId><m:Folders>'
            f"<t:CalendarFolder><t:DisplayName>{name}</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>"
        )
        folder = made.find(f".//{TYPES}FolderId")
        assert folder is not None
        moving.old.put(f"<t:Subject>{name}</t:Subject>{HOUR}", folder=f'<t:FolderId Id="{folder.get("Id")}"/>')
    moving.old.put(f"<t:Subject>Plan</t:Subject>{HOUR}")

    moving.migrate()

    assert paths(moving.new) == {
        "Plan": "Calendar", "Team": "Calendar/Team", "Alt": "Deleted Items/Alt",
    }


def test_the_owner_is_invited_by_the_address_that_they_have_from_now_on(moving: Moving) -> None:
    """Wherever an appointment names the old one."""
    people = "".join(
        f"<t:Attendee><t:Mailbox><t:EmailAddress>{address}</t:EmailAddress></t:Mailbox></t:Attendee>"
        for address in (OLD, "ann@example.net")
    )
    moving.old.put(f"<t:Subject>Plan</t:Subject>{HOUR}<t:RequiredAttendees>{people}</t:RequiredAttendees>")

    done = moving.migrate()

    shown = moving.new.shown(f'<t:ItemId Id="{moving.new.ids()[0]}"/>')
    found = [one.text for one in shown.iterfind(f"{TYPES}RequiredAttendees//{TYPES}EmailAddress")]
    assert found == [moving.at.address, "ann@example.net"]
    assert moving.counts(done).copied == 1


def test_a_message_that_lies_in_a_calendar_is_named(moving: Moving) -> None:
    """It is no appointment, and stays where it is."""
    moving.old.put(f"<t:Subject>Plan</t:Subject>{HOUR}")
    drafts = '<t:DistinguishedFolderId Id="drafts"/>'
    [letter] = moving.old.create(
        "<t:Message><t:Subject>Letter</t:Subject></t:Message>", folder=drafts, more='MessageDisposition="SaveOnly"'
    )
    moving.old.call(
        '<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="calendar"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{letter}"/></m:ItemIds></m:MoveItem>'
    )

    done = moving.migrate()

    assert (moving.counts(done).copied, len(moving.new.ids())) == (1, 1)
    assert len(moving.said(done)) == 1
