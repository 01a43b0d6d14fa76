"""What a second run says of events that nobody has changed, and of usual reminders."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from engine.migration.content import Content
from tests.contract.google_calendars.diary import BERLIN, at, calendar, insert
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.truth.events import OWNER

MOVED = (Content.CALENDARS,)


def _lunch(moving: Moving) -> None:
    insert(moving, summary="Lunch", start=at("2026-12-08T12:00:00+01:00"), end=at("2026-12-08T13:00:00+01:00"))


def test_an_owner_who_moves_to_another_zone_has_changed_no_event(tmp_path: Path) -> None:
    """Google then tells all times with other offsets, of the same moments in the same zones."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        moving.google.act("calendar.setting", OWNER, name="timezone", value=BERLIN)
        _lunch(moving)
        moving.migrate(MOVED)
        moving.google.call("calendar.calendars.patch", OWNER, calendarId="primary",
                           body={"timeZone": "America/New_York"})
        moving.clock.ahead += timedelta(hours=1)
        again = moving.migrate(MOVED)

        assert moving.counts(again, Content.CALENDARS).changed == 0, moving.said(again)


def test_a_usual_reminder_by_mail_that_becomes_a_pop_up_is_named(tmp_path: Path) -> None:
    """As it is of a single event: nobody gets that e-mail any more."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        moving.google.call("calendar.calendarList.patch", OWNER, calendarId=OWNER, body={
            "defaultReminders": [{"method": "email", "minutes": 30}]})
        _lunch(moving)
        done = moving.migrate(MOVED)

        assert "e-mail" in " ".join(moving.said(done)), moving.said(done)


def test_a_word_on_usual_reminders_is_not_said_of_an_unknown_number_of_items(tmp_path: Path) -> None:
    with google_moving(tmp_path, wanted=MOVED) as moving:
        moving.google.call("calendar.calendarList.patch", OWNER, calendarId=OWNER, body={
            "defaultReminders": [{"method": "email", "minutes": 30}, {"method": "popup", "minutes": 10}]})
        _lunch(moving)
        done = moving.migrate(MOVED)

        assert not [one for one in moving.said(done) if "unknown number" in one], moving.said(done)


def test_what_is_in_a_calendar_that_is_hidden_now_was_not_removed(tmp_path: Path) -> None:
    """The report says that the calendar is hidden, and no more of what is in it."""
    with google_moving(tmp_path, wanted=MOVED) as moving:
        club = calendar(moving, "Club")
        insert(moving, club, summary="Ball", start=at("2026-12-08T12:00:00+01:00"), end=at("2026-12-08T13:00:00+01:00"))
        moving.migrate(MOVED)
        moving.google.call("calendar.calendarList.patch", OWNER, calendarId=club, body={"hidden": True})
        again = moving.migrate(MOVED)

        assert "removed at the source" not in " ".join(moving.said(again)), moving.said(again)
