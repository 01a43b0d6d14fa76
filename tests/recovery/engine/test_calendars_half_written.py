"""What its owner makes of a series that a killed process has left half-written is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emulators.exchange import Fault
from emulators.exchange.recurrence import Series
from tests.recovery.engine.test_calendars_moved import Moving, moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import Own, Seed, clock, told
from tests.servers.exchange.diary import new_calendar
from tests.servers.exchange.pair import OLD, Mailbox
from tests.servers.processes.mortal import HELD, dies_at

START = clock(2027, 1, 4, 9)
SEED = Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=8),
            own={3: Own(elements=told(Location="Lyon"))})
NOTES = ("item:Body", '<t:Body BodyType="Text">my notes</t:Body>')


@contextmanager
def half_written(directory: Path) -> Iterator[tuple[Moving, str, str]]:
    """The task, and the id of what it left."""
    with moving_from(directory, "2019") as moving:
        plant(moving.old.database, OLD, [SEED])
        task_id = moving.at.begin("old").task_id
        fault = Fault(operation="UpdateItem", nth=1, action="hold", name=HELD)
        assert dies_at(moving.at, (fault,), lambda world: world.run(task_id))
        [item_id] = moving.new.ids()
        yield moving, task_id, item_id


def _noted(moving: Moving) -> list[str]:
    found = [moving.new.shown(f'<t:ItemId Id="{one.item_id}"/>') for one in moving.at.messages()]
    return [item.findtext("{*}Subject", "") for item in found if "my notes" in item.findtext("{*}Body", "")]


@pytest.mark.parametrize("then", ["resumed", "rolled back"])
def test_a_copy_that_its_owner_made_of_a_half_written_series_stays(tmp_path: Path, then: str) -> None:
    """They put it into a calendar of their own, and wrote into it."""
    with half_written(tmp_path) as (moving, task_id, item_id):
        mine = new_calendar(Mailbox(moving.new.sessions), "Mine")
        copied = moving.new.call(
            f'<m:CopyItem><m:ToFolderId><t:FolderId Id="{mine}"/></m:ToFolderId><m:ItemIds>'
            f'<t:ItemId Id="{item_id}"/></m:ItemIds><m:ReturnNewItemIds>true</m:ReturnNewItemIds></m:CopyItem>')
        copy_id = next(one.get("Id") for one in copied.iter("{*}ItemId"))
        moving.new.update(f'<t:ItemId Id="{copy_id}"/>', NOTES)
        done = moving.at.run(task_id) if then == "resumed" else moving.at.roll_back(task_id)

        assert _noted(moving) == ["round"], (done.state, moving.said(done))
