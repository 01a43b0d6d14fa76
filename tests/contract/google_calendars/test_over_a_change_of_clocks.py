"""A series whose first occurrence lasts over a change of clocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.migration.content import Content
from engine.migration.record import Counts, State
from tests.contract.google_calendars.diary import at, google_shows, insert, said_of, shows
from tests.servers.google.moving import google_moving

MOVED = (Content.CALENDARS,)


@pytest.mark.parametrize(("start", "end"), [
    ("2026-03-28T23:00:00+01:00", "2026-03-29T04:00:00+02:00"),
    ("2026-10-24T23:00:00+02:00", "2026-10-25T04:00:00+01:00"),
])
def test_later_ones_are_as_long_as_google_shows_them(tmp_path: Path, start: str, end: str) -> None:
    """All last as long as the first one (RFC 5545 3.8.5.3), not from the same hour to the same hour."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Night shift", start=at(start), end=at(end), recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        moving.migrate(MOVED)

        due = [(one.start, one.end) for one in google_shows(moving, "2027-01-01T00:00:00Z")]
        assert [(f"{start.replace(' ', 'T')}:00Z", f"{end.replace(' ', 'T')}:00Z")
                for _, start, end in shows(moving)] == due


def test_a_series_whose_first_one_ends_in_the_skipped_hour_keeps_its_length(tmp_path: Path) -> None:
    """Clocks show half past three when it ends, and half past two when all later ones do."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Night shift", start=at("2026-03-28T23:00:00+01:00"),
               end=at("2026-03-29T03:30:00+02:00"), recurrence=["RRULE:FREQ=WEEKLY"])
        done = moving.migrate(MOVED)

        due = [(one.start, one.end) for one in google_shows(moving, "2026-12-31T00:00:00Z")]
        assert [(f"{start.replace(' ', 'T')}:00Z", f"{end.replace(' ', 'T')}:00Z")
                for _, start, end in shows(moving)] == due
        assert "from 2032-01-01 on" in " ".join(said_of(moving, done, "Night shift"))


def test_those_that_last_over_a_change_end_when_google_ends_them(tmp_path: Path) -> None:
    """Twice a year, and a second run finds nothing that anybody has changed; all of it goes again."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Night shift", start=at("2026-03-07T23:00:00+01:00"),
               end=at("2026-03-08T04:00:00+01:00"), recurrence=["RRULE:FREQ=WEEKLY;COUNT=40"])
        first, again = moving.migrate(MOVED), moving.migrate(MOVED)

        due = [(one.start, one.end) for one in google_shows(moving, "2026-12-31T00:00:00Z")]
        assert [(f"{start.replace(' ', 'T')}:00Z", f"{end.replace(' ', 'T')}:00Z")
                for _, start, end in shows(moving)] == due
        assert moving.counts(again, Content.CALENDARS) == Counts(1, 0, 1)
        assert moving.said(first) == []
        for task in (again, first):
            assert moving.at.roll_back(task.task_id).state is State.ROLLED_BACK
        assert moving.dump() == moving.before
