"""A day of the first week of the year, which may lie in the year before."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, google_shows, insert, shows
from tests.servers.google.moving import google_moving

MOVED = (Content.CALENDARS,)


def test_the_monday_of_the_first_week_is_there_each_year(tmp_path: Path) -> None:
    """That of 2025 is 30 December 2024, that of 2026 is 29 December 2025 (ISO 8601; dateutil has them)."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Kick-off", start=at("2024-01-01T09:00:00+01:00"), end=at("2024-01-01T10:00:00+01:00"),
               recurrence=["RRULE:FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=4"])
        moving.migrate(MOVED)

        due = [one.start[:10] for one in google_shows(moving, "2031-01-01T00:00:00Z")]
        assert [start[:10] for _, start, _ in shows(moving, years=range(2023, 2031))] == due
