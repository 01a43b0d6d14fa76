"""Calendars with names that are alike, and what is in them."""

from __future__ import annotations

from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import at, calendar, insert, shows
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.truth.events import OWNER

MOVED = (Content.CALENDARS,)


def _one_in(moving: Moving, where: str, title: str, **more: object) -> None:
    insert(moving, where, summary=title, start=at("2026-07-08T12:00:00+02:00"), end=at("2026-07-08T13:00:00+02:00"),
           **more)


def test_two_calendars_of_one_name_and_one_that_has_its_number(tmp_path: Path) -> None:
    """The event of each is there once."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        names = ("Team", "Team", "Team (2)")
        for number, name in enumerate(names):
            _one_in(moving, calendar(moving, name), f"of {number}")
        moving.migrate(MOVED)

        paths = [one for one in moving.here.of_class("IPF.Appointment") if one != "Calendar"]
        assert sorted(title for path in paths for title, _, _ in shows(moving, path)) == ["of 0", "of 1", "of 2"]


def test_a_new_calendar_of_the_same_name_does_not_take_the_others_place(tmp_path: Path) -> None:
    """Calendars are known by their ids, whichever of several of one name has the number."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        first = calendar(moving, "Team")
        _one_in(moving, first, "of the first")
        moving.migrate(MOVED)
        newer = calendar(moving, "Team")
        while newer > first:
            moving.google.call("calendar.calendars.delete", OWNER, calendarId=newer)
            newer = calendar(moving, "Team")
        _one_in(moving, newer, "of the newer")
        done = moving.migrate(MOVED)

        assert [title for title, _, _ in shows(moving, "Team")] == ["of the first"], moving.said(done)


def test_what_is_in_two_calendars_was_not_moved_from_one_to_the_other(tmp_path: Path) -> None:
    """An event has the same id in the calendar of each who is invited (Events: insert, `id`)."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        here, there = calendar(moving, "Here"), calendar(moving, "There")
        for where in (here, there):
            _one_in(moving, where, "Both", id="thesameid")
        moving.migrate(MOVED)
        for name, where in (("Here now", here), ("There now", there)):
            moving.google.call("calendar.calendars.patch", OWNER, calendarId=where, body={"summary": name})
        done = moving.migrate(MOVED)

        assert not [one for one in moving.said(done) if "moved here" in one], moving.said(done)
