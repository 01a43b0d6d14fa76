"""Series with an end that lies further off than single appointments are made for."""

from __future__ import annotations

from pathlib import Path

from dateutil.rrule import rrulestr

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert, said_of, shows
from tests.servers.google.moving import google_moving
from tests.servers.google.truth.events import clock

MOVED = (Content.CALENDARS,)
YEARS = (2026, 2031, 2032, 2033, 2040)


def _due(rule: str) -> list[str]:
    start = clock(2026, 1, 30, 12)
    return [f"{one:%Y-%m-%d}" for one in rrulestr(f"{rule};UNTIL=20401231T000000", dtstart=start) if one.year in YEARS]


def test_what_comes_after_the_horizon_of_a_series_with_an_end_is_there_or_named(tmp_path: Path) -> None:
    """The last day but one of each month up to 2040."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Rent", start=at("2026-01-30T12:00:00+01:00"), end=at("2026-01-30T13:00:00+01:00"),
               recurrence=["RRULE:FREQ=MONTHLY;BYMONTHDAY=-2;UNTIL=20401231T000000Z"])
        done = moving.migrate(MOVED)

        missing = {*_due("FREQ=MONTHLY;BYMONTHDAY=-2")} - {start[:10] for _, start, _ in shows(moving, years=YEARS)}
        assert not missing or "up to" in " ".join(said_of(moving, done, "Rent")), sorted(missing)


def test_days_that_a_month_does_not_have_are_not_shown_or_named(tmp_path: Path) -> None:
    """Day 30 of each month up to 2040: February has none."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Loan", start=at("2026-01-30T12:00:00+01:00"), end=at("2026-01-30T13:00:00+01:00"),
               recurrence=["RRULE:FREQ=MONTHLY;BYMONTHDAY=30;UNTIL=20401231T000000Z"])
        done = moving.migrate(MOVED)

        added = {start[:10] for _, start, _ in shows(moving, years=YEARS)} - {*_due("FREQ=MONTHLY;BYMONTHDAY=30")}
        assert not added or "months" in " ".join(said_of(moving, done, "Loan")), sorted(added)
