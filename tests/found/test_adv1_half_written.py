"""Where the promise about half-written items breaks (docs/decisions/0040)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.exchange.recurrence import Series
from engine.connectors.exchange.typed import attached
from engine.items.report_lines import HALF_WRITTEN
from engine.items.tags import UNFINISHED
from engine.migration.record import State
from engine.migration.steering import forget
from tests.contract.exchange.calendar_box import FILE, occurrence
from tests.contract.exchange_emulator.meetings import event
from tests.recovery.engine.test_calendars_moved import Moving, moving_from
from tests.servers.calendar_planting import plant
from tests.servers.calendar_seeds import Own, Seed, clock, told
from tests.servers.exchange_diary import new_calendar
from tests.servers.exchange_pair import OLD, Mailbox
from tests.servers.mortal import Moment, as_of, moments_of
from tests.servers.world import World

START = clock(2027, 1, 4, 9)
LYON = Own(elements=told(Location="Lyon"))


def round_of(own: dict[int, Own]) -> Seed:
    return Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=8), own=own)


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    with moving_from(tmp_path, "2019") as made:
        yield made


def halves(at: World) -> list[str]:
    return [one.item_id for one in at.messages()
            if any(str(value).endswith(UNFINISHED) for value in one.extended.values())]


def deaths(moving: Moving, task: str) -> list[Moment]:
    return moments_of(moving.at, lambda doomed: doomed.run(task), lambda number: Fault(
        operation="*", nth=number, when="after", action="hold", name=f"request {number}"), moving.at.emulator)


def half_written(moving: Moving, task: str) -> Iterator[World]:
    """Of each death that leaves something half-written."""
    for moment in deaths(moving, task):
        at = as_of(moving.at, moment)
        if halves(at):
            yield at


def named(at: World, task: str) -> list[str]:
    return [line.item for line in at.engine.store.reported(task).failures if line.reason == HALF_WRITTEN]


@pytest.mark.parametrize("kept", [True, False])
def test_a_meeting_of_which_one_day_was_answered_otherwise_is_there_once(moving: Moving, *, kept: bool) -> None:
    """Nobody has changed it, and the mailbox has it twice where the server keeps no guest's answer."""
    moving.new.emulator.configure(organizer_by_property=kept)
    every_day = event(more="RRULE:FREQ=DAILY;COUNT=5\r\n")
    asked = f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\n{every_day}END:VCALENDAR\r\n"
    assert moving.old.emulator.receive_meeting(moving.old.address, asked.encode()) == "created"
    [master] = moving.old.ids()
    for answer, what in (("Accept", master), ("TentativelyAccept", moving.old.occurrence_id(master, 3))):
        moving.old.call(f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:{answer}Item>'
                        f'<t:ReferenceItemId Id="{what}"/></t:{answer}Item></m:Items></m:CreateItem>')
    empty = moving.new.emulator.dump(moving.new.address)
    task, asked_ = moving.at.begin("old").task_id, 0
    for at in half_written(moving, task):
        asked_ += 1
        assert at.run(task).state is State.COMPLETED
        assert (len(moving.new.ids()), named(at, task)) == (1, []), asked_
        at.roll_back(task)
        assert moving.new.emulator.dump(moving.new.address) == empty
    assert asked_


def test_a_large_file_that_its_owner_has_put_into_a_half_written_series_stays(moving: Moving) -> None:
    """A file larger than what is read at once is deleted for good with the half."""
    plant(moving.old.database, OLD, [round_of({3: LYON})])
    task = moving.at.begin("old").task_id
    at = next(half_written(moving, task))
    [half] = halves(at)
    large = b64encode(bytes(attached.LARGEST + 1)).decode()
    moving.new.attach(half, FILE.format("my film.mp4", large))

    at.run(task)

    assert half in moving.new.ids()
    assert named(at, task) == ["round"]


