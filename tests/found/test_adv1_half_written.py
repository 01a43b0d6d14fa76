"""Where the promise about half-written items breaks (docs/decisions/0040)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.exchange.recurrence import Series
from engine.items.report_lines import HALF_WRITTEN
from engine.items.tags import UNFINISHED
from tests.contract.exchange.calendar_box import FILE, occurrence
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
    moving.new.call(
        f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{file}"/></m:AttachmentIds></m:DeleteAttachment>')

    at.run(task)

    assert half in moving.new.ids()


def test_a_copy_that_is_made_while_the_migration_writes_stays_at_a_rollback(moving: Moving) -> None:
    """No process died: its owner copied the series a moment before the last request came."""
    plant(moving.old.database, OLD, [round_of({3: LYON})])
    task = moving.at.begin("old").task_id
    emulator = moving.at.emulator
    emulator.add_fault(Fault(operation="UpdateItem", nth=1, action="hold", name="held"))
    mine = new_calendar(Mailbox(moving.new.sessions), "Mine")
    with ThreadPoolExecutor(1) as process:
        working = process.submit(moving.at.run, task)
        assert emulator.wait_held("held", 60)
        [half] = halves(moving.at)
        moving.new.call(
            f'<m:CopyItem><m:ToFolderId><t:FolderId Id="{mine}"/></m:ToFolderId><m:ItemIds>'
            f'<t:ItemId Id="{half}"/></m:ItemIds></m:CopyItem>')
        emulator.release("held")
        working.result()
    emulator.clear_faults()
    assert len(moving.at.messages()) == 2

    moving.at.roll_back(task)

    assert len(moving.at.messages()) == 1


def test_a_finished_appointment_with_a_file_of_its_owners_that_cannot_be_read_stays_at_a_rollback(
    moving: Moving
) -> None:
    """So it is with a file of more than 45 MB and with a link: the rollback deletes it for good."""
    plant(moving.old.database, OLD, [Seed("plain", START)])
    done = moving.migrate()
    [made] = moving.new.ids()
    moving.new.attach(made, FILE.format("mine.txt", "QUJD"))
    moving.new.emulator.add_fault(Fault(
        operation="GetAttachment", nth=1, action="items", code="ErrorCannotOpenFileAttachment", positions=(0,)))

    moving.at.roll_back(done.task_id)

    assert moving.new.ids() == [made]


def test_a_half_that_the_server_does_not_let_go_is_not_said_to_be_changed_by_its_owner(moving: Moving) -> None:
    """Nobody has changed it; its removal was refused once."""
    plant(moving.old.database, OLD, [round_of({3: LYON})])
    task = moving.at.begin("old").task_id
    at = next(half_written(moving, task))
    moving.new.emulator.add_fault(Fault(
        operation="DeleteItem", nth=1, action="items", code="ErrorCannotDeleteObject", positions=(0,)))

    at.run(task)
    moving.new.emulator.clear_faults()

    assert named(at, task) == []
    at.roll_back(task)
    assert moving.new.ids() == []
