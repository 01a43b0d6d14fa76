"""What is wrong with Google's calendars at Exchange, one test each."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.servers.google_calendars_moved import KEPT, events_wrong, planted
from tests.servers.google_moving import google_moving
from tests.servers.google_truth.draw_events import FAMILY, PRIMARY, single
from tests.servers.google_truth.events import Event, clock

WANTED = (Content.CALENDARS,)


def test_an_event_without_a_reminder_is_taken_back(tmp_path: Path) -> None:
    """A rollback calls it changed since, and leaves it: ReminderIsSet false comes back with other words."""
    with google_moving(tmp_path, wanted=WANTED, **KEPT) as at:
        planted(at, [single("quiet", clock(2027, 2, 1, 8), calendar=PRIMARY, reminders=())])

        back = at.at.roll_back(at.migrate(WANTED).task_id)

        assert back.rollback.kept == 0, at.said(back)
        assert at.dump() == at.before


def test_an_event_of_an_own_secondary_calendar_is_organized_by_its_owner(tmp_path: Path) -> None:
    """Its organizer is the address of the calendar at Google, as if a stranger had invited the owner."""
    with google_moving(tmp_path, wanted=WANTED, **KEPT) as at:
        some = [single("mine", clock(2027, 2, 1, 8), calendar=FAMILY)]
        planted(at, some)

        at.migrate(WANTED)

        assert events_wrong(at, some) == []


def test_a_series_keeps_its_times_where_its_zone_has_changed_its_offset(tmp_path: Path) -> None:
    """Almaty went from +06:00 to +05:00 in March 2024: a series from 2022 on is an hour early since, and not named."""
    with google_moving(tmp_path, wanted=WANTED, **KEPT) as at:
        some = [Event(name="moved clocks", calendar=PRIMARY, start=clock(2022, 6, 17, 19), zone="Asia/Almaty",
                      rule="FREQ=YEARLY")]
        planted(at, some)

        done = at.migrate(WANTED)

        assert events_wrong(at, some) == [] or any("moved clocks" in line for line in at.said(done))
