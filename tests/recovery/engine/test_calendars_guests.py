"""Guests of one occurrence alone count as invited, as guests of all others do."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange.recurrence import Series
from engine.migration.record import State
from tests.contract.exchange.calendar_box import occurrence
from tests.contract.exchange.test_calendars_unproven import HARSHEST
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendars.planting import plant
from tests.servers.calendars.seeds import ANN, Own, Seed, clock, people
from tests.servers.exchange.pair import OLD

START = clock(2027, 1, 4, 9)
ROUND = Series("DailyRecurrence", START.date(), interval=3, number=8)


def test_guests_of_one_occurrence_are_not_invited_again(tmp_path: Path) -> None:
    """The series is with nobody; somebody was to be invited for one day. A rollback takes nothing for changed."""
    seed = Seed("round", START, series=ROUND, own={3: Own(elements=people(ANN))})
    with moving_from(tmp_path, "2019") as moving:
        moving.new.emulator.configure(**HARSHEST)
        plant(moving.old.database, OLD, [seed])
        done = moving.migrate()

        [master] = moving.new.ids()
        item = moving.new.shown(occurrence(master, 3))
        assert [one.text for one in item.iterfind("{*}RequiredAttendees//{*}EmailAddress")] == ["ann@example.net"]
        assert item.findtext("{*}MeetingRequestWasSent") == "true"
        assert any("of 2027-01-10 08:00 UTC alone were never invited" in line for line in moving.said(done))
        assert moving.at.roll_back(done.task_id).state is State.ROLLED_BACK
        assert moving.new.ids() == []