def test_a_file_that_cannot_be_read_now_is_not_removed_with_a_half_written_series(moving: Moving) -> None:
    """Its owner has attached it; the server cannot read it today."""
    plant(moving.old.database, OLD, [round_of({3: LYON})])
    task = moving.at.begin("old").task_id
    at = next(half_written(moving, task))
    [half] = halves(at)
    moving.new.attach(half, FILE.format("mine.txt", "QUJD"))
    moving.new.emulator.add_fault(Fault(
        operation="GetAttachment", nth=1, action="items", code="ErrorCannotOpenFileAttachment", positions=(0,)))

    at.run(task)

    assert half in moving.new.ids()


def test_a_copy_of_a_half_that_its_owner_puts_elsewhere_afterwards_stays_at_a_rollback(moving: Moving) -> None:
    """They had copied it before the migration went on, which has named the copy and kept it."""
    plant(moving.old.database, OLD, [round_of({3: LYON})])
    task = moving.at.begin("old").task_id
    at = next(half_written(moving, task))
    [half] = halves(at)
    mine, other = (new_calendar(Mailbox(moving.new.sessions), name) for name in ("Mine", "Other"))
    copied = moving.new.call(
        f'<m:CopyItem><m:ToFolderId><t:FolderId Id="{mine}"/></m:ToFolderId><m:ItemIds>'
        f'<t:ItemId Id="{half}"/></m:ItemIds><m:ReturnNewItemIds>true</m:ReturnNewItemIds></m:CopyItem>')
    copy_id = next(one.get("Id") for one in copied.iter("{*}ItemId"))
    at.run(task)
    assert named(at, task) == ["round"]
    moving.new.call(
        f'<m:MoveItem><m:ToFolderId><t:FolderId Id="{other}"/></m:ToFolderId><m:ItemIds>'
        f'<t:ItemId Id="{copy_id}"/></m:ItemIds></m:MoveItem>')

    at.roll_back(task)

    assert len(at.messages()) == 1


def test_a_file_that_its_owner_takes_from_one_occurrence_stays_away_or_the_half_stays(moving: Moving) -> None:
    """The migration had put it there already."""
    plant(moving.old.database, OLD, [round_of({3: Own(files=(("secret.txt", b"secret"),)), 5: LYON})])
    task = moving.at.begin("old").task_id
    there = [at for at in deaths(moving, task) if halves(as_of(moving.at, at))]
    at = as_of(moving.at, there[-1])
    [half] = halves(at)
    shown = moving.new.shown(occurrence(half, 3))
    [file] = [one.get("Id") for one in shown.iter("{*}AttachmentId")]
    moving.new.call(f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{file}"/></m:AttachmentIds></m:DeleteAttachment>')

    at.run(task)

    assert half in moving.new.ids()


def test_a_kept_half_is_named_at_each_visit_and_no_third_one_is_made(moving: Moving) -> None:
    plant(moving.old.database, OLD, [round_of({3: LYON})])
    task = moving.at.begin("old").task_id
    at = next(half_written(moving, task))
    [half] = halves(at)
    moving.new.update(f'<t:ItemId Id="{half}"/>', ("calendar:Location", "<t:Location>Nice</t:Location>"))
    again_died = deaths(Moving(at, moving.old, moving.new), task)
    assert (named(at, task), len(moving.new.ids())) == (["round"], 2)
    for moment in again_died:
        at = as_of(moving.at, moment)
        if at.engine.store.load(task).state is not State.COMPLETED:
            at.run(task)
        assert (named(at, task), len(moving.new.ids())) == (["round"], 2)
    again = at.migrate("old")
    assert moving.counts(again).copied == 0
    forget(at.engine, again.task_id)
    back = at.roll_back(task)
    assert moving.new.ids() == [half]
    assert back.rollback.kept == 1
    third = at.migrate("old")
    assert moving.counts(third).copied == 1
    at.roll_back(third.task_id)
    assert moving.new.ids() == [half]
