"""Guests of one occurrence alone count as invited, as guests of all others do."""

from __future__ import annotations

from pathlib import Path

from emulators.exchange.recurrence import Series
from tests.contract.exchange.calendar_box import occurrence
from tests.contract.exchange.test_calendars_unproven import HARSHEST
from tests.recovery.engine.test_calendars_moved import moving_from
from tests.servers.calendar_planting import plant
from tests.servers.calendar_seeds import ANN, Own, Seed, clock, people
from tests.servers.exchange_pair import OLD

START = clock(2027, 1, 4, 9)


def test_guests_of_one_occurrence_are_not_invited_again(tmp_path: Path) -> None:
    """The series is with nobody; somebody was invited for one day."""
    seed = Seed("round", START, series=Series("DailyRecurrence", START.date(), interval=3, number=8),
                own={3: Own(elements=people(ANN))})
    with moving_from(tmp_path, "2019") as moving:
        moving.new.emulator.configure(**HARSHEST)
        plant(moving.old.database, OLD, [seed])
        done = moving.migrate()

        [master] = moving.new.ids()
        item = moving.new.shown(occurrence(master, 3))
        assert [one.text for one in item.iterfind("{*}RequiredAttendees//{*}EmailAddress")] == ["ann@example.net"]
        assert item.findtext("{*}MeetingRequestWasSent") == "true", moving.said(done)
