"""Series that no client could have made, as old calendars have them, move without an occurrence lost or doubled."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.migration.back import preview
from tests.contract.exchange.calendar_box import FILE, Box, occurrence, told
from tests.recovery.engine.test_calendars_moved import Moving, moving_from


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    with moving_from(tmp_path, "2019") as made:
        yield made


def times(box: Box, **moved: tuple[str, str]) -> None:
    """Lets occurrences of the one series have other times, where no server would let a client move them."""
    with closing(sqlite3.connect(box.database, timeout=30)) as db, db:
        row, text = db.execute("SELECT row, appointment FROM item WHERE appointment LIKE '%recurrence%'").fetchone()
        kept = json.loads(text)
        for day, (start, end) in moved.items():
            date = f"2024-03-{day.removeprefix('d')}"
            kept["modified"][date] = [kept["modified"][date][0], start, end]
        db.execute("UPDATE item SET appointment=? WHERE row=?", (json.dumps(kept), row))


def shown(box: Box) -> Counter[tuple[str | None, ...]]:
    """What the calendar shows in that month."""
    answer = box.call(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
        '<m:CalendarView StartDate="2024-03-01T00:00:00Z" EndDate="2024-04-01T00:00:00Z"/>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>'
    )
    found: list[etree._Element] = answer.findall(f".//{TYPES}Items/*")
    return Counter(tuple(told(one, "Start", "End", "Subject")) for one in found)


def named(box: Box, master: str, *indexes: int) -> None:
    """Gives occurrences names of their own."""
    for index in indexes:
        box.update(occurrence(master, index), ("item:Subject", f"<t:Subject>Round {index}</t:Subject>"))


def test_occurrences_that_have_swapped_their_places_are_all_there(moving: Moving) -> None:
    """What the series does not take stands beside it; the report says so, and a second run finds all of it."""
    named(moving.old, moving.old.series(), 3, 4)
    times(
        moving.old, d06=("2024-03-07T12:00:00Z", "2024-03-07T13:00:00Z"),
        d07=("2024-03-06T07:00:00Z", "2024-03-06T08:00:00Z"),
    )
    done, again = moving.migrate(), moving.migrate()

    assert shown(moving.new) == shown(moving.old)
    assert sum(shown(moving.new).values()) == 10
    assert (moving.counts(done).copied, moving.counts(again).already_there) == (1, 1)
    assert sum("an appointment of its own" in line for line in moving.said(done)) in (1, 2)


def test_a_rollback_takes_what_stands_beside_its_series_too(moving: Moving) -> None:
    """Neither passes for changed by its owner; both together are the one appointment that was copied."""
    empty = moving.new.emulator.dump(moving.new.address)
    named(moving.old, moving.old.series(), 3, 4)
    times(
        moving.old, d06=("2024-03-07T12:00:00Z", "2024-03-07T13:00:00Z"),
        d07=("2024-03-06T07:00:00Z", "2024-03-06T08:00:00Z"),
    )
    done = moving.migrate()
    seen = preview(moving.at.engine, done.task_id)
    back = moving.at.roll_back(done.task_id)

    assert (seen.items, seen.kept) == (1, 0)
    assert (back.rollback.found, back.rollback.removed, back.rollback.kept) == (1, 1, 0)
    assert moving.new.emulator.dump(moving.new.address) == empty


def test_an_occurrence_at_the_day_of_a_deleted_neighbour_stays_in_its_series(moving: Moving) -> None:
    """The neighbour is deleted first."""
    master = moving.old.series()
    moving.old.delete(occurrence(master, 4))
    moving.old.update(
        occurrence(master, 3), ("calendar:Start", "<t:Start>2024-03-07T12:00:00Z</t:Start>"),
        ("calendar:End", "<t:End>2024-03-07T13:00:00Z</t:End>"),
    )
    done = moving.migrate()

    assert shown(moving.new) == shown(moving.old)
    assert moving.said(done) == []


def test_an_occurrence_from_which_a_file_was_taken_arrives_without_it(moving: Moving) -> None:
    """The others have it; a second run finds nothing changed, and a rollback leaves nothing."""
    empty = moving.new.emulator.dump(moving.new.address)
    master = moving.old.series()
    moving.old.attach(master, FILE.format("plan.txt", "AAAA"), FILE.format("map.txt", "BBBB"))
    for index in (3, 5):
        files = moving.old.shown(occurrence(master, index)).iterfind(f"{TYPES}Attachments/*")
        ids = {one.findtext(f"{TYPES}Name"): one.find(f"{TYPES}AttachmentId").get("Id") for one in files}  # type: ignore[union-attr]  # each has one
        moving.old.call(f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{ids["plan.txt"]}"/>'
                        "</m:AttachmentIds></m:DeleteAttachment>")
    named(moving.old, master, 5)
    done, again = moving.migrate(), moving.migrate()

    [here] = moving.new.ids()
    shown_ = [moving.new.shown(occurrence(here, index)) for index in (2, 3, 4, 5)]
    names = [sorted(one.text or "" for one in each.iterfind(f"{TYPES}Attachments/*/{TYPES}Name")) for each in shown_]
    assert names == [["map.txt", "plan.txt"], ["map.txt"], ["map.txt", "plan.txt"], ["map.txt"]]
    assert (moving.said(done), moving.counts(again).changed) == ([], 0)
    back = moving.at.roll_back(done.task_id)
    assert (back.rollback.kept, moving.new.emulator.dump(moving.new.address)) == (0, empty)


@pytest.mark.parametrize("kept", [True, False])
def test_what_the_owner_answered_to_one_occurrence_alone_is_kept_where_the_server_lets_it(
    moving: Moving, *, kept: bool
) -> None:
    """Accepted the series, and one day perhaps; the report says so where the new mailbox shows another answer."""
    moving.new.emulator.configure(organizer_by_property=kept)
    moving.old.answered()
    done, again = moving.migrate(), moving.migrate()

    [here] = moving.new.ids()
    answers = [told(moving.new.shown(occurrence(here, index)), "MyResponseType") for index in (2, 3, 4)]
    assert answers == ([["Accept"], ["Tentative"], ["Accept"]] if kept else [["Organizer"]] * 3)
    alone = "what its owner answered to its occurrence of 2024-03-06 09:00 UTC alone"
    assert any(alone in line for line in moving.said(done)) is not kept
    assert (moving.counts(again).already_there, moving.counts(again).changed) == (1, 0)
    assert moving.at.roll_back(done.task_id).rollback.kept == 0


@pytest.mark.parametrize("edited", [0, 1])
def test_what_came_of_one_series_stays_together_when_its_owner_has_changed_any_of_it(
    moving: Moving, edited: int
) -> None:
    """The series would lack an occurrence, or the occurrence its series."""
    named(moving.old, moving.old.series(), 3, 4)
    times(
        moving.old, d06=("2024-03-07T12:00:00Z", "2024-03-07T13:00:00Z"),
        d07=("2024-03-06T14:00:00Z", "2024-03-06T15:00:00Z"),
    )
    done = moving.migrate()
    there = moving.new.ids()
    moving.new.update(f'<t:ItemId Id="{there[edited]}"/>', ("calendar:Location", "<t:Location>Elsewhere</t:Location>"))
    back = moving.at.roll_back(done.task_id)

    assert (back.rollback.removed, back.rollback.kept) == (0, 1)
    kept = [line for line in moving.said(back) if line.endswith("changed since the migration, so it stays")]
    assert [line[:15] for line in kept] == ["Calendar: Round"] * len(there)
    assert moving.new.ids() == there
