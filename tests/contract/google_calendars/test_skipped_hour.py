"""Occurrences at an hour that a change of clocks skips."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, insert, instance, shows
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.truth.events import OWNER

MOVED = (Content.CALENDARS,)


def _nightly(moving: Moving, title: str) -> tuple[str, str]:
    """A series at 2:30 each night over the change of clocks; its id, and that of the occurrence of the change."""
    made = insert(moving, summary=title, start=at("2026-03-28T02:30:00+01:00"), end=at("2026-03-28T02:45:00+01:00"),
                  recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    return made, instance(moving, made, "20260329")


def test_a_deleted_occurrence_in_the_skipped_hour_stays_deleted(tmp_path: Path) -> None:
    """Google tells of it by the moment, at which clocks show half past three."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        _, one = _nightly(moving, "Backup")
        moving.google.call("calendar.events.delete", OWNER, calendarId="primary", eventId=one)
        moving.migrate(MOVED)

        assert [start for _, start, _ in shows(moving)] == ["2026-03-28 01:30", "2026-03-30 00:30"]


def test_a_moved_occurrence_of_the_skipped_hour_is_there_once(tmp_path: Path) -> None:
    """At its new time, and not where the series has it."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        _, one = _nightly(moving, "Backup")
        moving.google.call("calendar.events.patch", OWNER, calendarId="primary", eventId=one, body={
            "start": at("2026-03-29T12:00:00+02:00"), "end": at("2026-03-29T12:30:00+02:00")})
        moving.migrate(MOVED)

        assert [start for _, start, _ in shows(moving)] == ["2026-03-28 01:30", "2026-03-29 10:00", "2026-03-30 00:30"]


def test_a_whole_day_whose_midnight_is_skipped_stays_deleted(tmp_path: Path) -> None:
    """In the Azores the clocks go from midnight to one o'clock."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        moving.google.act("calendar.setting", OWNER, name="timezone", value="Atlantic/Azores")
        made = insert(moving, summary="Market", start=at("2026-03-22"), end=at("2026-03-23"),
                      recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        one = instance(moving, made, "20260329")
        moving.google.call("calendar.events.delete", OWNER, calendarId="primary", eventId=one)
        moving.migrate(MOVED)

        assert [start[:10] for _, start, _ in shows(moving)] == ["2026-03-22", "2026-04-05"]


def test_a_series_that_is_split_off_in_the_skipped_hour_keeps_its_hour(tmp_path: Path) -> None:
    """On the 28th and the 29th of each month at 2:30; the first 29th is the night in which the clocks skip that."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Backup", start=at("2026-03-28T02:30:00+01:00"), end=at("2026-03-28T02:45:00+01:00"),
               recurrence=["RRULE:FREQ=MONTHLY;BYMONTHDAY=28,29;COUNT=4"])
        moving.migrate(MOVED)

        assert [start for _, start, _ in shows(moving)] == [
            "2026-03-28 01:30", "2026-03-29 01:30", "2026-04-28 00:30", "2026-04-29 00:30"]


def test_a_series_that_begins_in_the_hour_that_comes_twice_keeps_its_length(tmp_path: Path) -> None:
    """It begins at the second 2:30 of the night in which winter time begins."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        insert(moving, summary="Backup", start=at("2026-10-25T02:30:00+01:00"), end=at("2026-10-25T02:45:00+01:00"),
               recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        moving.migrate(MOVED)

        assert [(start, end) for _, start, end in shows(moving)][1:] == [
            ("2026-11-01 01:30", "2026-11-01 01:45"), ("2026-11-08 01:30", "2026-11-08 01:45")]
